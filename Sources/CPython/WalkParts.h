// What the files of the walk share. All of it happens with the GIL held.
//
// Functions that return an object return a new reference, or null: with an exception set, or, where a describer has met something
// that only its Python twin knows, without.
#ifndef FLORPY_WALK_PARTS_H
#define FLORPY_WALK_PARTS_H

#include <stdint.h>

#include "CPython.h"
#include "ObjectLayout.h"

// As in `python/flor/state/native_walk.py`.
enum kind { BY_PYTHON, OF_LIST, OF_TUPLE, OF_DICT, OF_ORDERED_DICT, OF_SET, OF_INSTANCE, OF_TENSOR };
enum tag { LIST, PLAIN_LIST, TUPLE, PLAIN_TUPLE, DICT, SET, INSTANCE, TENSOR, STORAGE, TAGS };
enum word {
  KINDS, FIND_KIND, DESCRIBER_OF, UNDESCRIBED, EXTENT, LEAF, DTYPES, FIND_DTYPE, STRIDED, IS_PINNING, BIG_BYTES, SMALLEST_FROZEN,
  EMPTY_ORDERED_DICT, EMPTY_SET, CPU, WALK_TAGS, WORDS,
};

// Attributes and methods of tensors and storages.
enum name {
  LAYOUT, IS_NESTED, IS_CPU, DTYPE, SIZE, STRIDE, STORAGE_OFFSET, IS_CONJ, IS_NEG, REQUIRES_GRAD, GRAD_FN, NAME, RETAINS_GRAD, GRAD,
  BACKWARD_HOOKS, POST_HOOKS, BASE, UNTYPED_STORAGE, CDATA, NBYTES, DATA_PTR, VALUES, NAMES,
};

// From addresses, or pairs of numbers, to numbers.
struct table {
  struct place {
    uint64_t key, second;
    int64_t number;  // one more than it says: 0 is empty
  } *places;
  size_t capacity, count;
};

struct storage {
  int64_t number, extent_bytes, item_bytes;
  int is_plain;  // in the processor's memory, as a tensor said
};

struct walk {
  PyObject *vocabulary, *nodes, *objects, *leaves, *shapes, *shape_numbers;  // owned
  PyObject *word[WORDS], *tag[TAGS];                                         // the vocabulary's
  PyObject *name[NAMES], *nothing;                                           // owned; `nothing` is an empty tuple
  int64_t big_bytes, smallest_frozen;
  int is_pinning;
  struct table numbers, leaf_numbers;
  int64_t *pending;
  size_t pending_count, pending_capacity;
  struct storage *storages;
  size_t storage_count, storage_capacity;
};

// WalkTables.c

/// -1 where it is not there.
int64_t table_find(const struct table *table, uint64_t key, uint64_t second);
/// -1 with an exception set.
int table_add(struct table *table, uint64_t key, uint64_t second, int64_t number);
/// Room for one more item of so many bytes at the end of an array; -1 with an exception set.
int array_grow(void **items, size_t count, size_t *capacity, size_t item_bytes);

// WalkReferences.c

/// What stands for an object in a node.
PyObject *walk_reference(struct walk *walk, PyObject *value);
/// Those of all that an iterable gives, as a tuple.
PyObject *walk_references(struct walk *walk, PyObject *values);
/// Gives an object the next number, and a node to be written. -1 with an exception set.
int64_t walk_register(struct walk *walk, PyObject *value);
/// Remembers that a number is to be described. -1 with an exception set.
int walk_postpone(struct walk *walk, int64_t number);
/// The number of a buffer of `owner`.
int64_t walk_leaf(struct walk *walk, uint64_t address, int64_t bytes, PyObject *owner, int64_t content, int64_t item_bytes);
int walk_is_atom(const struct walk *walk, PyObject *type);
/// A tuple of these, which it takes over; null where one of them is.
PyObject *walk_tuple(PyObject **items, ssize_t count);
PyObject *walk_same(PyObject *object);

// WalkObjects.c

PyObject *describe_list(struct walk *walk, PyObject *value);
PyObject *describe_tuple(struct walk *walk, PyObject *value);
PyObject *describe_dict(struct walk *walk, PyObject *value);
PyObject *describe_ordered_dict(struct walk *walk, PyObject *value);
PyObject *describe_set(struct walk *walk, PyObject *value);
PyObject *describe_instance(struct walk *walk, PyObject *value);

// WalkTensors.c

PyObject *describe_tensor(struct walk *walk, PyObject *value);
PyObject *describe_storage(struct walk *walk, const struct storage *storage);
/// The number of a storage that a tensor reaches so far into. -1 with an exception set.
int64_t walk_storage(struct walk *walk, PyObject *storage, int64_t extent_bytes, int64_t item_bytes, int is_plain);

#endif
