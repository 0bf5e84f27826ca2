#define _GNU_SOURCE
#include "CKernel.h"

#include <pthread.h>
#include <signal.h>
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

int thread_begin(unsigned long *thread, void *(*body)(void *), void *context) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(thread, NULL, body, context);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

void thread_yield(int thread) {
  set_disk(thread, class_best_effort, lowest_level);
  setpriority(PRIO_PROCESS, (id_t)thread, 10);
}

void thread_hurry(int thread) {
  set_disk(thread, class_none, 0);
  setpriority(PRIO_PROCESS, (id_t)thread, 0);
}
