#include "Items.h"

#include "ObjectLayout.h"

#include <stdlib.h>
#include <string.h>

// One way through a container, in its own order; `next` borrows.
struct passage {
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

static PyObject *next(struct passage *passage, const CPythonSymbols *python) {
  if (passage->type == python->PyList_Type)
    return passage->position < passage->size ? python->PyList_GetItem(passage->container, passage->position++) : NULL;
  if (passage->type == python->PyTuple_Type)
    return passage->position < passage->size ? python->PyTuple_GetItem(passage->container, passage->position++) : NULL;
  if (passage->iterator) {
    PyObject *item = python->PyIter_Next(passage->iterator);
    python->Py_DecRef(item);  // the container has it as well
    return item;
  }
  PyObject *item = passage->value;
  passage->value = NULL;
  if (item) return item;
  return python->PyDict_Next(passage->container, &passage->position, &item, &passage->value) ? item : NULL;
}

static char is_same(struct passage *passage, PyObject *stretch, const CPythonSymbols *python) {
  char same = 1;
  ssize_t size = python->PyTuple_Size(stretch);
  if (passage->items && size <= passage->size - passage->position) {
    PyObject *const *items = items_of(stretch, python->PyTuple_Type, size, python);
    if (items) {
      same = !memcmp(passage->items + passage->position, items, (size_t)size * sizeof *items);
      passage->position += size;
      return same;
    }
  }
  for (ssize_t index = 0; index < size; index++)
    if (next(passage, python) != python->PyTuple_GetItem(stretch, index)) same = 0;
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
  struct passage passage = {.container = arguments[0], .type = type_of(arguments[0])};
  if (passage.type == python->PyList_Type || passage.type == python->PyTuple_Type) {
    passage.size = passage.type == python->PyList_Type ? python->PyList_Size(passage.container) : python->PyTuple_Size(passage.container);
    passage.items = items_of(passage.container, passage.type, passage.size, python);
  } else if (passage.type != python->PyDict_Type && !(passage.iterator = python->PyObject_GetIter(passage.container))) {
    return NULL;
  }
  char *same = malloc(stretches ? (size_t)stretches : 1);
  for (ssize_t index = 0; same && index < stretches; index++) {
    same[index] = is_same(&passage, python->PyTuple_GetItem(arguments[1], index), python);
    if (python->PyErr_Occurred()) break;
  }
  python->Py_DecRef(passage.iterator);
  PyObject *answer = same && !python->PyErr_Occurred() ? python->PyBytes_FromStringAndSize(same, stretches) : NULL;
  if (!same) python->PyErr_SetString(python->PyExc_MemoryError, "no memory for an answer");
  free(same);
  return answer;
}
