#include <string.h>

#include "Arguments.h"

// What is iterated over, as far as it is a plain value.
typedef struct {
  int type;
  size_t count;
  uint8_t bytes[LOG_ITEM_TEXT_BYTES];
} Item;

static void take_word(Item *item, int type, const void *word) {
  item->type = type;
  item->count = 8;
  memcpy(item->bytes, word, 8);
}

static void take_text(const char *text, size_t count, void *context) {
  Item *item = context;
  if (count > sizeof item->bytes) return;
  item->type = LOG_TEXT;
  item->count = count;
  memcpy(item->bytes, text, count);
}

static bool take_item(PyObject *object, Item *item) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *type = type_of(object);
  item->type = LOG_NONE;
  item->count = 0;
  if (type == python->PyLong_Type) {
    int overflow = 0;
    const long long number = python->PyLong_AsLongLongAndOverflow(object, &overflow);
    if (!overflow) take_word(item, LOG_INT, &number);
  } else if (type == python->PyFloat_Type) {
    const double number = python->PyFloat_AsDouble(object);
    take_word(item, LOG_FLOAT, &number);
  } else if (type == type_of(python->_Py_TrueStruct)) {
    const uint64_t word = object == python->_Py_TrueStruct;
    take_word(item, LOG_BOOL, &word);
  } else if (type == python->PyUnicode_Type) {
    return log_with_text(object, take_text, item);
  }
  return true;
}

static void begin(const char *text, size_t count, void *loop) { *(int *)loop = log_loop_begin(text, count); }

PyObject *log_loop_begins(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  int loop = -1;
  if (count != 1) return log_raise_type_error("log_loop_begins() takes a name");
  if (!log_with_text(arguments[0], begin, &loop)) return NULL;
  return cpython_symbols()->PyLong_FromLongLong(loop);
}

PyObject *log_loop_goes_on(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  Item item;
  if (count != 3) return log_raise_type_error("log_loop_goes_on() takes a loop, an index and an item");
  if (!take_item(arguments[2], &item)) return NULL;
  long long loop = python->PyLong_AsLongLong(arguments[0]), index = python->PyLong_AsLongLong(arguments[1]);
  if (python->PyErr_Occurred()) return NULL;
  log_loop_next((int)loop, index, item.type, item.bytes, item.count);
  return log_new_none();
}

PyObject *log_loop_ends(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  if (count != 1) return log_raise_type_error("log_loop_ends() takes a loop");
  log_loop_end((int)cpython_symbols()->PyLong_AsLongLong(arguments[0]));
  return log_new_none();
}
