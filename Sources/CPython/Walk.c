#include "Walk.h"

#include <stdlib.h>

#include "WalkParts.h"

static const char CAPSULE[] = "florpy.walk";

static const char *const NAMES_SPELLED[NAMES] = {
  [LAYOUT] = "layout", [IS_NESTED] = "is_nested", [IS_CPU] = "is_cpu", [DTYPE] = "dtype", [SIZE] = "size", [STRIDE] = "stride",
  [STORAGE_OFFSET] = "storage_offset", [IS_CONJ] = "is_conj", [IS_NEG] = "is_neg", [REQUIRES_GRAD] = "requires_grad",
  [GRAD_FN] = "grad_fn", [NAME] = "name", [RETAINS_GRAD] = "retains_grad", [GRAD] = "grad", [BACKWARD_HOOKS] = "_backward_hooks",
  [POST_HOOKS] = "_post_accumulate_grad_hooks", [BASE] = "_base", [UNTYPED_STORAGE] = "untyped_storage", [CDATA] = "_cdata",
  [NBYTES] = "nbytes", [DATA_PTR] = "data_ptr", [VALUES] = "values",
};

typedef PyObject *(*Describer)(struct walk *walk, PyObject *value);

static const Describer DESCRIBERS[] = {
  [OF_LIST] = describe_list, [OF_TUPLE] = describe_tuple, [OF_DICT] = describe_dict, [OF_ORDERED_DICT] = describe_ordered_dict,
  [OF_SET] = describe_set, [OF_INSTANCE] = describe_instance, [OF_TENSOR] = describe_tensor,
};

static struct walk *walk_of(PyObject *capsule) { return cpython_symbols()->PyCapsule_GetPointer(capsule, CAPSULE); }

static PyObject *number_or_null(int64_t number) { return number < 0 ? NULL : cpython_symbols()->PyLong_FromLongLong(number); }

// The kind of a type; BY_PYTHON where it cannot be told, with an exception set.
static enum kind kind_of(struct walk *walk, PyObject *type) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *kind = walk_same(python->PyDict_GetItemWithError(walk->word[KINDS], type));
  if (!kind && !python->PyErr_Occurred()) kind = python->PyObject_CallFunctionObjArgs(walk->word[FIND_KIND], type, NULL);
  long long number = kind ? python->PyLong_AsLongLong(kind) : BY_PYTHON;
  python->Py_DecRef(kind);
  return number > BY_PYTHON && number <= OF_TENSOR ? (enum kind)number : BY_PYTHON;
}

// What the function for objects of this type says in Python.
static PyObject *described_by_python(struct walk *walk, PyObject *type, PyObject *whole, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *describer = python->PyObject_CallFunctionObjArgs(walk->word[DESCRIBER_OF], type, NULL);
  PyObject *node = describer ? python->PyObject_CallFunctionObjArgs(describer, whole, value, NULL) : NULL;
  python->Py_DecRef(describer);
  return node;
}

// For an object that raised an exception when it was looked at.
static PyObject *undescribed(struct walk *walk, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  if (!python->PyErr_ExceptionMatches(python->PyExc_Exception)) return NULL;
  PyObject *type = NULL, *error = NULL, *trace = NULL;
  python->PyErr_Fetch(&type, &error, &trace);
  python->PyErr_NormalizeException(&type, &error, &trace);
  PyObject *node = python->PyObject_CallFunctionObjArgs(walk->word[UNDESCRIBED], value, error, NULL);
  python->Py_DecRef(type);
  python->Py_DecRef(error);
  python->Py_DecRef(trace);
  return node;
}

static PyObject *node_of(struct walk *walk, PyObject *whole, PyObject *value) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *type = type_of(value);
  enum kind kind = kind_of(walk, type);
  PyObject *node = kind == BY_PYTHON ? NULL : DESCRIBERS[kind](walk, value);
  if (node) return node;
  // Whatever was in the way, its Python twin says it as it is to be said; numbers that were given out stay as they are.
  if (kind != BY_PYTHON) python->PyErr_Clear();
  if (!python->PyErr_Occurred()) node = described_by_python(walk, type, whole, value);
  return node ? node : undescribed(walk, value);
}

