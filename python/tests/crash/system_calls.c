// Preloaded into florpy: makes the calls on a store go wrong, whoever makes them (Swift, C or Python, supervisor or host).
//
//   FLORPY_FAULT_STORE    calls on paths below this folder, and on descriptors of them, are counted
//   FLORPY_FAULT_COUNTER  a file of `struct counter`, shared by all processes
//   FLORPY_FAULT          count | kill N | once N ERRNO | after N ERRNO | short | interrupt

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum mode { COUNT, KILL, ONCE, AFTER, SHORT, INTERRUPT };

struct counter {
  atomic_ulong calls;
  atomic_ulong faults;
  // What the first fault met.
  char call[32];
  char path[512];
};

enum { most_descriptors = 4096, short_bytes = 7, path_bytes = 480 };

static enum mode mode;
static unsigned long fault_call;
static int fault_errno;
static const char *store;
static size_t store_bytes;
static struct counter *counter;
// The paths of descriptors that lead into the store.
static char *_Atomic paths[most_descriptors];

#define REAL(name, ...) ((__typeof__(&name))real(#name))(__VA_ARGS__)

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *fault = getenv("FLORPY_FAULT"), *path = getenv("FLORPY_FAULT_COUNTER");
  store = getenv("FLORPY_FAULT_STORE");
  if (!fault || !path || !store) return;
  static const char *const names[] = {"count", "kill", "once", "after", "short", "interrupt"};
  char name[16] = "";
  sscanf(fault, "%15s %lu %d", name, &fault_call, &fault_errno);
  for (int i = 0; i < 6; i++)
    if (strcmp(name, names[i]) == 0) mode = (enum mode)i;
  int descriptor = REAL(open, path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return;
  struct counter *shared = mmap(NULL, sizeof(struct counter), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  REAL(close, descriptor);
  store_bytes = strlen(store);
  if (shared != MAP_FAILED) counter = shared;
}

static int is_ours(const char *path) {
  return counter && path && strncmp(path, store, store_bytes) == 0 && (path[store_bytes] == '/' || !path[store_bytes]);
}

static const char *path_of(int descriptor) {
  return counter && descriptor >= 0 && descriptor < most_descriptors ? paths[descriptor] : NULL;
}

static void note(const char *call, const char *path) {
  if (atomic_fetch_add(&counter->faults, 1) > 0) return;
  snprintf(counter->call, sizeof counter->call, "%s", call);
  snprintf(counter->path, sizeof counter->path, "%.*s", path_bytes, path + store_bytes);
}

// Whether this call is to fail, and with what. The process is killed here, after `halfway`.
static int fault(const char *call, const char *path, int may_be_interrupted, void (*halfway)(void *), void *with) {
  unsigned long number = atomic_fetch_add(&counter->calls, 1) + 1;
  if (mode == KILL && number == fault_call) {
    note(call, path);
    if (halfway) halfway(with);
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  int fails = (mode == ONCE && number == fault_call) || (mode == AFTER && number >= fault_call);
  if (fails) errno = fault_errno;
  static _Thread_local int was_interrupted;
  if (mode == INTERRUPT && may_be_interrupted && (was_interrupted = !was_interrupted)) {
    fails = 1;
    errno = EINTR;
  }
  if (fails) note(call, path);
  return fails;
}

static int opened(int descriptor, const char *path) {
  if (descriptor >= 0 && descriptor < most_descriptors) paths[descriptor] = strdup(path);
  return descriptor;
}

#define MODE_ARGUMENT(flags)                   \
  mode_t permissions = 0;                      \
  if ((flags) & (O_CREAT | O_TMPFILE)) {       \
    va_list rest;                              \
    va_start(rest, flags);                     \
    permissions = (mode_t)va_arg(rest, int);   \
    va_end(rest);                              \
  }

int open(const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  if (!is_ours(path)) return REAL(open, path, flags, permissions);
  if (fault("open", path, 1, NULL, NULL)) return -1;
  return opened(REAL(open, path, flags, permissions), path);
}

int open64(const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  return open(path, flags, permissions);
}

int openat(int folder, const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  if (path[0] == '/') return open(path, flags, permissions);
  return REAL(openat, folder, path, flags, permissions);
}

int openat64(int folder, const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  return openat(folder, path, flags, permissions);
}

struct write_call {
  int descriptor;
  const void *bytes;
  size_t count;
};

static void write_half(void *with) {
  struct write_call *call = with;
  if (REAL(write, call->descriptor, call->bytes, call->count / 2) < 0) return;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  const char *path = path_of(descriptor);
  if (!path) return REAL(write, descriptor, bytes, count);
  struct write_call call = {descriptor, bytes, count};
  if (fault("write", path, 1, write_half, &call)) {
    // A device that is found full has taken what fitted.
    int cause = errno;
    if (cause != EINTR) write_half(&call);
    errno = cause;
    return -1;
  }
  if (mode == SHORT && count > short_bytes) {
    note("write", path);
    count = short_bytes;
  }
  return REAL(write, descriptor, bytes, count);
}

int fsync(int descriptor) {
  const char *path = path_of(descriptor);
  if (path && fault("fsync", path, 1, NULL, NULL)) return -1;
  return REAL(fsync, descriptor);
}

int sync_file_range(int descriptor, off64_t offset, off64_t count, unsigned flags) {
  const char *path = path_of(descriptor);
  if (path && fault("sync_file_range", path, 0, NULL, NULL)) return -1;
  return REAL(sync_file_range, descriptor, offset, count, flags);
}

int ftruncate(int descriptor, off_t count) {
  const char *path = path_of(descriptor);
  if (path && fault("ftruncate", path, 1, NULL, NULL)) return -1;
  return REAL(ftruncate, descriptor, count);
}

int flock(int descriptor, int operation) {
  const char *path = path_of(descriptor);
  if (path && fault("flock", path, 1, NULL, NULL)) return -1;
  return REAL(flock, descriptor, operation);
}

int close(int descriptor) {
  const char *path = path_of(descriptor);
  if (!path) return REAL(close, descriptor);
  // The descriptor is gone even where closing reports a failure.
  int fails = fault("close", path, 0, NULL, NULL), cause = errno;
  paths[descriptor] = NULL;
  int result = REAL(close, descriptor);
  if (!fails) return result;
  errno = cause;
  return -1;
}

int mkdir(const char *path, mode_t permissions) {
  if (is_ours(path) && fault("mkdir", path, 0, NULL, NULL)) return -1;
  return REAL(mkdir, path, permissions);
}

int unlink(const char *path) {
  if (is_ours(path) && fault("unlink", path, 0, NULL, NULL)) return -1;
  return REAL(unlink, path);
}

int rename(const char *path, const char *new_path) {
  if (is_ours(new_path) && fault("rename", new_path, 0, NULL, NULL)) return -1;
  return REAL(rename, path, new_path);
}
