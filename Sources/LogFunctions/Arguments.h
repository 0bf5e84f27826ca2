// How the functions here read what Python gives them.
#ifndef FLORPY_LOG_ARGUMENTS_H
#define FLORPY_LOG_ARGUMENTS_H

#include <CPython.h>
#include <stdbool.h>

#include "CLogRing.h"

#pragma clang assume_nonnull begin

// How objects lie in memory, from 3.10 to 3.13.
static inline PyObject *type_of(PyObject *object) { return ((struct { ssize_t references; PyObject *type; } *)object)->type; }

PyObject *_Nullable log_raise_type_error(const char *text);
PyObject *log_new_none(void);

/// The name that a str object says; null with an exception set where it is none.
LogName *_Nullable log_name_of(PyObject *object);
/// Sets the subject's step; `step` may be null or None. False with an exception set.
bool log_set_step(LogSubject *subject, PyObject *_Nullable step);

/// Calls `body` with the object's UTF-8, lone surrogates and all. False with an exception set.
bool log_with_text(PyObject *object, void (*body)(const char *text, size_t count, void *context), void *context);

/// Keeps a text of any length. False with an exception set.
bool log_put_long_text(const LogSubject *subject, const char *text, size_t count);

/// A blob of so many bytes, when the writer has room for it; other threads run meanwhile. Null with an exception set.
LogBlob *_Nullable log_blob_when_free(size_t count);
/// Copies into a blob; other threads run meanwhile where that takes long.
void log_copy(LogBlob *blob, const void *bytes, size_t count);

PyObject *_Nullable log_array(PyObject *_Nullable self, PyObject *_Nullable const *_Nonnull arguments, ssize_t count);
PyObject *_Nullable log_loop_begins(PyObject *_Nullable self, PyObject *_Nullable const *_Nonnull arguments, ssize_t count);
PyObject *_Nullable log_loop_goes_on(PyObject *_Nullable self, PyObject *_Nullable const *_Nonnull arguments, ssize_t count);
PyObject *_Nullable log_loop_ends(PyObject *_Nullable self, PyObject *_Nullable const *_Nonnull arguments, ssize_t count);

#pragma clang assume_nonnull end
#endif
