#include <string.h>

#include "Arguments.h"

static bool read_shape(PyObject *dimensions, PyObject *kind, PyObject *item_type, LogShape *shape) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t count = python->PyTuple_Size(dimensions), type_count = 0;
  const char *type = python->PyUnicode_AsUTF8AndSize(item_type, &type_count);
  if (count < 0 || !type) return false;
  if (count > LOG_DIMENSIONS || type_count >= LOG_ITEM_TYPE_BYTES)
    return log_raise_type_error("an array that is logged has at most 32 dimensions, and a short item type");
  shape->kind = (int)python->PyLong_AsLongLong(kind);
  shape->dimension_count = (int)count;
  for (ssize_t one = 0; one < count; one++) shape->dimensions[one] = python->PyLong_AsLongLong(python->PyTuple_GetItem(dimensions, one));
  memcpy(shape->item_type, type, (size_t)type_count);
  return !python->PyErr_Occurred();
}

// The memory of an array: an address that the caller keeps alive and its bytes, or an object with a buffer.
typedef struct {
  const void *bytes;
  size_t count;
  Py_buffer view;
} Memory;

static bool take_memory(PyObject *object, PyObject *count, Memory *memory) {
  const CPythonSymbols *python = cpython_symbols();
  *memory = (Memory){0};
  if (type_of(object) == python->PyLong_Type) {
    memory->bytes = (const void *)(uintptr_t)python->PyLong_AsUnsignedLongLong(object);
    memory->count = (size_t)python->PyLong_AsLongLong(count);
    return !python->PyErr_Occurred();
  }
  if (python->PyObject_GetBuffer(object, &memory->view, PY_BUFFER_SIMPLE)) return false;
  memory->bytes = memory->view.buf;
  memory->count = (size_t)memory->view.len;
  return true;
}

PyObject *log_array(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  if (count != 8) return log_raise_type_error("log_array() takes name, step, is_argument, kind, item type, dimensions, memory, bytes");
  LogSubject subject = {.name = log_name_of(arguments[0]), .is_argument = cpython_symbols()->PyObject_IsTrue(arguments[2]) == 1};
  LogShape shape = {0};
  Memory memory;
  if (!subject.name || !log_set_step(&subject, arguments[1]) || !read_shape(arguments[5], arguments[3], arguments[4], &shape)) return NULL;
  if (!take_memory(arguments[6], arguments[7], &memory)) return NULL;
  LogBlob *blob = log_is_open() ? log_blob_when_free(memory.count) : NULL;
  if (blob) {
    log_copy(blob, memory.bytes, memory.count);
    log_put_blob(&subject, &shape, blob);
  }
  if (memory.view.obj) cpython_symbols()->PyBuffer_Release(&memory.view);
  return blob || !log_is_open() ? log_new_none() : NULL;
}