static int put(struct walk *walk, int64_t number, PyObject *node) {
  return node ? cpython_symbols()->PyList_SetItem(walk->nodes, number, node) : -1;
}

static int describe_pending(struct walk *walk, PyObject *whole) {
  while (walk->pending_count) {
    int64_t number = walk->pending[--walk->pending_count];
    if (put(walk, number, node_of(walk, whole, cpython_symbols()->PyList_GetItem(walk->objects, number)))) return -1;
  }
  return 0;
}

static PyObject *storage_node(struct walk *walk, PyObject *whole, const struct storage *storage) {
  if (storage->is_plain && !walk->is_pinning) return describe_storage(walk, storage);
  const CPythonSymbols *python = cpython_symbols();
  PyObject *parts[] = {
    walk_same(python->PyList_GetItem(walk->objects, storage->number)), python->PyLong_FromLongLong(storage->extent_bytes),
    python->PyLong_FromLongLong(storage->item_bytes),
  };
  PyObject *extent = walk_tuple(parts, 3);
  PyObject *node = extent ? described_by_python(walk, walk->word[EXTENT], whole, extent) : NULL;
  python->Py_DecRef(extent);
  return node;
}

// Functions of a walk: their `self` is its capsule.

// `run(walk)`: describes all that is reachable from what has a number; storages last, when it is known how far tensors reach into
// them. Returns the numbers of the storages.
static PyObject *run(PyObject *self, PyObject *whole) {
  const CPythonSymbols *python = cpython_symbols();
  struct walk *walk = walk_of(self);
  if (describe_pending(walk, whole)) return NULL;
  PyObject *numbers = python->PyList_New(0);
  for (size_t index = 0; numbers && index < walk->storage_count; index++) {
    struct storage storage = walk->storages[index];
    PyObject *number = python->PyLong_FromLongLong(storage.number);
    int failed = !number || python->PyList_Append(numbers, number) || put(walk, storage.number, storage_node(walk, whole, &storage));
    python->Py_DecRef(number);
    if (!failed) continue;
    python->Py_DecRef(numbers);
    return NULL;
  }
  return numbers;
}

static PyObject *reference(PyObject *self, PyObject *value) { return walk_reference(walk_of(self), value); }

static PyObject *references(PyObject *self, PyObject *values) { return walk_references(walk_of(self), values); }

// `add(object)`: the number of an object that is looked at for the first time.
static PyObject *add(PyObject *self, PyObject *value) {
  struct walk *walk = walk_of(self);
  int64_t number = walk_register(walk, value);
  return number < 0 || walk_postpone(walk, number) ? NULL : number_or_null(number);
}

static int64_t argument(PyObject *const *arguments, ssize_t index) { return cpython_symbols()->PyLong_AsLongLong(arguments[index]); }

static int has_failed(ssize_t count, ssize_t wanted, const char *usage) {
  const CPythonSymbols *python = cpython_symbols();
  if (count != wanted) python->PyErr_SetString(python->PyExc_TypeError, usage);
  return count != wanted;
}

static PyObject *leaf(PyObject *self, PyObject *const *arguments, ssize_t count) {
  if (has_failed(count, 5, "leaf() takes an address, bytes, an owner, a content and the bytes of an item")) return NULL;
  uint64_t address = cpython_symbols()->PyLong_AsUnsignedLongLong(arguments[0]);
  int64_t bytes = argument(arguments, 1), content = argument(arguments, 3), item_bytes = argument(arguments, 4);
  if (cpython_symbols()->PyErr_Occurred()) return NULL;
  return number_or_null(walk_leaf(walk_of(self), address, bytes, arguments[2], content, item_bytes));
}

