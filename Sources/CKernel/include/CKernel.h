// Calls of the kernel's own, which Swift has no names for.
#ifndef FLORPY_CKERNEL_H
#define FLORPY_CKERNEL_H

#include <stddef.h>

// The kernel's number of the thread that asks.
int thread_number(void);
// Behind everybody else's reads and writes, but served: in the idle class it could wait for ever.
void thread_yield_disk(int thread);
// As it was; `thread_hurry` also asks for the processor as everybody else does, which the system may refuse.
void thread_restore_disk(int thread);
void thread_hurry(int thread);

// Has the system bring a part of a file to the device now. 0, or -1 and errno; where there is no such call, 0.
int file_write_back(int descriptor, size_t offset, size_t count, int waits);

#endif
