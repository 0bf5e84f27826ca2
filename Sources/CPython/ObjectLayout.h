// How objects, tuples and lists lie in memory, from 3.10 to 3.13.
#ifndef FLORPY_OBJECT_LAYOUT_H
#define FLORPY_OBJECT_LAYOUT_H

#include "CPython.h"

struct object {
  ssize_t reference_count;
  PyObject *type;
};

struct tuple {
  struct object base;
  ssize_t size;
  PyObject *items[];
};

struct list {
  struct object base;
  ssize_t size;
  PyObject **items;
};

static inline PyObject *type_of(PyObject *object) { return ((struct object *)object)->type; }

#endif
