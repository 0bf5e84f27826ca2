// How many references Python counts to the objects of a walk.
#ifndef FLORPY_COUNTS_H
#define FLORPY_COUNTS_H

#include "CPython.h"

#pragma clang assume_nonnull begin

/// `count_references(nodes, objects, tags, of_storage)`, a fast function: by node, for those with one of these tags, how many
/// references there are to its object; for storages (tag Z) what `of_storage` says.
PyObject *_Nullable count_references(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end

#endif
