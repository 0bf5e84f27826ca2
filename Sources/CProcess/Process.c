#define _GNU_SOURCE
#include "Process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool process_die_with(pid_t parent) { return !prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent; }

void process_set_name(const char *name) { prctl(PR_SET_NAME, name); }

static void call_handler(int status, void *handler) { ((void (*)(int))handler)(status); }

void process_at_exit(void (*handler)(int)) { on_exit(call_handler, (void *)handler); }

pid_t process_fork(void) { return fork(); }

static int unwanted[4], unwanted_count;

static void close_unwanted(void) {
  for (int i = 0; i < unwanted_count; i++) close(unwanted[i]);
  unwanted_count = 0;
}

void process_close_in_forked_children(int descriptor) {
  if (unwanted_count == 0) pthread_atfork(NULL, NULL, close_unwanted);
  if (unwanted_count < 4) unwanted[unwanted_count++] = descriptor;
}

int process_memory_file(const char *name, size_t size) {
  int descriptor = memfd_create(name, MFD_CLOEXEC);
  if (descriptor >= 0 && ftruncate(descriptor, (off_t)size)) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

int process_duplicate_from(int descriptor, int lowest) { return fcntl(descriptor, F_DUPFD, lowest); }

int process_set_close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

bool process_write_in_turn(int one, int other) {
  enum { COMPARE_FILES = 0 };
  if (fcntl(one, F_GETFL) & fcntl(other, F_GETFL) & O_APPEND) return true;
  return syscall(SYS_kcmp, getpid(), getpid(), COMPARE_FILES, (unsigned long)one, (unsigned long)other) <= 0;
}

char *const *process_environment(void) { return environ; }

int process_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int process_descriptor_of(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

bool process_set_pipe_capacity(int descriptor, int bytes) { return fcntl(descriptor, F_SETPIPE_SZ, bytes) >= 0; }

int process_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int process_message_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends); }

int process_signal_descriptor(const sigset_t *signals) { return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK); }

bool process_next_signal(int descriptor, ProcessSignal *signal) {
  struct signalfd_siginfo facts;
  if (read(descriptor, &facts, sizeof facts) != sizeof facts) return false;
  signal->number = (int)facts.ssi_signo;
  signal->from_kernel = facts.ssi_code > 0;
  signal->sender = (pid_t)facts.ssi_pid;
  return true;
}

static int add_standard(posix_spawn_file_actions_t *actions, const int standard[3]) {
  for (int number = 0; number < 3; number++) {
    int failure = 0;
    if (standard[number] == SPAWN_CLOSED) failure = posix_spawn_file_actions_addclose(actions, number);
    if (standard[number] >= 0) failure = posix_spawn_file_actions_adddup2(actions, standard[number], number);
    if (failure) return failure;
  }
  return 0;
}

int process_spawn(
  const char *path, char *const *arguments, char *const *environment, const int standard[3], const sigset_t *mask,
  bool in_own_group, pid_t *process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | (in_own_group ? POSIX_SPAWN_SETPGROUP : 0)));
  posix_spawnattr_setsigmask(&attributes, mask);
  int failure = add_standard(&actions, standard);
  if (!failure) failure = posix_spawn(process, path, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

ChildState process_state_of(pid_t process) {
  siginfo_t facts = {0};
  int result;
  do result = waitid(P_PID, (id_t)process, &facts, WEXITED | WSTOPPED | WNOHANG);
  while (result && errno == EINTR);
  if (result || facts.si_pid != process) return (ChildState){CHILD_RUNS, 0};
  switch (facts.si_code) {
    case CLD_STOPPED: return (ChildState){CHILD_STOPPED, facts.si_status};
    case CLD_EXITED: return (ChildState){CHILD_EXITED, facts.si_status};
    case CLD_KILLED:
    case CLD_DUMPED: return (ChildState){CHILD_SIGNALLED, facts.si_status};
    default: return (ChildState){CHILD_RUNS, 0};
  }
}
