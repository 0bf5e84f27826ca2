// The attributes of instances that keep them without a dict of their own, as those of Python classes do from 3.11.
//
// Whoever asks such an instance for its `__dict__` makes one for good, and each access to an attribute is slower from then on: in a
// loop of small methods, twice as slow in 3.11, 2.6 times in 3.12, 1.5 times in 3.13. Taking a checkpoint must not do that.
#ifndef FLORPY_INLINE_ATTRIBUTES_H
#define FLORPY_INLINE_ATTRIBUTES_H

#include "CPython.h"

#pragma clang assume_nonnull begin

/// As many as Python keeps without a dict.
enum { MOST_INLINE_ATTRIBUTES = 30 };

/// How many attributes `object` keeps without a dict; borrowed, in the order of its `__dict__`. -1 where it has a dict, or where it
/// isn't known how this Python keeps them.
int inline_attributes(PyObject *object, PyObject *_Nullable *_Nonnull names, PyObject *_Nullable *_Nonnull values);

/// `inline_attributes(object)`, a fast function: as a new dict; None where it has one itself.
PyObject *_Nullable inline_attributes_read(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

/// `assign_inline_attributes(object, attributes)`, a fast function: gives the attributes these values, where it keeps the same ones
/// in the same order without a dict. Whether it does.
PyObject *_Nullable inline_attributes_assign(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

/// `know_inline_attributes(instance)`, a fast function: with an instance of a class of its own that has some attributes and lacks one that it had.
/// Whether they were found; only then are any others looked for.
PyObject *_Nullable inline_attributes_know(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end

#endif
