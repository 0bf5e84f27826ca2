// Counts what Python code does to the world outside its own memory: files opened for writing, names changed, processes started.
// The counter lies in memory that forked children share, so that theirs count as well.
#ifndef FLORPY_EFFECTS_H
#define FLORPY_EFFECTS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Adds an audit hook (PEP 578) to the libpython that is loaded. Call before Python starts. 0, or -1 where there is no memory.
int effects_watch(void);

/// How many effects there were so far, in this process and the children that it forked.
uint64_t effects_count(void);

/// The last effect in words ("open best.pt"); at most `capacity` bytes with the terminating zero.
void effects_last(char *text, size_t capacity);

#pragma clang assume_nonnull end
#endif
