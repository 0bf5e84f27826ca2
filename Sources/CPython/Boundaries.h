// What rewritten loops call before their iterations (`python/flor/runtime/boundaries.py`).
#ifndef FLORPY_BOUNDARIES_H
#define FLORPY_BOUNDARIES_H

#include "CPython.h"

// Makes the type of what stands between a `for` and its iterator. `functions` has what is called where there is more to do.
int boundaries_prepare(PyObject *functions);

// BOUNDARY(site): false. Its `self` is the Python function that it stands before.
PyObject *boundary(PyObject *self, PyObject *site);

// ITERATE(site, iterable): what the `for` goes through.
PyObject *iterate(PyObject *self, PyObject *const *arguments, ssize_t count);

#endif
