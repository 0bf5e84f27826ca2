#ifndef FLORPY_PROCESS_H
#define FLORPY_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// SIGKILL for this process when its parent dies; false where the parent already is not `parent`.
bool process_die_with(pid_t parent);
/// The name that `ps` and `top` show.
void process_set_name(const char *name);
/// Calls `handler` with the exit status when this process ends by exit(), whoever calls that.
void process_at_exit(void (*handler)(int status));
/// fork(2), which Swift does not offer: only for a process that has one thread.
pid_t process_fork(void);
/// Closes the descriptor in every child that this process forks.
void process_close_in_forked_children(int descriptor);

/// A memory file of `size` bytes, closed on exec.
int process_memory_file(const char *name, size_t size);
/// The descriptor's duplicate at the lowest free number from `lowest` on, kept on exec.
int process_duplicate_from(int descriptor, int lowest);
int process_set_close_on_exec(int descriptor);
/// Whether what is written to both numbers of one file comes one after the other: they share a position, or both append.
/// True where the kernel does not tell.
bool process_write_in_turn(int one, int other);
/// The environment, null-terminated.
char *_Nullable const *_Nonnull process_environment(void);
/// An event descriptor, closed on exec, that does not block.
int process_event_descriptor(void);
int process_descriptor_of(pid_t process);
bool process_set_pipe_capacity(int descriptor, int bytes);
/// A pipe whose two ends are closed on exec.
int process_pipe(int ends[_Nonnull 2]);
/// Two ends, closed on exec, between which messages pass whole; 0 or -1.
int process_message_pair(int ends[_Nonnull 2]);

/// A descriptor that delivers the signals of the set.
int process_signal_descriptor(const sigset_t *signals);
/// One signal that has arrived. `from_kernel`: by the terminal or the kernel, so other processes of the group got it as well.
typedef struct {
  int number;
  bool from_kernel;
  pid_t sender;
} ProcessSignal;
bool process_next_signal(int descriptor, ProcessSignal *signal);

/// What standard descriptor i of a new process shall be: a descriptor of ours, or one of these.
enum { SPAWN_INHERIT = -1, SPAWN_CLOSED = -2 };

/// posix_spawn with signal dispositions as they are and the mask given; `in_own_group`: as the leader of a process group of its
/// own, which the terminal's signals do not reach. 0 or an error number.
int process_spawn(
  const char *path, char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull environment,
  const int standard[_Nonnull 3], const sigset_t *mask, bool in_own_group, pid_t *process);

/// How a child ended or stopped.
typedef struct {
  enum { CHILD_RUNS, CHILD_STOPPED, CHILD_EXITED, CHILD_SIGNALLED } state;
  int number;
} ChildState;
/// Without waiting.
ChildState process_state_of(pid_t process);

#pragma clang assume_nonnull end
#endif
