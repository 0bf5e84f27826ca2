#include "Effects.h"

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "CPython.h"

typedef struct {
  _Atomic uint64_t count;
  char last[512];
} Page;

static Page *page;

typedef int (*Hook)(const char *event, PyObject *arguments, void *data);

// Events that change something outside, whatever their arguments are.
static const char *const changing[] = {
  "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "os.system", "os.posix_spawn",
  "os.exec", "subprocess.Popen", "sqlite3.connect", "socket.connect", NULL,
};

// What Python and multiprocessing write for themselves: caches of bytecode, folders for sockets between workers, our own store.
static int is_machinery(const char *path) {
  return strstr(path, "__pycache__") || strstr(path, "/pymp-") || strstr(path, "/.flor/") || !strncmp(path, "/dev/", 5) ||
    !strncmp(path, "/proc/", 6);
}

static const char *text_of(PyObject *object) {
  const CPythonSymbols *python = cpython_symbols();
  if (!object) return "";
  ssize_t length = 0;
  const char *text = python->PyUnicode_AsUTF8AndSize(object, &length);
  if (text) return text;
  python->PyErr_Clear();
  char *bytes = NULL;
  if (python->PyBytes_AsStringAndSize(object, &bytes, &length) == 0) return bytes;
  python->PyErr_Clear();
  return "";
}

static int opens_for_writing(PyObject *arguments) {
  const CPythonSymbols *python = cpython_symbols();
  if (python->PyTuple_Size(arguments) < 3) return 0;
  long long flags = python->PyLong_AsLongLong(python->PyTuple_GetItem(arguments, 2));
  if (flags == -1 && python->PyErr_Occurred()) {
    python->PyErr_Clear();
    return 0;
  }
  return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) != 0;
}

static void note(const char *event, PyObject *arguments) {
  const CPythonSymbols *python = cpython_symbols();
  const char *subject = python->PyTuple_Size(arguments) > 0 ? text_of(python->PyTuple_GetItem(arguments, 0)) : "";
  if (is_machinery(subject)) return;
  snprintf(page->last, sizeof page->last, "%s %s", event, subject);
  atomic_fetch_add(&page->count, 1);
}

static int watch(const char *event, PyObject *arguments, void *data) {
  (void)data;
  // Nearly every event is none of ours: the first letters tell.
  if (event[0] != 'o' && event[0] != 's') return 0;
  if (!strcmp(event, "open")) {
    if (opens_for_writing(arguments)) note(event, arguments);
    return 0;
  }
  for (const char *const *name = changing; *name; name++) {
    if (!strcmp(event, *name)) note(event, arguments);
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

uint64_t effects_count(void) { return page ? atomic_load(&page->count) : 0; }

void effects_last(char *text, size_t capacity) { snprintf(text, capacity, "%s", page ? page->last : ""); }
