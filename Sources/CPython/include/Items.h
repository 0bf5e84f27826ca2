// Whether containers hold the same objects as before, address by address.
#ifndef FLORPY_ITEMS_H
#define FLORPY_ITEMS_H

#include "CPython.h"

#pragma clang assume_nonnull begin

/// `same_items(container, stretches)`, a fast function: for each of the tuples in `stretches`, which follow one another, a byte that
/// is 1 where the container has the same objects at their places. A dict's items are its keys and values in turn.
PyObject *_Nullable items_same(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end

#endif
