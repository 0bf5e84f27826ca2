#include "Link.h"

#include <stdlib.h>
#include <string.h>

#include "ObjectLayout.h"

struct linker {
  const char *prefix;
  ssize_t prefix_length;
  long long first;
  PyObject *names;
};

// `site:N`, `function:N`, both as the sum that it stands for.
static PyObject *index_after(const struct linker *linker, const char *colon) {
  return cpython_symbols()->PyLong_FromLongLong(linker->first + strtoll(colon + 1, NULL, 10));
}

static PyObject *indexes_after(const struct linker *linker, const char *colon) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t count = 1;
  for (const char *text = colon; *text; text++) count += *text == ',';
  PyObject *indexes = python->PyTuple_New(count);
  for (ssize_t place = 0; indexes && place < count; place++) {
    PyObject *index = index_after(linker, colon);
    if (!index || python->PyTuple_SetItem(indexes, place, index)) {
      python->Py_DecRef(indexes);
      return NULL;
    }
    colon = strchr(colon + 1, ',');
  }
  return indexes;
}

// A new reference to what a placeholder stands for; `text` is what follows its prefix.
static PyObject *binding(const struct linker *linker, PyObject *constant, const char *text) {
  const CPythonSymbols *python = cpython_symbols();
  const char *colon = strchr(text, ':');
  if (strncmp(text, "site:", 5) == 0 || strncmp(text, "function:", 9) == 0) return index_after(linker, colon);
  if (strncmp(text, "sites:", 6) == 0) return indexes_after(linker, colon);
  PyObject *found = python->PyDict_GetItemWithError(linker->names, constant);
  if (!found && !python->PyErr_Occurred()) python->PyErr_SetString(python->PyExc_ValueError, text);
  python->Py_IncRef(found);
  return found;
}

// The text after the prefix; null where a constant is no placeholder.
static const char *placeholder(const struct linker *linker, PyObject *constant) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t length = 0;
  const char *text = python->PyUnicode_AsUTF8AndSize(constant, &length);
  if (!text) python->PyErr_Clear();  // half a surrogate pair: no text of ours
  int is_one = text && length > linker->prefix_length && memcmp(text, linker->prefix, (size_t)linker->prefix_length) == 0;
  return is_one ? text + linker->prefix_length : NULL;
}

// -1 with an exception set.
static int link_constants(const struct linker *linker, PyObject *code, PyObject *code_type) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *constants = python->PyObject_GetAttrString(code, "co_consts");
  if (!constants) return -1;
  struct tuple *tuple = (struct tuple *)constants;
  int failed = tuple->size != python->PyTuple_Size(constants);
  for (ssize_t index = 0; !failed && index < tuple->size; index++) {
    PyObject *constant = python->PyTuple_GetItem(constants, index);
    PyObject *type = type_of(constant);
    const char *text = type == python->PyUnicode_Type ? placeholder(linker, constant) : NULL;
    if (type == code_type) failed = link_constants(linker, constant, code_type);
    if (!text) continue;
    PyObject *bound = binding(linker, constant, text);
    failed = !bound || tuple->items[index] != constant;
    if (failed) break;
    // Behind Python's back: a constant is replaced before anybody has seen it, as an unpickler fills a tuple.
    tuple->items[index] = bound;
    python->Py_DecRef(constant);
  }
  python->Py_DecRef(constants);
  if (failed && !python->PyErr_Occurred())
    python->PyErr_SetString(python->PyExc_RuntimeError, "the constants of this Python's code lie otherwise than expected");
  return failed ? -1 : 0;
}

PyObject *link_code(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  if (count != 4) {
    python->PyErr_SetString(python->PyExc_TypeError, "link() takes a code object, a prefix, an index and names");
    return NULL;
  }
  struct linker linker = {.first = python->PyLong_AsLongLong(arguments[2]), .names = arguments[3]};
  linker.prefix = python->PyUnicode_AsUTF8AndSize(arguments[1], &linker.prefix_length);
  if (!linker.prefix || python->PyErr_Occurred()) return NULL;
  if (link_constants(&linker, arguments[0], type_of(arguments[0]))) return NULL;
  python->Py_IncRef(arguments[0]);
  return arguments[0];
}
