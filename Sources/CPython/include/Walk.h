// The walk over live objects (`python/flor/state/walk.py`) for the types that a state has most of.
#ifndef FLORPY_WALK_H
#define FLORPY_WALK_H

#include "CPython.h"

#pragma clang assume_nonnull begin

/// `begin_walk(vocabulary, nodes, objects, leaves, shapes, shape_numbers)`, a fast function: the functions of one walk, which fill
/// these lists and the dict (`python/flor/state/native_walk.py` says what they are, and what the vocabulary is).
PyObject *_Nullable walk_begin(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end

#endif
