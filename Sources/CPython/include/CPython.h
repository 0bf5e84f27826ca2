// What florpy uses of CPython 3.10 to 3.13, declared by hand: one binary serves every interpreter, and needs no headers of theirs.
// Nothing here is linked; `cpython_load` finds each symbol in the libpython that the caller has opened.
#ifndef FLORPY_CPYTHON_H
#define FLORPY_CPYTHON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

typedef struct PyObject PyObject;
typedef struct PyThreadState PyThreadState;
typedef struct PyConfig PyConfig;

// By value in CPython's own interface, so its layout is fixed.
typedef struct {
  int type;
  const char *_Nullable function;
  const char *_Nullable message;
  int exit_code;
} PyStatus;

// A PyCFunction of any flags, a vectorcall one included: a pointer to a function.
typedef PyObject *_Nullable (*PyCFunction)(PyObject *_Nullable self, PyObject *_Nullable arguments);
typedef PyObject *_Nullable (*PyKeywordFunction)(
  PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count, PyObject *_Nullable names);
typedef PyObject *_Nullable (*PyFastFunction)(
  PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments, ssize_t count);

enum { PY_VARIABLE_ARGUMENTS = 0x0001, PY_NO_ARGUMENTS = 0x0004, PY_KEYWORDS = 0x0002, PY_ONE_ARGUMENT = 0x0008, PY_FAST_CALL = 0x0080 };
enum { PY_FILE_INPUT = 257 };
enum { PY_BUFFER_SIMPLE = 0, PY_BUFFER_WRITABLE = 1 };

// CPython keeps the address, so one of these must live for ever.
typedef struct {
  const char *_Nullable name;
  const void *_Nullable function;
  int flags;
  const char *_Nullable documentation;
} PyMethodDef;

typedef struct {
  struct {
    ssize_t reference_count;
    void *_Nullable type;
    void *_Nullable initialise;
    ssize_t index;
    PyObject *_Nullable copy;
  } base;
  const char *_Nullable name;
  const char *_Nullable documentation;
  ssize_t size;
  PyMethodDef *_Nullable methods;
  void *_Nullable slots;
  void *_Nullable traverse;
  void *_Nullable clear;
  void *_Nullable release;
} PyModuleDef;

// Slots of types by their numbers in the stable interface.
enum {
  PY_SLOT_CLEAR = 51, PY_SLOT_RELEASE = 52, PY_SLOT_ITERATE = 62, PY_SLOT_ITERATE_NEXT = 63, PY_SLOT_TRAVERSE = 71, PY_SLOT_PROPERTIES = 73
};
enum { PY_TYPE_DEFAULT = 1 << 18, PY_TYPE_COLLECTED = 1 << 14, PY_TYPE_NOT_MADE = 1 << 7 };

typedef struct {
  int slot;
  void *_Nullable function;
} PyType_Slot;

typedef struct {
  const char *_Nonnull name;
  int size;
  int item_size;
  unsigned int flags;
  PyType_Slot *_Nonnull slots;
} PyType_Spec;

typedef struct {
  const char *_Nullable name;
  void *_Nullable get;
  void *_Nullable set;
  const char *_Nullable documentation;
  void *_Nullable closure;
} PyGetSetDef;

typedef PyObject *_Nullable (*PyIterator)(PyObject *_Nonnull);
typedef int (*PyVisitor)(PyObject *_Nonnull, void *_Nullable);

typedef struct {
  void *_Nullable buf;
  PyObject *_Nullable obj;
  ssize_t len;
  ssize_t itemsize;
  int readonly;
  int ndim;
  char *_Nullable format;
  ssize_t *_Nullable shape;
  ssize_t *_Nullable strides;
  ssize_t *_Nullable suboffsets;
  void *_Nullable internal;
} Py_buffer;

