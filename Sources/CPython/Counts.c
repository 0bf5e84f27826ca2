#include "Counts.h"

#include <string.h>

#include "ObjectLayout.h"

// From Python 3.12 on objects that live for ever have this many references, however many there are.
static const ssize_t FOR_EVER = UINT32_MAX;

// Besides the list of the walk's objects, which has one: as `sys.getrefcount` counts, which takes one for itself.
static ssize_t references_to(PyObject *object) {
  ssize_t count = ((struct object *)object)->reference_count;
  return count >= FOR_EVER ? count - 2 : count - 1;
}

// The tag of a node is one letter; 0 where it has none, with an exception set.
static char tag_of(PyObject *node) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *tag = python->PyTuple_GetItem(node, 0);
  ssize_t length = 0;
  const char *text = tag ? python->PyUnicode_AsUTF8AndSize(tag, &length) : NULL;
  return text && length == 1 ? *text : 0;
}

PyObject *count_references(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  if (count != 4) {
    python->PyErr_SetString(python->PyExc_TypeError, "count_references() takes nodes, objects, tags and a function for storages");
    return NULL;
  }
  PyObject *nodes = arguments[0], *objects = arguments[1];
  const char *counted = python->PyUnicode_AsUTF8AndSize(arguments[2], &(ssize_t){0});
  PyObject *found = counted ? python->PyDict_New() : NULL;
  for (ssize_t index = 0; found && index < python->PyList_Size(nodes); index++) {
    char tag = tag_of(python->PyList_GetItem(nodes, index));
    PyObject *object = python->PyList_GetItem(objects, index);
    int is_storage = tag == 'Z';
    if (tag && object && !is_storage && !strchr(counted, tag)) continue;
    PyObject *number = tag && object ? python->PyLong_FromLongLong(index) : NULL;
    PyObject *references = NULL;
    if (number && is_storage) references = python->PyObject_CallFunctionObjArgs(arguments[3], object, NULL);
    else if (number) references = python->PyLong_FromLongLong(references_to(object));
    int failed = !references || python->PyDict_SetItem(found, number, references);
    python->Py_DecRef(number);
    python->Py_DecRef(references);
    if (!failed) continue;
    if (!python->PyErr_Occurred()) python->PyErr_SetString(python->PyExc_TypeError, "this is no node of a walk");
    python->Py_DecRef(found);
    return NULL;
  }
  return found;
}
