#include "InlineAttributes.h"

#include "ObjectLayout.h"

// From CPython's Include/cpython/object.h, Include/internal/pycore_object.h and pycore_dict.h (3.11.9, 3.12.7, 3.13.0). What is read
// by them is held to what Python says, once, before it is relied upon (`inline_attributes_know`).
enum { HAS_INLINE_VALUES = 1 << 2, HAS_MANAGED_DICT = 1 << 4, IS_HEAP_TYPE = 1 << 9 };
enum { KEYS_ARE_SHARED = 2 };

struct type {
  struct object base;
  ssize_t size;
  const char *name;
  ssize_t basic_bytes;
};

struct keys {
  ssize_t references;
  uint8_t log2_size, log2_index_bytes, kind;
  uint32_t version;
  ssize_t usable, count;
  int8_t indices[];
};

struct entry {
  PyObject *key, *value;
};

// Before 3.13 two bytes before the values tell how many there are, and bytes before that one in which order they were set.
struct values_embedded {
  uint8_t capacity, size, is_embedded, is_valid;
  PyObject *values[];
};

struct inline_values {
  PyObject **values;
  const uint8_t *order;
  int order_step, count;
};

static enum { UNKNOWN, SEPARATE, TAGGED, EMBEDDED } way;
static ssize_t keys_offset;  // in a type object

static struct inline_values found_at(PyObject **values) {
  const uint8_t *bytes = (const uint8_t *)values;
  return values ? (struct inline_values){values, bytes - 3, -1, bytes[-2]} : (struct inline_values){0};
}

static struct inline_values embedded_in(PyObject *object, struct type *type) {
  struct values_embedded *held = (struct values_embedded *)((char *)object + type->basic_bytes);
  if (!held->is_valid) return (struct inline_values){0};
  return (struct inline_values){held->values, (const uint8_t *)(held->values + held->capacity), 1, held->size};
}

static struct inline_values values_of(PyObject *object) {
  PyObject *type = type_of(object);
  unsigned long flags = cpython_symbols()->PyType_GetFlags(type);
  if (!(flags & HAS_MANAGED_DICT && flags & IS_HEAP_TYPE)) return (struct inline_values){0};
  uintptr_t managed = ((uintptr_t *)object)[-3];
  if (way == SEPARATE) return found_at(((PyObject ***)object)[-4]);
  if (way == TAGGED && managed & 1) return found_at((PyObject **)(managed + 1));
  if (way == EMBEDDED && flags & HAS_INLINE_VALUES && !managed) return embedded_in(object, (struct type *)type);
  return (struct inline_values){0};
}

int inline_attributes(PyObject *object, PyObject **names, PyObject **values) {
  if (way == UNKNOWN) return -1;
  struct inline_values found = values_of(object);
  const struct keys *keys = found.values ? *(struct keys **)((char *)type_of(object) + keys_offset) : NULL;
  if (!keys || keys->kind != KEYS_ARE_SHARED || found.count > MOST_INLINE_ATTRIBUTES) return -1;
  const struct entry *entries = (const struct entry *)(keys->indices + ((size_t)1 << keys->log2_index_bytes));
  for (int place = 0; place < found.count; place++) {
    int index = found.order[place * found.order_step];
    if (index >= keys->count || !found.values[index]) return -1;
    names[place] = entries[index].key;
    values[place] = found.values[index];
  }
  return found.count;
}

static PyObject *read_from(PyObject *object) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *names[MOST_INLINE_ATTRIBUTES], *values[MOST_INLINE_ATTRIBUTES];
  int count = inline_attributes(object, names, values);
  PyObject *made = count < 0 ? python->_Py_NoneStruct : python->PyDict_New();
  if (count < 0) python->Py_IncRef(made);
  for (int index = 0; made && index < count; index++) {
    if (!python->PyDict_SetItem(made, names[index], values[index])) continue;
    python->Py_DecRef(made);
    return NULL;
  }
  return made;
}

PyObject *inline_attributes_read(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self, (void)count;
  return read_from(arguments[0]);
}

PyObject *inline_attributes_assign(PyObject *self, PyObject *const *arguments, ssize_t argument_count) {
  (void)self, (void)argument_count;
  const CPythonSymbols *python = cpython_symbols();
  PyObject *names[MOST_INLINE_ATTRIBUTES], *values[MOST_INLINE_ATTRIBUTES], *wanted[MOST_INLINE_ATTRIBUTES];
  int count = inline_attributes(arguments[0], names, values);
  int are_same = count == python->PyDict_Size(arguments[1]);
  PyObject *key = NULL, *value = NULL;
  ssize_t position = 0;
  for (int index = 0; are_same && python->PyDict_Next(arguments[1], &position, &key, &value); index++) {
    are_same = key == names[index];  // both are interned
    wanted[index] = value;
  }
  if (are_same) {
    struct inline_values held = values_of(arguments[0]);
    for (int index = 0; index < count; index++) {
      python->Py_IncRef(wanted[index]);
      held.values[held.order[index * held.order_step]] = wanted[index];
    }
    for (int index = 0; index < count; index++) python->Py_DecRef(values[index]);  // last: it may run code of the program's
  }
  return python->PyBool_FromLong(are_same);
}

static void expect(unsigned long version, ssize_t type_bytes) {
  // Pointers from the names that a class shares among its instances to the end of a type object.
  static const struct { unsigned long version; int way, pointers; } known[] = {
    {0x030B, SEPARATE, 4}, {0x030C, TAGGED, 5}, {0x030D, EMBEDDED, 6},
  };
  way = UNKNOWN;
  for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
    if (known[index].version != version >> 16) continue;
    way = known[index].way;
    keys_offset = type_bytes - known[index].pointers * (ssize_t)sizeof(void *);
  }
}

// Whether two dicts have the same names in the same order, with the same objects.
static int are_same(PyObject *one, PyObject *other) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *keys[2], *values[2];
  ssize_t positions[2] = {0};
  int same = python->PyDict_Size(one) == python->PyDict_Size(other);
  while (same && python->PyDict_Next(one, &positions[0], &keys[0], &values[0]))
    same = python->PyDict_Next(other, &positions[1], &keys[1], &values[1]) && keys[0] == keys[1] && values[0] == values[1];
  return same;
}

PyObject *inline_attributes_know(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self, (void)count;
  PyObject *instance = arguments[0];
  const CPythonSymbols *python = cpython_symbols();
  PyObject *version = python->PySys_GetObject("hexversion");
  expect(version ? python->PyLong_AsUnsignedLongLong(version) : 0, ((struct type *)type_of(type_of(instance)))->basic_bytes);
  PyObject *read = read_from(instance);  // before Python makes a dict of them
  PyObject *said = read ? python->PyObject_GenericGetDict(instance, NULL) : NULL;
  int is_known = said && type_of(read) == python->PyDict_Type && are_same(read, said);
  if (!is_known) way = UNKNOWN;
  python->Py_DecRef(read);
  python->Py_DecRef(said);
  return python->PyErr_Occurred() ? NULL : python->PyBool_FromLong(is_known);
}
