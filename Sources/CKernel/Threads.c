#define _GNU_SOURCE
#include "CKernel.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// From linux/ioprio.h, which not every system's headers have.
enum { who_is_thread = 1, class_shift = 13, class_none = 0, class_best_effort = 2, lowest_level = 7 };

int thread_number(void) { return (int)syscall(SYS_gettid); }

// What is refused changes nothing but how soon it is done.
static void set_disk(int thread, int class, int level) {
  syscall(SYS_ioprio_set, who_is_thread, thread, class << class_shift | level);
}

void thread_yield_disk(int thread) { set_disk(thread, class_best_effort, lowest_level); }

void thread_restore_disk(int thread) { set_disk(thread, class_none, 0); }

void thread_hurry(int thread) {
  thread_restore_disk(thread);
  setpriority(PRIO_PROCESS, (id_t)thread, 0);
}
