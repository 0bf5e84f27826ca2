#include <stdlib.h>

#include "WalkParts.h"

// What `native_walk.py` says of a type of numbers.
enum dtype_fact { SPELLING, ITEM_BYTES, IS_COMPLEX, NUMBER_BYTES };

static PyObject *attribute(const struct walk *walk, PyObject *value, enum name name) {
  return cpython_symbols()->PyObject_GetAttr(value, walk->name[name]);
}

static PyObject *method(const struct walk *walk, PyObject *value, enum name name) {
  return cpython_symbols()->PyObject_VectorcallMethod(walk->name[name], &value, 1, NULL);
}

// Takes the object over; -1 where it is null or no integer, with an exception set.
static int64_t integer(PyObject *object) {
  const CPythonSymbols *python = cpython_symbols();
  int64_t number = object ? python->PyLong_AsLongLong(object) : -1;
  python->Py_DecRef(object);
  return number;
}

// Whether an attribute is this very object. 0 also where it cannot be read.
static int is(const struct walk *walk, PyObject *value, enum name name, PyObject *wanted) {
  PyObject *found = attribute(walk, value, name);
  cpython_symbols()->Py_DecRef(found);
  return found == wanted;
}

// Null without an exception where a tensor of such numbers is for Python to describe.
static PyObject *facts_of_dtype(const struct walk *walk, PyObject *value, PyObject *dtype) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *facts = python->PyDict_GetItemWithError(walk->word[DTYPES], dtype);
  if (!facts && !python->PyErr_Occurred()) {
    facts = python->PyObject_CallFunctionObjArgs(walk->word[FIND_DTYPE], value, NULL);
    python->Py_DecRef(facts);  // the dict has it as well
  }
  return facts && facts != python->_Py_NoneStruct ? facts : NULL;
}

// How many bytes of its storage a tensor reaches; -1 with an exception set.
static int64_t extent_bytes(PyObject *size, PyObject *stride, int64_t offset, int64_t item_bytes) {
  const CPythonSymbols *python = cpython_symbols();
  int64_t last = 0;
  for (ssize_t dimension = 0; dimension < python->PyTuple_Size(size); dimension++) {
    int64_t length = python->PyLong_AsLongLong(python->PyTuple_GetItem(size, dimension));
    if (length == 0) return 0;
    last += (length - 1) * python->PyLong_AsLongLong(python->PyTuple_GetItem(stride, dimension));
  }
  return python->PyErr_Occurred() ? -1 : (offset + last + 1) * item_bytes;
}

static PyObject *plain_tuple(PyObject *size) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t count = size ? python->PyTuple_Size(size) : -1;
  PyObject *plain = count >= 0 ? python->PyTuple_New(count) : NULL;
  for (ssize_t index = 0; plain && index < count; index++)
    python->PyTuple_SetItem(plain, index, walk_same(python->PyTuple_GetItem(size, index)));
  python->Py_DecRef(size);
  return plain;
}

// The number of the storage behind a tensor.
static PyObject *storage_of(struct walk *walk, PyObject *value, int64_t extent, PyObject *facts) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *storage = method(walk, value, UNTYPED_STORAGE);
  int64_t item_bytes = python->PyLong_AsLongLong(python->PyTuple_GetItem(facts, NUMBER_BYTES));
  int64_t number = storage ? walk_storage(walk, storage, extent, item_bytes, 1) : -1;
  python->Py_DecRef(storage);
  return number < 0 ? NULL : python->PyLong_FromLongLong(number);
}

// Where in its storage a tensor lies: offset, size, stride, and whether it is seen conjugated or negated.
static PyObject *view_of(struct walk *walk, PyObject *value, PyObject *facts) {
  const CPythonSymbols *python = cpython_symbols();
  int is_complex = python->PyTuple_GetItem(facts, IS_COMPLEX) == python->_Py_TrueStruct;
  PyObject *parts[] = {
    method(walk, value, STORAGE_OFFSET), plain_tuple(method(walk, value, SIZE)), method(walk, value, STRIDE),
    is_complex ? method(walk, value, IS_CONJ) : walk_same(python->_Py_FalseStruct), method(walk, value, IS_NEG),
  };
  return walk_tuple(parts, 5);
}

// A reference to what an attribute holds, None to nothing.
static PyObject *reference_unless_none(struct walk *walk, PyObject *held) {
  PyObject *reference = held ? walk_reference(walk, held) : NULL;  // None stands for itself
  cpython_symbols()->Py_DecRef(held);
  return reference;
}

static PyObject *attributes_of(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *attributes = python->PyObject_GenericGetDict(value, NULL);
  if (attributes && python->PyDict_Size(attributes) == 0) {
    python->Py_DecRef(attributes);
    return walk_same(python->_Py_NoneStruct);
  }
  return reference_unless_none(walk, attributes);
}

// Its history: whether it wants a gradient, and the name of what made it.
static PyObject *history_of(struct walk *walk, PyObject *value, int *has_history) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *function = attribute(walk, value, GRAD_FN);
  *has_history = function != python->_Py_NoneStruct;
  PyObject *name = function && *has_history ? method(walk, function, NAME) : walk_same(function);
  if (*has_history) python->Py_DecRef(function);
  return walk_tuple((PyObject *[]){attribute(walk, value, REQUIRES_GRAD), name}, 2);
}

