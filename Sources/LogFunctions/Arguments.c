#include "Arguments.h"

#include <string.h>
#include <time.h>

PyObject *log_raise_type_error(const char *text) {
  cpython_symbols()->PyErr_SetString(cpython_symbols()->PyExc_TypeError, text);
  return NULL;
}

PyObject *log_new_none(void) {
  PyObject *none = cpython_symbols()->_Py_NoneStruct;
  cpython_symbols()->Py_IncRef(none);
  return none;
}

// Names are mostly the same few objects, constants of the script's code. The references keep their addresses theirs.
enum { KNOWN = 1024 };
static struct {
  PyObject *object;
  LogName *name;
} known[KNOWN];

static void name_by_text(const char *text, size_t count, void *context) { *(LogName **)context = log_name(text, count); }

LogName *log_name_of(PyObject *object) {
  size_t place = ((uintptr_t)object >> 4) % KNOWN;
  if (known[place].object == object) return known[place].name;
  const CPythonSymbols *python = cpython_symbols();
  if (type_of(object) != python->PyUnicode_Type && python->PyObject_IsInstance(object, python->PyUnicode_Type) != 1) {
    log_raise_type_error("flor.log: a name is a str");
    return NULL;
  }
  LogName *name = NULL;
  if (!log_with_text(object, name_by_text, &name)) return NULL;
  if (!name) {
    python->PyErr_SetString(python->PyExc_MemoryError, "no memory for a name");
    return NULL;
  }
  python->Py_IncRef(object);
  if (known[place].object) python->Py_DecRef(known[place].object);
  known[place].object = object;
  known[place].name = name;
  return name;
}

bool log_set_step(LogSubject *subject, PyObject *step) {
  const CPythonSymbols *python = cpython_symbols();
  if (!step || step == python->_Py_NoneStruct) return true;
  subject->step = python->PyLong_AsLongLong(step);
  subject->has_step = true;
  return subject->step != -1 || !python->PyErr_Occurred();
}

bool log_with_text(PyObject *object, void (*body)(const char *, size_t, void *), void *context) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t count = 0;
  const char *text = python->PyUnicode_AsUTF8AndSize(object, &count);
  if (text) {
    body(text, (size_t)count, context);
    return true;
  }
  python->PyErr_Clear();
  PyObject *bytes = python->PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass");
  if (!bytes) return false;
  char *start = NULL;
  bool is_read = python->PyBytes_AsStringAndSize(bytes, &start, &count) == 0;
  if (is_read) body(start, (size_t)count, context);
  python->Py_DecRef(bytes);
  return is_read;
}

LogBlob *log_blob_when_free(size_t count) {
  const CPythonSymbols *python = cpython_symbols();
  for (;;) {
    bool is_busy = false;
    LogBlob *blob = log_blob_new(count, &is_busy);
    if (blob) return blob;
    if (!is_busy) {
      python->PyErr_SetString(python->PyExc_MemoryError, "no memory for a copy of what is logged");
      return NULL;
    }
    PyThreadState *thread = python->PyEval_SaveThread();
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    python->PyEval_RestoreThread(thread);
  }
}

// Below this, letting other threads run costs more than the copy.
enum { SHORT_COPY_BYTES = 1 << 18 };

void log_copy(LogBlob *blob, const void *bytes, size_t count) {
  if (count <= SHORT_COPY_BYTES) {
    memcpy(log_blob_bytes(blob), bytes, count);
    return;
  }
  PyThreadState *thread = cpython_symbols()->PyEval_SaveThread();
  memcpy(log_blob_bytes(blob), bytes, count);
  cpython_symbols()->PyEval_RestoreThread(thread);
}

bool log_put_long_text(const LogSubject *subject, const char *text, size_t count) {
  if (count <= LOG_RECORD_TEXT_BYTES) {
    log_put_text(subject, LOG_TEXT, text, count);
    return true;
  }
  LogBlob *blob = log_blob_when_free(count);
  if (!blob) return false;
  log_copy(blob, text, count);
  log_put_blob(subject, &(LogShape){.kind = LOG_LONG_TEXT, .dimension_count = 1, .dimensions = {(int64_t)count}}, blob);
  return true;
}
