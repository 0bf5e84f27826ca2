// Calls of the kernel's own, which Swift has no names for.
#ifndef FLORPY_CKERNEL_H
#define FLORPY_CKERNEL_H

#include <stddef.h>

// The kernel's number of the thread that asks.
int thread_number(void);
// A thread that no signal is delivered to: those are for the script's. 0, or an error number. `thread` is a `pthread_t`, by its plain
// type: whoever includes the system's header here owns its types in Swift's eyes.
int thread_begin(unsigned long *thread, void *(*body)(void *), void *context);
// Nice 10, with which it is hardly felt next to a training that uses every core; and behind everybody else's reads and writes,
// but served: in the idle class it could wait for ever.
void thread_yield(int thread);
// As it was, which the system may refuse.
void thread_hurry(int thread);

// Has the system bring a part of a file to the device now. 0, or -1 and errno; where there is no such call, 0.
int file_write_back(int descriptor, size_t offset, size_t count, int waits);

#endif
