#define _GNU_SOURCE
#include "Effects.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CPython.h"

typedef struct {
  _Atomic uint64_t count;
  char last[512];
  _Atomic uint64_t programs;
  char program[256];
  _Atomic uint64_t connections;
  char host[256];
} Page;

static Page *page;
static EffectObserver observer;
static InputObserver input_observer;
static _Thread_local int is_expecting;

typedef int (*Hook)(const char *event, PyObject *arguments, void *data);

// Events that change something outside whatever their arguments are, and where those say what: indices, -1 where they
// do not.
typedef struct {
  const char *event;
  int path, folder, second_path, second_folder;
  EffectKind kind, second_kind;
} Change;

static const Change changes[] = {
  {"os.remove", 0, 1, -1, -1, EFFECT_ON_NAME, 0},
  {"os.rename", 0, 2, 1, 3, EFFECT_ON_TREE, EFFECT_ON_TREE},
  {"os.rmdir", 0, 1, -1, -1, EFFECT_ON_NAME, 0},
  {"os.mkdir", 0, 2, -1, -1, EFFECT_ON_NAME, 0},
  {"os.truncate", 0, -1, -1, -1, EFFECT_ON_CONTENT, 0},
  {"os.link", 0, 2, 1, 3, EFFECT_ON_NAME, EFFECT_ON_NAME},
  {"os.symlink", 1, 2, -1, -1, EFFECT_ON_NAME, 0},
  {"os.chmod", 0, 2, -1, -1, EFFECT_ON_CONTENT, 0},
  {"os.chown", 0, 3, -1, -1, EFFECT_ON_CONTENT, 0},
  {"os.utime", 0, 3, -1, -1, EFFECT_ON_CONTENT, 0},
  {"os.setxattr", 0, -1, -1, -1, EFFECT_ON_CONTENT, 0},
  {"os.removexattr", 0, -1, -1, -1, EFFECT_ON_CONTENT, 0},
  {"sqlite3.connect", 0, -1, -1, -1, EFFECT_ON_DATABASE, 0},
  {"os.system", -1, -1, -1, -1, 0, 0},
  {"os.posix_spawn", -1, -1, -1, -1, 0, 0},
  {"os.exec", -1, -1, -1, -1, 0, 0},
  {"subprocess.Popen", -1, -1, -1, -1, 0, 0},
  {"socket.connect", -1, -1, -1, -1, 0, 0},
};

// What Python, multiprocessing and compilers write for themselves: caches, folders for sockets between workers, and our
// own store.
static int is_machinery(const char *path) {
  return strstr(path, "__pycache__") || strstr(path, "/pymp-") || strstr(path, "/torchinductor_") ||
    strstr(path, "/.flor/") || !strncmp(path, "/dev/", 5) ||
    !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5);
}

static PyObject *argument(PyObject *arguments, int index) {
  const CPythonSymbols *python = cpython_symbols();
  return index >= 0 && index < python->PyTuple_Size(arguments) ? python->PyTuple_GetItem(arguments, index) : NULL;
}

// The bytes of a str, bytes or path object; "" for anything else, a descriptor for one.
static const char *path_of(PyObject *object, char *path, size_t capacity) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *bytes = NULL;
  path[0] = 0;
  if (!object || !python->PyUnicode_FSConverter(object, &bytes)) {
    python->PyErr_Clear();
    return path;
  }
  char *text = NULL;
  ssize_t length = 0;
  if (python->PyBytes_AsStringAndSize(bytes, &text, &length) == 0) snprintf(path, capacity, "%s", text);
  else python->PyErr_Clear();
  python->Py_DecRef(bytes);
  return path;
}

static long long number_of(PyObject *object) {
  const CPythonSymbols *python = cpython_symbols();
  long long number = object ? python->PyLong_AsLongLong(object) : -1;
  if (number == -1 && python->PyErr_Occurred()) python->PyErr_Clear();
  return number;
}

// With the folder that a relative path counts from: that of a descriptor, or the current one. 0 where there is none.
static int make_absolute(const char *path, long long descriptor, char *absolute, size_t capacity) {
  if (path[0] == '/') return snprintf(absolute, capacity, "%s", path) < (int)capacity;
  char folder[PATH_MAX];
  if (descriptor < 0) {
    if (!getcwd(folder, sizeof folder)) return 0;
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%lld", descriptor);
    ssize_t length = readlink(link, folder, sizeof folder - 1);
    if (length <= 0) return 0;
    folder[length] = 0;
  }
  return snprintf(absolute, capacity, "%s/%s", folder, path) < (int)capacity;
}

static void count_effect(const char *event, const char *subject) {
  snprintf(page->last, sizeof page->last, "%s %s", event, subject);
  atomic_fetch_add(&page->count, 1);
}

static int refuse(const char *path) {
  char text[PATH_MAX + 200];
  snprintf(
    text, sizeof text,
    "florpy replay: `%s` would be changed outside of the replay's own folder\n\n"
    "hint: --allow-writes lets the script write for good",
    path);
  const CPythonSymbols *python = cpython_symbols();
  python->PyErr_SetString(python->PyExc_OSError, text);
  return -1;
}

