// Sees what Python code does to the world outside its own memory: files opened for writing, names changed, programs
// started. It is counted in memory that forked children share, so that theirs counts as well, and an observer is told
// before it happens.
#ifndef FLORPY_EFFECTS_H
#define FLORPY_EFFECTS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum {
  EFFECT_ON_CONTENT,  // of the file that a path leads to, links followed
  EFFECT_ON_NAME,     // what has that name, which may be a link
  EFFECT_ON_TREE,     // what has that name, and all that lies in it
  EFFECT_ON_DATABASE, // SQLite's: the file, its journal, its log
} EffectKind;

/// Told of an absolute path before it is changed, with the GIL held and no exception set, in forked children as well.
/// Anything but 0 refuses the change: the script gets an OSError.
typedef int (*EffectObserver)(const char *path, EffectKind kind);

/// Adds an audit hook (PEP 578) to the libpython that is loaded. Call before Python starts. 0, or -1 where there is no
/// memory.
int effects_watch(void);

/// One observer in a process; null ends it.
void effects_observe(EffectObserver _Nullable observer);

/// Whether this thread is about to open files with an opener, through which the observer hears of the real path: the
/// path that the file object is given is not told then.
void effects_expect_open(int is_expected);

/// Tells the observer of a change that no audit event tells. What it answers.
int effects_tell(const char *path, EffectKind kind);

/// Told of the absolute path of a file that is about to be opened for reading only, with the GIL held, in forked children as well.
typedef void (*InputObserver)(const char *path);

/// One observer in a process; null ends it. Python's own modules are not told of.
void effects_observe_inputs(InputObserver _Nullable observer);

/// How many effects there were so far, in this process and the children that it forked.
uint64_t effects_count(void);

/// The last effect in words ("open best.pt"); at most `capacity` bytes with the terminating zero.
void effects_last(char *text, size_t capacity);

/// How many programs were started so far; the first one's name, or what the shell was told.
uint64_t effects_programs(void);
void effects_first_program(char *text, size_t capacity);

/// How many connections over a network were opened so far; the first one's host.
uint64_t effects_connections(void);
void effects_first_host(char *text, size_t capacity);

#pragma clang assume_nonnull end
#endif