// A strided tensor in the processor's memory, of which everything else was found to be as here.
static PyObject *described(struct walk *walk, PyObject *value, PyObject *facts, PyObject *view, int64_t extent) {
  const CPythonSymbols *python = cpython_symbols();
  int has_history = 0;
  PyObject *history = history_of(walk, value, &has_history);
  int has_gradient = !has_history || (history && is(walk, value, RETAINS_GRAD, python->_Py_TrueStruct));
  PyObject *gradient = has_gradient ? attribute(walk, value, GRAD) : walk_same(python->_Py_NoneStruct);
  PyObject *base = has_history ? walk_same(python->_Py_NoneStruct) : attribute(walk, value, BASE);
  PyObject *hooks = attribute(walk, value, BACKWARD_HOOKS);
  PyObject *parts[10] = {0};
  if (history && gradient && base && hooks) {  // in the order in which the Python twin gives out numbers
    parts[0] = walk_same(walk->tag[TENSOR]);
    parts[1] = walk_reference(walk, type_of(value));
    parts[2] = storage_of(walk, value, extent, facts);
    parts[3] = walk_same(python->PyTuple_GetItem(facts, SPELLING));
    parts[4] = walk_same(view);
    parts[5] = walk_same(history);
    parts[6] = reference_unless_none(walk, walk_same(gradient));
    parts[7] = reference_unless_none(walk, walk_same(hooks));
    parts[8] = attributes_of(walk, value);
    parts[9] = reference_unless_none(walk, walk_same(base));
  }
  python->Py_DecRef(history);
  python->Py_DecRef(gradient);
  python->Py_DecRef(base);
  python->Py_DecRef(hooks);
  return walk_tuple(parts, 10);
}

PyObject *describe_tensor(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  if (!is(walk, value, LAYOUT, walk->word[STRIDED]) || !is(walk, value, IS_NESTED, python->_Py_FalseStruct)
      || !is(walk, value, IS_CPU, python->_Py_TrueStruct) || !is(walk, value, POST_HOOKS, python->_Py_NoneStruct))
    return NULL;
  PyObject *dtype = attribute(walk, value, DTYPE);
  PyObject *facts = dtype ? walk_same(facts_of_dtype(walk, value, dtype)) : NULL;
  PyObject *view = facts ? view_of(walk, value, facts) : NULL;
  PyObject *node = NULL;
  if (view) {
    int64_t offset = python->PyLong_AsLongLong(python->PyTuple_GetItem(view, 0));
    int64_t item_bytes = python->PyLong_AsLongLong(python->PyTuple_GetItem(facts, ITEM_BYTES));
    int64_t extent = extent_bytes(python->PyTuple_GetItem(view, 1), python->PyTuple_GetItem(view, 2), offset, item_bytes);
    if (extent >= 0) node = described(walk, value, facts, view, extent);
  }
  python->Py_DecRef(dtype);
  python->Py_DecRef(facts);
  python->Py_DecRef(view);
  return node;
}

int64_t walk_storage(struct walk *walk, PyObject *storage, int64_t extent, int64_t item_bytes, int is_plain) {
  int64_t identity = integer(attribute(walk, storage, CDATA));
  if (identity == -1) return -1;
  // Odd, as no object's address is; what is told apart by it is which storage a number is of.
  uint64_t key = (uint64_t)identity | 1;
  int64_t place = table_find(&walk->numbers, key, 1);
  if (place < 0) {
    int64_t number = walk_register(walk, storage);
    place = (int64_t)walk->storage_count;
    if (number < 0 || table_add(&walk->numbers, key, 1, place)) return -1;
    if (array_grow((void **)&walk->storages, walk->storage_count, &walk->storage_capacity, sizeof *walk->storages)) return -1;
    walk->storages[walk->storage_count++] = (struct storage){number, extent, item_bytes, is_plain};
  }
  struct storage *known = &walk->storages[place];
  if (extent > known->extent_bytes) known->extent_bytes = extent;
  if (item_bytes > known->item_bytes) known->item_bytes = item_bytes;
  return known->number;
}

PyObject *describe_storage(struct walk *walk, const struct storage *storage) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *object = python->PyList_GetItem(walk->objects, storage->number);
  int64_t bytes = integer(method(walk, object, NBYTES));
  int64_t address = integer(method(walk, object, DATA_PTR));
  if (python->PyErr_Occurred()) return NULL;
  int64_t leaf = walk_leaf(walk, (uint64_t)address, storage->extent_bytes, object, 0, storage->item_bytes);
  PyObject *parts[] = {
    walk_same(walk->tag[STORAGE]), walk_same(walk->word[CPU]), python->PyLong_FromLongLong(bytes),
    python->PyLong_FromLongLong(storage->extent_bytes), walk_same(python->_Py_FalseStruct),
    leaf < 0 ? NULL : python->PyLong_FromLongLong(leaf),
  };
  return walk_tuple(parts, 6);
}