// Counts the effect on one path and tells the observer of it; -1 with an exception set where that one refuses.
static int note(const char *event, PyObject *path, PyObject *descriptor, EffectKind kind) {
  char name[PATH_MAX], absolute[2 * PATH_MAX];
  path_of(path, name, sizeof name);
  if (!name[0] || is_machinery(name)) return 0;
  if (kind == EFFECT_ON_DATABASE && !strcmp(name, ":memory:")) return 0;
  if (!strncmp(name, "file:", 5) && kind == EFFECT_ON_DATABASE) {
    memmove(name, name + 5, strlen(name) - 4);
    name[strcspn(name, "?#")] = 0;
  }
  count_effect(event, name);
  if (!observer || !make_absolute(name, number_of(descriptor), absolute, sizeof absolute)) return 0;
  if (is_machinery(absolute)) return 0;
  int failure = errno;
  int refused = observer(absolute, kind);
  errno = failure;
  return refused ? refuse(absolute) : 0;
}

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), expected = strlen(end);
  return length >= expected && !strcmp(text + length - expected, end);
}

// Python reads thousands of modules; those of the project the run keeps itself.
static int is_module(const char *path) { return ends_with(path, ".py") || ends_with(path, ".pyc") || ends_with(path, ".so"); }

static void note_input(PyObject *path) {
  char name[PATH_MAX], absolute[2 * PATH_MAX];
  path_of(path, name, sizeof name);
  if (!name[0] || is_module(name) || !make_absolute(name, -1, absolute, sizeof absolute) || is_machinery(absolute)) return;
  int failure = errno;
  input_observer(absolute);
  errno = failure;
}

// A file without a name (O_TMPFILE) changes no folder.
static int watch_open(PyObject *arguments) {
  long long flags = number_of(argument(arguments, 2));
  if (flags == -1) return 0;
  if (!(flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND))) {
    if (input_observer) note_input(argument(arguments, 0));
    return 0;
  }
  int is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
  int is_expected = is_expecting && argument(arguments, 1) != cpython_symbols()->_Py_NoneStruct;
  EffectObserver told = observer;
  if (is_nameless || is_expected) observer = NULL;
  int status = note("open", argument(arguments, 0), NULL, EFFECT_ON_CONTENT);
  observer = told;
  return status;
}

static int starts_program(const char *event) {
  return !strcmp(event, "subprocess.Popen") || !strcmp(event, "os.system") || !strcmp(event, "os.posix_spawn") ||
    !strcmp(event, "os.exec");
}

// The host of a network address, which is a tuple; "" of any other, which leads to a process of this machine.
static const char *host_of(PyObject *address, char *host, size_t capacity) {
  const CPythonSymbols *python = cpython_symbols();
  host[0] = 0;
  if (!address || python->PyTuple_Size(address) < 2) {
    python->PyErr_Clear();
    return host;
  }
  return path_of(python->PyTuple_GetItem(address, 0), host, capacity);
}

static void note_connection(PyObject *address) {
  char host[PATH_MAX];
  if (!host_of(address, host, sizeof host)[0]) return;
  if (atomic_fetch_add(&page->connections, 1) == 0) snprintf(page->host, sizeof page->host, "%.250s", host);
}

// Whether an address is of a socket in a folder of multiprocessing, over which processes of one program hand each other what they
// share: a loader's workers each batch.
static int is_between_workers(PyObject *address) {
  char path[PATH_MAX];
  return strstr(path_of(address, path, sizeof path), "/pymp-") != NULL;
}

static void note_without_path(const char *event, PyObject *arguments) {
  char subject[PATH_MAX];
  int is_connection = !strcmp(event, "socket.connect");
  if (is_connection && is_between_workers(argument(arguments, 1))) return;
  path_of(argument(arguments, 0), subject, sizeof subject);
  if (starts_program(event) && atomic_fetch_add(&page->programs, 1) == 0) {
    snprintf(page->program, sizeof page->program, "%.250s", subject);
  }
  if (is_connection) note_connection(argument(arguments, 1));
  count_effect(event, subject);
}

static int watch(const char *event, PyObject *arguments, void *data) {
  (void)data;
  // Nearly every event is none of ours: the first letters tell.
  if (event[0] != 'o' && event[0] != 's') return 0;
  if (!strcmp(event, "open")) return watch_open(arguments);
  for (const Change *change = changes; change < changes + sizeof changes / sizeof *changes; change++) {
    if (strcmp(event, change->event)) continue;
    if (change->path < 0) {
      note_without_path(event, arguments);
      return 0;
    }
    if (note(event, argument(arguments, change->path), argument(arguments, change->folder), change->kind)) return -1;
    if (change->second_path < 0) return 0;
    return note(
      event, argument(arguments, change->second_path), argument(arguments, change->second_folder), change->second_kind);
  }
  return 0;
}

int effects_watch(void) {
  int (*add)(Hook, void *) = (int (*)(Hook, void *))dlsym(RTLD_DEFAULT, "PySys_AddAuditHook");
  if (!add) return -1;
  page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    page = NULL;
    return -1;
  }
  return add(watch, NULL);
}

void effects_observe(EffectObserver told) { observer = told; }

void effects_observe_inputs(InputObserver told) { input_observer = told; }

void effects_expect_open(int is_expected) { is_expecting = is_expected; }

int effects_tell(const char *path, EffectKind kind) {
  char absolute[2 * PATH_MAX];
  if (!observer || !make_absolute(path, -1, absolute, sizeof absolute) || is_machinery(absolute)) return 0;
  return observer(absolute, kind);
}

uint64_t effects_count(void) { return page ? atomic_load(&page->count) : 0; }

void effects_last(char *text, size_t capacity) { snprintf(text, capacity, "%s", page ? page->last : ""); }

uint64_t effects_programs(void) { return page ? atomic_load(&page->programs) : 0; }

void effects_first_program(char *text, size_t capacity) { snprintf(text, capacity, "%s", page ? page->program : ""); }

uint64_t effects_connections(void) { return page ? atomic_load(&page->connections) : 0; }

void effects_first_host(char *text, size_t capacity) { snprintf(text, capacity, "%s", page ? page->host : ""); }
