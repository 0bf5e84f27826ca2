#include "CPython.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  // Not owned: they are only compared with.
  PyObject *text, *buffer, *descriptor;
  char text_kind, bytes_kind, flush_kind;
  uint64_t written_bytes;
} Stream;

static Stream streams[] = {
  [STREAM_STDOUT] = {.text_kind = 't', .bytes_kind = 'b', .flush_kind = 'f'},
  [STREAM_STDERR] = {.text_kind = 'T', .bytes_kind = 'B', .flush_kind = 'F'},
};

// The methods of `io` that ours call, by layer.
static struct { PyObject *write, *flush; } plain[3];

static struct {
  char *bytes;
  size_t count, capacity;
  uint64_t taken_bytes, stdout_bytes;
  PyObject *when_full;
} records;

static bool is_observing;

// Greater than 0 while this thread is in an upper layer of the stream: what reaches the lower ones then has been noted already.
static _Thread_local int inside[2];

static void stop_observing(void) { is_observing = false; }

void stream_observe(int stream, PyObject *text, PyObject *buffer, PyObject *descriptor) {
  static bool is_watching_forks;
  if (!is_watching_forks) pthread_atfork(NULL, NULL, stop_observing);
  is_watching_forks = is_observing = true;
  streams[stream].text = text;
  streams[stream].buffer = buffer;
  streams[stream].descriptor = descriptor;
}

static Stream *stream_of(PyObject *object, size_t layer) {
  if (!is_observing) return NULL;
  for (Stream *stream = streams; stream < streams + 2; stream++)
    if (*(PyObject **)((char *)stream + layer) == object) return stream;
  return NULL;
}

#define STREAM_OF(object, layer) stream_of(object, offsetof(Stream, layer))
#define INSIDE(stream) inside[(stream) - streams]

static bool reserve(size_t count) {
  if (records.count + count <= records.capacity) return true;
  size_t capacity = 2 * records.capacity + count;
  char *bytes = realloc(records.bytes, capacity);
  if (!bytes) {
    const CPythonSymbols *python = cpython_symbols();
    python->PyErr_SetString(python->PyExc_MemoryError, "no memory for the record of the output");
    return false;
  }
  records.bytes = bytes;
  records.capacity = capacity;
  return true;
}

// A record's length has four bytes; longer text is cut between characters.
static size_t piece(const char *data, size_t count, bool is_text) {
  const size_t most = 1u << 30;
  if (count <= most) return count;
  size_t end = most;
  while (is_text && (data[end] & 0xC0) == 0x80) end--;
  return end;
}

static bool note(char kind, const char *data, size_t count, bool is_text) {
  do {
    size_t length = piece(data, count, is_text);
    if (!reserve(5 + length)) return false;
    char *at = records.bytes + records.count;
    uint32_t header = (uint32_t)length;
    *at = kind;
    memcpy(at + 1, &header, 4);
    if (length) memcpy(at + 5, data, length);
    records.count += 5 + length;
    data += length;
    count -= length;
  } while (count);
  return true;
}

static bool note_text(Stream *stream, PyObject *text) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t count;
  const char *data = python->PyUnicode_AsUTF8AndSize(text, &count);
  PyObject *encoded = NULL;
  if (!data) {
    // Lone surrogates, which the stream's own error handler has let pass.
    python->PyErr_Clear();
    encoded = python->PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
    if (!encoded || python->PyBytes_AsStringAndSize(encoded, (char **)&data, &count)) return false;
  }
  if (stream == streams) records.stdout_bytes += (uint64_t)count;
  bool is_noted = note(stream->text_kind, data, (size_t)count, true);
  python->Py_DecRef(encoded);
  return is_noted;
}

static bool note_bytes(Stream *stream, const char *data, size_t count) {
  if (stream == streams) records.stdout_bytes += count;
  return note(stream->bytes_kind, data, count, false);
}

void stream_when_full(PyObject *action) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *former = records.when_full;
  records.when_full = action == python->_Py_NoneStruct ? NULL : action;
  python->Py_IncRef(records.when_full);
  python->Py_DecRef(former);
}

// The script's write has succeeded, and a failure here is none of its.
static void make_room(void) {
  const CPythonSymbols *python = cpython_symbols();
  const size_t many = 1u << 20;
  PyObject *action = records.when_full;
  if (!action || records.count < many) return;
  // What the action writes itself, a warning say, does not call it again.
  records.when_full = NULL;
  PyObject *result = python->PyObject_CallObject(action, NULL);
  if (!result) python->PyErr_WriteUnraisable(action);
  python->Py_DecRef(result);
  records.when_full = action;
}

static PyObject *returned(PyObject *result, bool is_noted) {
  if (is_noted) {
    make_room();
    return result;
  }
  cpython_symbols()->Py_DecRef(result);
  return NULL;
}

// A write that failed below was accepted before that, unless the text itself was refused.
static void note_interrupted(Stream *stream, PyObject *text) {
  const CPythonSymbols *python = cpython_symbols();
  if (python->PyErr_ExceptionMatches(python->PyExc_TypeError) || python->PyErr_ExceptionMatches(python->PyExc_ValueError)) return;
  PyObject *type, *value, *traceback;
  python->PyErr_Fetch(&type, &value, &traceback);
  if (!note_text(stream, text)) python->PyErr_Clear();
  python->PyErr_Restore(type, value, traceback);
}