static PyObject *storage(PyObject *self, PyObject *const *arguments, ssize_t count) {
  if (has_failed(count, 3, "storage() takes a storage, its extent and the bytes of an item")) return NULL;
  int64_t extent = argument(arguments, 1), item_bytes = argument(arguments, 2);
  if (cpython_symbols()->PyErr_Occurred()) return NULL;
  return number_or_null(walk_storage(walk_of(self), arguments[0], extent, item_bytes, 0));
}

static void end(PyObject *capsule) {
  const CPythonSymbols *python = cpython_symbols();
  struct walk *walk = walk_of(capsule);
  PyObject *const owned[] = {walk->vocabulary, walk->nodes, walk->objects, walk->leaves, walk->shapes, walk->shape_numbers, walk->nothing};
  for (size_t index = 0; index < sizeof owned / sizeof *owned; index++) python->Py_DecRef(owned[index]);
  for (size_t index = 0; index < NAMES; index++) python->Py_DecRef(walk->name[index]);
  free(walk->numbers.places);
  free(walk->leaf_numbers.places);
  free(walk->pending);
  free(walk->storages);
  free(walk);
}

static int take_words(struct walk *walk) {
  const CPythonSymbols *python = cpython_symbols();
  if (python->PyTuple_Size(walk->vocabulary) != WORDS) return -1;
  for (int index = 0; index < WORDS; index++) walk->word[index] = python->PyTuple_GetItem(walk->vocabulary, index);
  if (python->PyTuple_Size(walk->word[WALK_TAGS]) != TAGS) return -1;
  for (int index = 0; index < TAGS; index++) walk->tag[index] = python->PyTuple_GetItem(walk->word[WALK_TAGS], index);
  for (int index = 0; index < NAMES; index++)
    if (!(walk->name[index] = python->PyUnicode_InternFromString(NAMES_SPELLED[index]))) return -1;
  walk->big_bytes = python->PyLong_AsLongLong(walk->word[BIG_BYTES]);
  walk->smallest_frozen = python->PyLong_AsLongLong(walk->word[SMALLEST_FROZEN]);
  walk->is_pinning = python->PyObject_IsTrue(walk->word[IS_PINNING]);
  return (walk->nothing = python->PyTuple_New(0)) && !python->PyErr_Occurred() ? 0 : -1;
}

PyObject *walk_begin(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  static PyMethodDef methods[] = {
    {"reference", reference, PY_ONE_ARGUMENT, NULL}, {"references", references, PY_ONE_ARGUMENT, NULL},
    {"add", add, PY_ONE_ARGUMENT, NULL},             {"leaf", leaf, PY_FAST_CALL, NULL},
    {"storage", storage, PY_FAST_CALL, NULL},        {"run", run, PY_ONE_ARGUMENT, NULL},
  };
  enum { METHODS = sizeof methods / sizeof *methods };
  const CPythonSymbols *python = cpython_symbols();
  if (has_failed(count, 6, "begin_walk() takes a vocabulary, nodes, objects, leaves, shapes and their numbers")) return NULL;
  struct walk *walk = calloc(1, sizeof *walk);
  PyObject *capsule = walk ? python->PyCapsule_New(walk, CAPSULE, end) : NULL;
  if (!capsule) {
    free(walk);
    if (!python->PyErr_Occurred()) python->PyErr_SetString(python->PyExc_MemoryError, "no memory for a walk over the state");
    return NULL;
  }
  PyObject **const kept[] = {&walk->vocabulary, &walk->nodes, &walk->objects, &walk->leaves, &walk->shapes, &walk->shape_numbers};
  for (int index = 0; index < 6; index++) *kept[index] = walk_same(arguments[index]);
  PyObject *functions[METHODS] = {0};
  if (!take_words(walk))
    for (int index = 0; index < METHODS; index++) functions[index] = python->PyCFunction_NewEx(&methods[index], capsule, NULL);
  else if (!python->PyErr_Occurred())
    python->PyErr_SetString(python->PyExc_TypeError, "this is not the vocabulary of a walk");
  python->Py_DecRef(capsule);
  return walk_tuple(functions, METHODS);
}
