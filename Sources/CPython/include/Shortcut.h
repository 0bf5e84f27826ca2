// Opens and closes executions that are only counted and timed, and leaves all others to the Python functions that it
// stands before (`python/flor/runtime/loops.py`).
#ifndef FLORPY_SHORTCUT_H
#define FLORPY_SHORTCUT_H

#include <sys/types.h>

#include "CPython.h"

#pragma clang assume_nonnull begin

/// `_flor.shortcut(columns, marks, light_below_seconds, functions)`, a fast function called on the program's main thread, once in a
/// process: the columns of a `Ledger`, the memory of the marks, what is too long for a light execution, and what rewritten code calls,
/// by name. Returns the functions, by name, that are to be called instead.
PyObject *_Nullable shortcut(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end
#endif
