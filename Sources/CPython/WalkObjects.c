#include "WalkParts.h"

static PyObject *tagged(struct walk *walk, enum tag tag, PyObject *contents) {
  return walk_tuple((PyObject *[]){walk_same(walk->tag[tag]), contents}, 2);
}

PyObject *describe_list(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t size = python->PyList_Size(value);
  if (size >= walk->smallest_frozen) return NULL;
  int has_integers = 0, has_bare_atoms = 0, has_others = 0;
  for (ssize_t index = 0; index < size && !has_others; index++) {
    PyObject *type = type_of(python->PyList_GetItem(value, index));
    if (type == python->PyLong_Type) has_integers = 1;
    else if (walk_is_atom(walk, type)) has_bare_atoms = 1;
    else has_others = 1;
  }
  if (!has_others && has_integers != has_bare_atoms) return tagged(walk, PLAIN_LIST, python->PyList_AsTuple(value));
  return tagged(walk, LIST, walk_references(walk, value));
}

PyObject *describe_tuple(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t size = python->PyTuple_Size(value);
  if (size >= walk->smallest_frozen) return NULL;
  for (ssize_t index = 0; index < size; index++)
    if (!walk_is_atom(walk, type_of(python->PyTuple_GetItem(value, index))))
      return tagged(walk, TUPLE, walk_references(walk, value));
  return tagged(walk, PLAIN_TUPLE, walk_same(value));
}

// The references of a dict's keys, or of its values. Nothing of the program's runs meanwhile.
static PyObject *side_of(struct walk *walk, PyObject *dict, int is_values) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *references = python->PyTuple_New(python->PyDict_Size(dict));
  PyObject *key = NULL, *value = NULL;
  ssize_t position = 0;
  for (ssize_t index = 0; references && python->PyDict_Next(dict, &position, &key, &value); index++) {
    PyObject *reference = walk_reference(walk, is_values ? value : key);
    if (!reference) {
      python->Py_DecRef(references);
      return NULL;
    }
    python->PyTuple_SetItem(references, index, reference);
  }
  return references;
}

PyObject *describe_dict(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  if (python->PyDict_Size(value) >= walk->smallest_frozen) return NULL;
  PyObject *keys = side_of(walk, value, 0);
  PyObject *values = keys ? side_of(walk, value, 1) : NULL;
  PyObject *parts[] = {walk_same(walk->tag[DICT]), walk_same(python->_Py_NoneStruct), walk_same(walk->nothing), keys, values};
  return walk_tuple(parts, 5);
}

PyObject *describe_ordered_dict(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  if (python->PyDict_Size(value) == 0) return walk_same(walk->word[EMPTY_ORDERED_DICT]);
  PyObject *keys = walk_references(walk, value);  // in its own order, which is not that of the dict below it
  PyObject *view = keys ? python->PyObject_VectorcallMethod(walk->name[VALUES], &value, 1, NULL) : NULL;
  PyObject *values = view ? walk_references(walk, view) : NULL;
  python->Py_DecRef(view);
  PyObject *kind = python->PyTuple_GetItem(walk->word[EMPTY_ORDERED_DICT], 1);
  PyObject *parts[] = {walk_same(walk->tag[DICT]), walk_same(kind), walk_same(walk->nothing), keys, values};
  return walk_tuple(parts, 5);
}

PyObject *describe_set(struct walk *walk, PyObject *value) {
  return cpython_symbols()->PySet_Size(value) == 0 ? walk_same(walk->word[EMPTY_SET]) : NULL;
}

// The number of a tuple of attribute names, which it takes over.
static PyObject *shape_of(struct walk *walk, PyObject *names) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *known = names ? walk_same(python->PyDict_GetItemWithError(walk->shape_numbers, names)) : NULL;
  if (names && !known && !python->PyErr_Occurred()) {
    known = python->PyLong_FromLongLong(python->PyList_Size(walk->shapes));
    if (known && (python->PyDict_SetItem(walk->shape_numbers, names, known) || python->PyList_Append(walk->shapes, names))) {
      python->Py_DecRef(known);
      known = NULL;
    }
  }
  python->Py_DecRef(names);
  return known;
}

static PyObject *instance_node(struct walk *walk, PyObject *kind, PyObject *shape, PyObject *values) {
  PyObject *parts[] = {walk_same(walk->tag[INSTANCE]), kind, walk_same(cpython_symbols()->_Py_NoneStruct), shape, values};
  return walk_tuple(parts, 5);
}

static PyObject *keys_of(PyObject *dict) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *keys = python->PyTuple_New(python->PyDict_Size(dict));
  PyObject *key = NULL, *value = NULL;
  ssize_t position = 0;
  for (ssize_t index = 0; keys && python->PyDict_Next(dict, &position, &key, &value); index++)
    python->PyTuple_SetItem(keys, index, walk_same(key));
  return keys;
}

static PyObject *instance_with_dict(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *attributes = python->PyObject_GenericGetDict(value, NULL);
  if (!attributes) return NULL;
  PyObject *node = NULL;
  if (type_of(attributes) == python->PyDict_Type) {
    PyObject *kind = walk_reference(walk, type_of(value));
    PyObject *shape = kind ? shape_of(walk, keys_of(attributes)) : NULL;
    node = instance_node(walk, kind, shape, shape ? side_of(walk, attributes, 1) : NULL);
  }
  python->Py_DecRef(attributes);
  return node;
}

// One with a `__dict__`, made or not, and nothing else.
PyObject *describe_instance(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *names[MOST_INLINE_ATTRIBUTES], *values[MOST_INLINE_ATTRIBUTES];
  int count = inline_attributes(value, names, values);
  if (count < 0) return instance_with_dict(walk, value);
  for (int index = 0; index < count; index++) {
    python->Py_IncRef(names[index]);
    python->Py_IncRef(values[index]);
  }
  PyObject *held = walk_tuple(values, count);
  PyObject *kind = walk_reference(walk, type_of(value));
  PyObject *shape = kind ? shape_of(walk, walk_tuple(names, count)) : NULL;
  PyObject *node = instance_node(walk, kind, shape, shape && held ? walk_references(walk, held) : NULL);
  python->Py_DecRef(held);
  return node;
}
