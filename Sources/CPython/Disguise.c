#include "Disguise.h"

#include <stdlib.h>
#include <string.h>

// `self` is a module, as of every built-in function; its `call` is the callable. What that raises leaves as an exception
// without a traceback, as a built-in function's does.
static PyObject *call(PyObject *self, PyObject *arguments, PyObject *keywords) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *callable = python->PyDict_GetItemString(python->PyModule_GetDict(self), "call");
  if (!callable) {
    python->PyErr_SetString(python->PyExc_RuntimeError, "the module of a disguised function lost its `call`");
    return NULL;
  }
  PyObject *result = python->PyObject_Call(callable, arguments, keywords);
  if (result) return result;
  PyObject *type = NULL, *value = NULL, *trace = NULL;
  python->PyErr_Fetch(&type, &value, &trace);
  python->PyErr_NormalizeException(&type, &value, &trace);
  if (value && python->PyObject_SetAttrString(value, "__traceback__", python->_Py_NoneStruct)) python->PyErr_Clear();
  if (trace) python->Py_DecRef(trace);
  python->PyErr_Restore(type, value, NULL);
  return NULL;
}

// CPython keeps the addresses of a method's texts.
static char *text_for_ever(PyObject *object) {
  const CPythonSymbols *python = cpython_symbols();
  ssize_t length = 0;
  const char *text = python->PyUnicode_AsUTF8AndSize(object, &length);
  char *copy = text ? strdup(text) : NULL;
  if (text && !copy) python->PyErr_SetString(python->PyExc_MemoryError, "no memory for a name");
  return copy;
}

PyObject *disguise(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  if (count != 4) {
    python->PyErr_SetString(python->PyExc_TypeError, "disguised() takes a module and three texts");
    return NULL;
  }
  char *name = text_for_ever(arguments[1]);
  char *documentation = name ? text_for_ever(arguments[3]) : NULL;
  PyMethodDef *method = documentation ? calloc(1, sizeof *method) : NULL;
  if (!method) {
    free(name);
    free(documentation);
    if (!python->PyErr_Occurred()) python->PyErr_SetString(python->PyExc_MemoryError, "no memory for a function");
    return NULL;
  }
  enum { KEYWORDS = 0x0002 };
  *method = (PyMethodDef){name, (const void *)call, PY_VARIABLE_ARGUMENTS | KEYWORDS, documentation};
  return python->PyCFunction_NewEx(method, arguments[0], arguments[2]);
}
