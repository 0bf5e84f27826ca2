// A Python callable that looks like the built-in function in whose place it stands.
#ifndef FLORPY_DISGUISE_H
#define FLORPY_DISGUISE_H

#include <sys/types.h>

#include "CPython.h"

#pragma clang assume_nonnull begin

/// `_flor.disguised(module, name, module_name, documentation)`: a built-in function of that name which calls
/// `module.call`. Being one, it binds to no instance, and an exception leaves it without a trace of the frames below.
/// A PyFastFunction.
PyObject *_Nullable disguise(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end
#endif