// assume_nonnull does not reach into macros.
#define OBJECT PyObject *_Nullable
#define TEXT const char *_Nonnull
#define CPYTHON_FUNCTIONS(X) \
  X(void, Py_IncRef, (OBJECT)) \
  X(void, Py_DecRef, (OBJECT)) \
  X(void, PyConfig_InitPythonConfig, (PyConfig *_Nonnull)) \
  X(PyStatus, PyConfig_SetBytesArgv, (PyConfig *_Nonnull, ssize_t, char *_Nullable const *_Nonnull)) \
  X(PyStatus, Py_InitializeFromConfig, (const PyConfig *_Nonnull)) \
  X(void, Py_ExitStatusException, (PyStatus)) \
  X(int, Py_FinalizeEx, (void)) \
  X(const char *_Nullable, Py_GetVersion, (void)) \
  X(int, Py_IsInitialized, (void)) \
  X(int, PyImport_AppendInittab, (TEXT, OBJECT (*_Nonnull)(void))) \
  X(OBJECT, PyImport_ImportModule, (TEXT)) \
  X(OBJECT, PyImport_AddModule, (TEXT)) \
  X(OBJECT, PyModule_Create2, (PyModuleDef *_Nonnull, int)) \
  X(OBJECT, PyModule_GetDict, (OBJECT)) \
  X(OBJECT, PyCFunction_NewEx, (PyMethodDef *_Nonnull, OBJECT, OBJECT)) \
  X(OBJECT, Py_CompileString, (TEXT, TEXT, int)) \
  X(OBJECT, PyEval_GetFrame, (void)) \
  X(OBJECT, PyEval_EvalCode, (OBJECT, OBJECT, OBJECT)) \
  X(OBJECT, PyRun_FileExFlags, (FILE *_Nonnull, TEXT, int, OBJECT, OBJECT, int, void *_Nullable)) \
  X(PyThreadState *_Nullable, PyEval_SaveThread, (void)) \
  X(void, PyEval_RestoreThread, (PyThreadState *_Nullable)) \
  X(int, PyGILState_Ensure, (void)) \
  X(void, PyGILState_Release, (int)) \
  X(int, PyGILState_Check, (void)) \
  X(OBJECT, PyErr_Occurred, (void)) \
  X(void, PyErr_Print, (void)) \
  X(void, PyErr_Clear, (void)) \
  X(void, PyErr_Fetch, (OBJECT *_Nonnull, OBJECT *_Nonnull, OBJECT *_Nonnull)) \
  X(void, PyErr_NormalizeException, (OBJECT *_Nonnull, OBJECT *_Nonnull, OBJECT *_Nonnull)) \
  X(void, PyErr_Restore, (OBJECT, OBJECT, OBJECT)) \
  X(void, PyErr_SetString, (OBJECT, TEXT)) \
  X(void, PyErr_SetObject, (OBJECT, OBJECT)) \
  X(int, PyErr_ExceptionMatches, (OBJECT)) \
  X(int, PyErr_CheckSignals, (void)) \
  X(void, PyErr_WriteUnraisable, (OBJECT)) \
  X(OBJECT, PyObject_Call, (OBJECT, OBJECT, OBJECT)) \
  X(OBJECT, PyObject_CallObject, (OBJECT, OBJECT)) \
  X(OBJECT, PyObject_CallFunctionObjArgs, (OBJECT, ...)) \
  X(OBJECT, PyDescr_NewMethod, (OBJECT, PyMethodDef *_Nonnull)) \
  X(OBJECT, PyUnicode_AsEncodedString, (OBJECT, TEXT, TEXT)) \
  X(OBJECT, PyObject_GetAttr, (OBJECT, OBJECT)) \
  X(OBJECT, PyObject_GetAttrString, (OBJECT, TEXT)) \
  X(OBJECT, PyObject_GenericGetDict, (OBJECT, void *_Nullable)) \
  X(OBJECT, PyObject_VectorcallMethod, (OBJECT, OBJECT const *_Nonnull, size_t, OBJECT)) \
  X(int, PyObject_SetAttrString, (OBJECT, TEXT, OBJECT)) \
  X(OBJECT, PyObject_GetItem, (OBJECT, OBJECT)) \
  X(int, PyObject_SetItem, (OBJECT, OBJECT, OBJECT)) \
  X(OBJECT, PyObject_Str, (OBJECT)) \
  X(OBJECT, PyObject_Repr, (OBJECT)) \
  X(int, PyObject_IsTrue, (OBJECT)) \
  X(int, PyObject_IsInstance, (OBJECT, OBJECT)) \
  X(int, PyObject_GetBuffer, (OBJECT, Py_buffer *_Nonnull, int)) \
  X(void, PyBuffer_Release, (Py_buffer *_Nonnull)) \
  X(OBJECT, PyLong_FromLongLong, (long long)) \
  X(OBJECT, PyLong_FromUnsignedLongLong, (unsigned long long)) \
  X(long long, PyLong_AsLongLong, (OBJECT)) \
  X(long long, PyLong_AsLongLongAndOverflow, (OBJECT, int *_Nonnull)) \
  X(unsigned long long, PyLong_AsUnsignedLongLong, (OBJECT)) \
  X(OBJECT, PyBool_FromLong, (long)) \
  X(OBJECT, PyFloat_FromDouble, (double)) \
  X(double, PyFloat_AsDouble, (OBJECT)) \
  X(OBJECT, PyUnicode_FromStringAndSize, (const char *_Nullable, ssize_t)) \
  X(OBJECT, PyUnicode_DecodeFSDefaultAndSize, (const char *_Nullable, ssize_t)) \
  X(int, PyUnicode_FSConverter, (OBJECT, void *_Nonnull)) \
  X(OBJECT, PyUnicode_InternFromString, (TEXT)) \
  X(const char *_Nullable, PyUnicode_AsUTF8AndSize, (OBJECT, ssize_t *_Nonnull)) \
  X(OBJECT, PyBytes_FromStringAndSize, (const char *_Nullable, ssize_t)) \
  X(int, PyBytes_AsStringAndSize, (OBJECT, char *_Nullable *_Nonnull, ssize_t *_Nonnull)) \
  X(OBJECT, PyByteArray_FromStringAndSize, (const char *_Nullable, ssize_t)) \
  X(OBJECT, PyMemoryView_FromMemory, (char *_Nonnull, ssize_t, int)) \
  X(OBJECT, PyTuple_New, (ssize_t)) \
  X(int, PyTuple_SetItem, (OBJECT, ssize_t, OBJECT)) \
  X(OBJECT, PyTuple_GetItem, (OBJECT, ssize_t)) \
  X(ssize_t, PyTuple_Size, (OBJECT)) \
  X(OBJECT, PyList_New, (ssize_t)) \
  X(ssize_t, PyList_Size, (OBJECT)) \
  X(OBJECT, PyList_GetItem, (OBJECT, ssize_t)) \
  X(int, PyList_SetItem, (OBJECT, ssize_t, OBJECT)) \
  X(int, PyList_Append, (OBJECT, OBJECT)) \
  X(OBJECT, PyList_AsTuple, (OBJECT)) \
  X(OBJECT, PySequence_GetItem, (OBJECT, ssize_t)) \
  X(ssize_t, PySequence_Size, (OBJECT)) \
  X(OBJECT, PyObject_GetIter, (OBJECT)) \
  X(OBJECT, PyIter_Next, (OBJECT)) \
  X(ssize_t, PySet_Size, (OBJECT)) \
  X(ssize_t, PyDict_Size, (OBJECT)) \
  X(OBJECT, PyDict_GetItemWithError, (OBJECT, OBJECT)) \
  X(int, PyDict_SetItem, (OBJECT, OBJECT, OBJECT)) \
  X(OBJECT, PyType_FromSpec, (PyType_Spec *_Nonnull)) \
  X(void *_Nullable, PyType_GetSlot, (OBJECT, int)) \
  X(unsigned long, PyType_GetFlags, (OBJECT)) \
  X(OBJECT, PyType_GenericAlloc, (OBJECT, ssize_t)) \
  X(void, PyObject_GC_UnTrack, (void *_Nonnull)) \
  X(void, PyObject_GC_Del, (void *_Nonnull)) \
  X(int, PyDict_Next, (OBJECT, ssize_t *_Nonnull, OBJECT *_Nonnull, OBJECT *_Nonnull)) \
  X(OBJECT, PyDict_New, (void)) \
  X(OBJECT, PyDict_GetItemString, (OBJECT, TEXT)) \
  X(int, PyDict_SetItemString, (OBJECT, TEXT, OBJECT)) \
  X(int, PyDict_DelItemString, (OBJECT, TEXT)) \
  X(OBJECT, PyCapsule_New, (void *_Nonnull, TEXT, void (*_Nonnull)(OBJECT))) \
  X(void *_Nullable, PyCapsule_GetPointer, (OBJECT, TEXT)) \
  X(OBJECT, PySys_GetObject, (TEXT))

