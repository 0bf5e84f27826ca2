#include "WalkParts.h"

PyObject *walk_same(PyObject *object) {
  cpython_symbols()->Py_IncRef(object);
  return object;
}

PyObject *walk_tuple(PyObject **items, ssize_t count) {
  const CPythonSymbols *python = cpython_symbols();
  int is_whole = 1;
  for (ssize_t index = 0; index < count; index++) is_whole &= items[index] != NULL;
  PyObject *made = is_whole ? python->PyTuple_New(count) : NULL;
  for (ssize_t index = 0; index < count; index++) {
    if (made) python->PyTuple_SetItem(made, index, items[index]);
    else python->Py_DecRef(items[index]);
  }
  return made;
}

int walk_is_atom(const struct walk *walk, PyObject *type) {
  (void)walk;
  const CPythonSymbols *python = cpython_symbols();
  return type == python->PyLong_Type || type == python->PyUnicode_Type || type == type_of(python->_Py_NoneStruct)
         || type == python->PyFloat_Type || type == python->PyBool_Type || type == python->PyBytes_Type
         || type == python->PyComplex_Type;
}

// The number of an object under a key, by which it is known from now on.
static int64_t number_of(struct walk *walk, uint64_t key, PyObject *value) {
  int64_t number = table_find(&walk->numbers, key, 0);
  if (number >= 0) return number;
  number = walk_register(walk, value);
  if (number < 0 || table_add(&walk->numbers, key, 0, number) || walk_postpone(walk, number)) return -1;
  return number;
}

PyObject *walk_reference(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *type = type_of(value);
  if (walk_is_atom(walk, type)) {
    if (type == python->PyLong_Type) return walk_tuple((PyObject *[]){walk_same(value)}, 1);
    if (type != python->PyBytes_Type || python->PySequence_Size(value) <= walk->big_bytes) return walk_same(value);
  }
  int64_t number = number_of(walk, (uint64_t)value, value);
  return number < 0 ? NULL : python->PyLong_FromLongLong(number);
}

int64_t walk_register(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  int64_t number = python->PyList_Size(walk->objects);
  // The list also keeps it alive, so that its address stays its own.
  return python->PyList_Append(walk->objects, value) || python->PyList_Append(walk->nodes, walk->nothing) ? -1 : number;
}

int walk_postpone(struct walk *walk, int64_t number) {
  if (array_grow((void **)&walk->pending, walk->pending_count, &walk->pending_capacity, sizeof *walk->pending)) return -1;
  walk->pending[walk->pending_count++] = number;
  return 0;
}

static PyObject *of_any_iterable(struct walk *walk, PyObject *values) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *iterator = python->PyObject_GetIter(values);
  PyObject *found = iterator ? python->PyList_New(0) : NULL;
  PyObject *value = NULL;
  while (found && (value = python->PyIter_Next(iterator))) {
    PyObject *reference = walk_reference(walk, value);
    python->Py_DecRef(value);
    int failed = !reference || python->PyList_Append(found, reference);
    python->Py_DecRef(reference);
    if (failed) break;
  }
  PyObject *references = found && !python->PyErr_Occurred() ? python->PyList_AsTuple(found) : NULL;
  python->Py_DecRef(iterator);
  python->Py_DecRef(found);
  return references;
}

PyObject *walk_references(struct walk *walk, PyObject *values) {
  const CPythonSymbols *python = cpython_symbols();
  int is_list = type_of(values) == python->PyList_Type;
  if (!is_list && type_of(values) != python->PyTuple_Type) return of_any_iterable(walk, values);
  ssize_t size = python->PySequence_Size(values);
  PyObject *references = python->PyTuple_New(size);
  for (ssize_t index = 0; references && index < size; index++) {
    PyObject *value = is_list ? python->PyList_GetItem(values, index) : python->PyTuple_GetItem(values, index);
    PyObject *reference = walk_reference(walk, value);
    if (!reference) {
      python->Py_DecRef(references);
      return NULL;
    }
    python->PyTuple_SetItem(references, index, reference);
  }
  return references;
}

int64_t walk_leaf(struct walk *walk, uint64_t address, int64_t bytes, PyObject *owner, int64_t content, int64_t item_bytes) {
  const CPythonSymbols *python = cpython_symbols();
  if (bytes == 0) address = 0;
  int64_t number = table_find(&walk->leaf_numbers, address, (uint64_t)bytes);
  if (number >= 0) return number;
  number = python->PyList_Size(walk->leaves);
  PyObject *parts[] = {
    python->PyLong_FromUnsignedLongLong(address), python->PyLong_FromLongLong(bytes), walk_same(owner),
    python->PyLong_FromLongLong(content), python->PyLong_FromLongLong(item_bytes),
  };
  PyObject *arguments = walk_tuple(parts, 5);
  PyObject *leaf = arguments ? python->PyObject_CallObject(walk->word[LEAF], arguments) : NULL;
  python->Py_DecRef(arguments);
  int failed = !leaf || python->PyList_Append(walk->leaves, leaf) || table_add(&walk->leaf_numbers, address, (uint64_t)bytes, number);
  python->Py_DecRef(leaf);
  return failed ? -1 : number;
}
