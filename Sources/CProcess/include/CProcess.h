// The system calls that Swift cannot make by itself: variadic ones, fork, and what must be atomic in shared memory.
#ifndef FLORPY_CPROCESS_H
#define FLORPY_CPROCESS_H

#include "HostBlock.h"
#include "OutputPage.h"
#include "Process.h"
#include "Terminal.h"

#endif