// Absent from some of the versions served: null there.
#define CPYTHON_OPTIONAL_FUNCTIONS(X) \
  X(void, PyFrame_LocalsToFast, (OBJECT, int))

// `PyObject *PyExc_…`: the symbol is a variable that holds the object.
#define CPYTHON_EXCEPTIONS(X) \
  X(PyExc_BaseException) X(PyExc_Exception) X(PyExc_KeyboardInterrupt) X(PyExc_SystemExit) X(PyExc_RuntimeError) \
  X(PyExc_TypeError) X(PyExc_ValueError) X(PyExc_OSError) X(PyExc_MemoryError) X(PyExc_BufferError)

// `_Py_NoneStruct` and the types: the symbol is the object itself.
#define CPYTHON_OBJECTS(X) \
  X(_Py_NoneStruct) X(_Py_TrueStruct) X(_Py_FalseStruct) X(PyBool_Type) X(PyComplex_Type) X(PyUnicode_Type) X(PyBytes_Type) X(PyLong_Type) X(PyFloat_Type) X(PyTuple_Type) X(PyList_Type) X(PyDict_Type)

typedef struct {
#define X(result, name, parameters) result (*_Nonnull name) parameters;
  CPYTHON_FUNCTIONS(X)
#undef X
#define X(result, name, parameters) result (*_Nullable name) parameters;
  CPYTHON_OPTIONAL_FUNCTIONS(X)
#undef X
#define X(name) PyObject *_Nonnull name;
  CPYTHON_EXCEPTIONS(X)
  CPYTHON_OBJECTS(X)
#undef X
} CPythonSymbols;

/// Fills the table from a handle of dlopen (RTLD_GLOBAL, or extension modules won't find libpython).
/// 0, or -1 with the name of the first symbol that is not there.
int cpython_load(void *handle, const char *_Nullable *_Nonnull missing);

/// PyExc_… are set while Python starts: call once after Py_InitializeFromConfig.
void cpython_load_exceptions(void *handle);

/// The table; meaningful once `cpython_load` has succeeded.
const CPythonSymbols *cpython_symbols(void);

#undef OBJECT
#undef TEXT
#pragma clang assume_nonnull end

#include "Counts.h"
#include "Effects.h"
#include "Disguise.h"
#include "InlineAttributes.h"
#include "Items.h"
#include "Link.h"
#include "OutputStreams.h"
#include "Shortcut.h"
#include "Walk.h"

#endif