static PyObject *text_write(PyObject *self, PyObject *text) {
  const CPythonSymbols *python = cpython_symbols();
  Stream *stream = STREAM_OF(self, text);
  if (!stream) return python->PyObject_CallFunctionObjArgs(plain[STREAM_TEXT].write, self, text, NULL);
  INSIDE(stream)++;
  PyObject *result = python->PyObject_CallFunctionObjArgs(plain[STREAM_TEXT].write, self, text, NULL);
  INSIDE(stream)--;
  if (result) return returned(result, note_text(stream, text));
  note_interrupted(stream, text);
  return NULL;
}

static PyObject *flush(int layer, Stream *stream, PyObject *self) {
  if (stream) INSIDE(stream)++;
  PyObject *result = cpython_symbols()->PyObject_CallFunctionObjArgs(plain[layer].flush, self, NULL);
  if (stream) INSIDE(stream)--;
  return result;
}

static PyObject *text_flush(PyObject *self, PyObject *none) {
  Stream *stream = STREAM_OF(self, text);
  PyObject *result = flush(STREAM_TEXT, stream, self);
  return result && stream ? returned(result, note(stream->flush_kind, "", 0, false)) : result;
}

static PyObject *buffer_flush(PyObject *self, PyObject *none) { return flush(STREAM_BUFFER, STREAM_OF(self, buffer), self); }

// Calls the plain method and gives what was written, pinned, and how much of it.
static PyObject *write_bytes(int layer, PyObject *self, PyObject *data, Py_buffer *view, ssize_t *count) {
  const CPythonSymbols *python = cpython_symbols();
  *count = 0;
  bool is_pinned = python->PyObject_GetBuffer(data, view, PY_BUFFER_SIMPLE) == 0;
  // Whoever writes what is no memory gets the plain method's own complaint.
  if (!is_pinned) python->PyErr_Clear();
  PyObject *result = python->PyObject_CallFunctionObjArgs(plain[layer].write, self, data, NULL);
  if (result && is_pinned && result != python->_Py_NoneStruct) *count = (ssize_t)python->PyLong_AsLongLong(result);
  if (!is_pinned) view->obj = NULL;
  return result;
}

static PyObject *buffer_write(PyObject *self, PyObject *data) {
  const CPythonSymbols *python = cpython_symbols();
  Stream *stream = STREAM_OF(self, buffer);
  if (!stream || INSIDE(stream)) return python->PyObject_CallFunctionObjArgs(plain[STREAM_BUFFER].write, self, data, NULL);
  Py_buffer view;
  ssize_t count;
  INSIDE(stream)++;
  PyObject *result = write_bytes(STREAM_BUFFER, self, data, &view, &count);
  INSIDE(stream)--;
  bool is_noted = count <= 0 || note_bytes(stream, view.buf, (size_t)count);
  python->PyBuffer_Release(&view);
  return returned(result, is_noted);
}

// What the script writes here past a buffer counts as coming from elsewhere; without a buffer this is the buffer.
static PyObject *descriptor_write(PyObject *self, PyObject *data) {
  const CPythonSymbols *python = cpython_symbols();
  Stream *stream = STREAM_OF(self, descriptor);
  bool is_direct = stream && !INSIDE(stream);
  if (!stream || (is_direct && stream->buffer != self))
    return python->PyObject_CallFunctionObjArgs(plain[STREAM_DESCRIPTOR].write, self, data, NULL);
  Py_buffer view;
  ssize_t count;
  PyObject *result = write_bytes(STREAM_DESCRIPTOR, self, data, &view, &count);
  if (count > 0) stream->written_bytes += (uint64_t)count;
  bool is_noted = count <= 0 || !is_direct || note_bytes(stream, view.buf, (size_t)count);
  python->PyBuffer_Release(&view);
  return returned(result, is_noted);
}

static PyMethodDef methods[3][2] = {
  {{"write", text_write, PY_ONE_ARGUMENT}, {"flush", text_flush, PY_NO_ARGUMENTS}},
  {{"write", buffer_write, PY_ONE_ARGUMENT}, {"flush", buffer_flush, PY_NO_ARGUMENTS}},
  {{"write", descriptor_write, PY_ONE_ARGUMENT}, {NULL}},
};

int stream_replace_methods(int layer, PyObject *subclass, PyObject *plain_type) {
  const CPythonSymbols *python = cpython_symbols();
  for (PyMethodDef *method = methods[layer]; method < methods[layer] + 2 && method->name; method++) {
    PyObject **called = method == methods[layer] ? &plain[layer].write : &plain[layer].flush;
    *called = python->PyObject_GetAttrString(plain_type, method->name);
    PyObject *replacement = *called ? python->PyDescr_NewMethod(subclass, method) : NULL;
    if (!replacement) return -1;
    int failure = python->PyObject_SetAttrString(subclass, method->name, replacement);
    python->Py_DecRef(replacement);
    if (failure) return -1;
  }
  return 0;
}

PyObject *stream_take_records(void) {
  PyObject *taken = cpython_symbols()->PyBytes_FromStringAndSize(records.count ? records.bytes : "", (ssize_t)records.count);
  if (taken) {
    records.taken_bytes += records.count;
    records.count = 0;
  }
  return taken;
}

uint64_t stream_record_bytes(void) { return records.taken_bytes + records.count; }

uint64_t stream_stdout_bytes(void) { return records.stdout_bytes; }

uint64_t stream_written_bytes(int stream) { return streams[stream].written_bytes; }
