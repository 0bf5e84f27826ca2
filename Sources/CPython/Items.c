#include "Items.h"

#include <stdlib.h>
#include <string.h>

// How objects, tuples and lists lie in memory, from 3.10 to 3.13.
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

// One walk through a container, in its own order; `next` borrows.
struct walk {
  PyObject *container;
  PyObject *type;
  PyObject *iterator;
  PyObject *value;
  PyObject *const *items;
  ssize_t position;
  ssize_t size;
};

// Where the items of a list or a tuple lie side by side; null where Python's own functions do not confirm it.
static PyObject *const *items_of(PyObject *container, PyObject *type, ssize_t size, const CPythonSymbols *python) {
  if (size == 0) return NULL;
  int is_list = type == python->PyList_Type;
  PyObject *const *items = is_list ? ((struct list *)container)->items : ((struct tuple *)container)->items;
  ssize_t known = is_list ? ((struct list *)container)->size : ((struct tuple *)container)->size;
  PyObject *(*item)(PyObject *, ssize_t) = is_list ? python->PyList_GetItem : python->PyTuple_GetItem;
  return known == size && items[0] == item(container, 0) && items[size - 1] == item(container, size - 1) ? items : NULL;
}

static PyObject *next(struct walk *walk, const CPythonSymbols *python) {
  if (walk->type == python->PyList_Type)
    return walk->position < walk->size ? python->PyList_GetItem(walk->container, walk->position++) : NULL;
  if (walk->type == python->PyTuple_Type)
    return walk->position < walk->size ? python->PyTuple_GetItem(walk->container, walk->position++) : NULL;
  if (walk->iterator) {
    PyObject *item = python->PyIter_Next(walk->iterator);
    python->Py_DecRef(item);  // the container has it as well
    return item;
  }
  PyObject *item = walk->value;
  walk->value = NULL;
  if (item) return item;
  return python->PyDict_Next(walk->container, &walk->position, &item, &walk->value) ? item : NULL;
}

static char is_same(struct walk *walk, PyObject *stretch, const CPythonSymbols *python) {
  char same = 1;
  ssize_t size = python->PyTuple_Size(stretch);
  if (walk->items && size <= walk->size - walk->position) {
    PyObject *const *items = items_of(stretch, python->PyTuple_Type, size, python);
    if (items) {
      same = !memcmp(walk->items + walk->position, items, (size_t)size * sizeof *items);
      walk->position += size;
      return same;
    }
  }
  for (ssize_t index = 0; index < size; index++)
    if (next(walk, python) != python->PyTuple_GetItem(stretch, index)) same = 0;
  return same;
}

PyObject *items_same(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  ssize_t stretches = count == 2 ? python->PyTuple_Size(arguments[1]) : -1;
  if (stretches < 0) {
    python->PyErr_SetString(python->PyExc_TypeError, "a container and a tuple of tuples are needed");
    return NULL;
  }
  struct walk walk = {.container = arguments[0], .type = ((struct object *)arguments[0])->type};
  if (walk.type == python->PyList_Type || walk.type == python->PyTuple_Type) {
    walk.size = walk.type == python->PyList_Type ? python->PyList_Size(walk.container) : python->PyTuple_Size(walk.container);
    walk.items = items_of(walk.container, walk.type, walk.size, python);
  } else if (walk.type != python->PyDict_Type && !(walk.iterator = python->PyObject_GetIter(walk.container))) {
    return NULL;
  }
  char *same = malloc(stretches ? (size_t)stretches : 1);
  for (ssize_t index = 0; same && index < stretches; index++) {
    same[index] = is_same(&walk, python->PyTuple_GetItem(arguments[1], index), python);
    if (python->PyErr_Occurred()) break;
  }
  python->Py_DecRef(walk.iterator);
  PyObject *answer = same && !python->PyErr_Occurred() ? python->PyBytes_FromStringAndSize(same, stretches) : NULL;
  if (!same) python->PyErr_SetString(python->PyExc_MemoryError, "no memory for an answer");
  free(same);
  return answer;
}
