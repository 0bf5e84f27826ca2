// Puts live objects where a freshly made rewrite has placeholders (`python/flor/rewrite/linking.py`).
#ifndef FLORPY_LINK_H
#define FLORPY_LINK_H

#include "CPython.h"

#pragma clang assume_nonnull begin

/// `link(code, prefix, first, names)`, a fast function: replaces each text constant that begins with `prefix`, in the code and in all
/// that is nested in it, by a site's index (`site:N` and `function:N` are `first` + N, `sites:N,…` a tuple of such) or by what `names`
/// has under the whole text. The code is changed in place: nobody else may know it yet, and it has not run. Returns it.
PyObject *_Nullable link_code(PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

#pragma clang assume_nonnull end

#endif
