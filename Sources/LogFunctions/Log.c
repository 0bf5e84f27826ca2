#include <CPython.h>
#include <string.h>
#include <unistd.h>

#include "Arguments.h"
#include "LogFunctions.h"

static LogWriterCalls writer;
/// The process that has it.
static pid_t writing_process;
/// Python's answer, by name, value and step, to whether what is logged now is new. Null outside of replays: there all of it is.
static PyObject *asked;
// Python's part: `(name, value, step, is_argument)` for what is no plain value, and what opens the log when it is first needed.
static PyObject *other_values, *opener;
/// Since the last fork nothing was logged. Python 3.13 counts the threads of a process that has forked after all functions that it lets
/// anybody register: so the writer begins again with the next value.
static bool is_paused;

void log_functions_set_writer(LogWriterCalls calls) {
  writer = calls;
  writing_process = getpid();
}

static inline bool is_ready(void) { return log_is_open() && !is_paused; }

// Called once: whether it opened the log or not, nothing would be different the next time.
static bool open_now(void) {
  const CPythonSymbols *python = cpython_symbols();
  if (is_paused) {
    is_paused = false;
    if (!log_is_forked()) writer.resume();
    return true;
  }
  PyObject *called = opener;
  if (!called) return true;
  opener = NULL;
  PyObject *result = python->PyObject_CallFunctionObjArgs(called, NULL);
  python->Py_DecRef(called);
  if (result) python->Py_DecRef(result);
  return result != NULL;
}

// -1 with an exception set. `value` and `step` may be null.
static int is_kept(PyObject *name, PyObject *value, PyObject *step) {
  if (!asked) return 1;
  PyObject *none = cpython_symbols()->_Py_NoneStruct;
  PyObject *answer = cpython_symbols()->PyObject_CallFunctionObjArgs(asked, name, value ? value : none, step ? step : none, NULL);
  if (!answer) return -1;
  int is_yes = cpython_symbols()->PyObject_IsTrue(answer);
  cpython_symbols()->Py_DecRef(answer);
  return is_yes;
}

static bool put_other(PyObject *name, PyObject *value, PyObject *step, const LogSubject *subject) {
  const CPythonSymbols *python = cpython_symbols();
  if (!other_values) return true;
  PyObject *is_argument = python->PyBool_FromLong(subject->is_argument);
  if (!step) step = python->_Py_NoneStruct;
  PyObject *result = python->PyObject_CallFunctionObjArgs(other_values, name, value, step, is_argument, NULL);
  python->Py_DecRef(is_argument);
  if (result) python->Py_DecRef(result);
  return result != NULL;
}

typedef struct {
  const LogSubject *subject;
  bool is_put;
} TextPut;

static void put_text(const char *text, size_t count, void *context) {
  TextPut *put = context;
  put->is_put = log_put_long_text(put->subject, text, count);
}

// Whether the value is one of eight bytes, and which.
static bool word_of(PyObject *value, int *type, uint64_t *word) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *found = type_of(value);
  *word = 0;
  if (found == python->PyFloat_Type) {
    const double number = python->PyFloat_AsDouble(value);
    memcpy(word, &number, sizeof number);
    *type = LOG_FLOAT;
  } else if (found == python->PyLong_Type) {
    int overflow = 0;
    *word = (uint64_t)python->PyLong_AsLongLongAndOverflow(value, &overflow);
    *type = LOG_INT;
    return !overflow;
  } else if (found == type_of(python->_Py_TrueStruct)) {
    *word = value == python->_Py_TrueStruct;
    *type = LOG_BOOL;
  } else {
    *type = LOG_NONE;
    return value == python->_Py_NoneStruct;
  }
  return true;
}

static bool put_value(PyObject *name, PyObject *value, PyObject *step, LogSubject *subject) {
  int type;
  uint64_t word;
  if (word_of(value, &type, &word)) {
    log_put_word(subject, type, word);
    return true;
  }
  if (type_of(value) != cpython_symbols()->PyUnicode_Type) return put_other(name, value, step, subject);
  TextPut put = {subject, true};
  return log_with_text(value, put_text, &put) && put.is_put;
}

static bool put(PyObject *name, PyObject *value, PyObject *step, bool is_argument) {
  LogSubject subject = {.name = log_name_of(name), .is_argument = is_argument};
  return subject.name && log_set_step(&subject, step) && put_value(name, value, step, &subject);
}

static bool put_all(PyObject *values, PyObject *step) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *name, *value;
  ssize_t place = 0;
  while (python->PyDict_Next(values, &place, &name, &value))
    if (!put(name, value, step, false)) return false;
  return true;
}

// The arguments of `flor.log`: null where they were not given.
typedef struct {
  PyObject *name, *value, *step;
} Given;

static void take_keyword(const char *text, size_t count, void *context) {
  static const char *const names[] = {"name", "value", "step"};
  for (int one = 0; one < 3; one++)
    if (strlen(names[one]) == count && !memcmp(names[one], text, count)) *(int *)context = one;
}

static bool take_keywords(PyObject *const *arguments, PyObject *names, Given *given) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject **places[] = {&given->name, &given->value, &given->step};
  for (ssize_t number = 0; number < python->PyTuple_Size(names); number++) {
    int place = -1;
    if (!log_with_text(python->PyTuple_GetItem(names, number), take_keyword, &place)) return false;
    if (place < 0 || *places[place]) return log_raise_type_error("flor.log() takes name, value and step, each once");
    *places[place] = arguments[number];
  }
  return true;
}

static PyObject *log_values(PyObject *self, PyObject *const *arguments, ssize_t count, PyObject *names) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  Given given = {count > 0 ? arguments[0] : NULL, count > 1 ? arguments[1] : NULL, NULL};
  if (count > 2) return log_raise_type_error("flor.log() takes a name and a value, and step= by its name");
  if (names && !take_keywords(arguments + count, names, &given)) return NULL;
  if (!given.name) return log_raise_type_error("flor.log() needs a name and a value, or a dict of them");
  bool is_dict = !given.value && python->PyObject_IsInstance(given.name, python->PyDict_Type) == 1;
  if (!given.value && !is_dict) return log_raise_type_error("flor.log() needs a value as well, or a dict of names and values");
  PyObject *result = is_dict ? given.name : given.value;
  int is_new = is_kept(given.name, given.value, given.step);
  if (is_new < 0) return NULL;
  if (is_new) {
    if (!is_ready() && !open_now()) return NULL;
    if (!(is_dict ? put_all(given.name, given.step) : put(given.name, given.value, given.step, false))) return NULL;
  }
  python->Py_IncRef(result);
  return result;
}

// `log_argument(name, value)`: what `flor.arg` gives.
static PyObject *log_argument(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  if (count != 2) return log_raise_type_error("log_argument() takes a name and a value");
  int is_new = is_kept(arguments[0], arguments[1], NULL);
  if (is_new < 0) return NULL;
  if (!is_new) return log_new_none();
  if (!is_ready() && !open_now()) return NULL;
  return put(arguments[0], arguments[1], NULL, true) ? log_new_none() : NULL;
}

// `log_plain(name, step, is_argument, value)`: a plain value that another was made into. Whether that one was to be kept was asked.
static PyObject *log_plain(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  if (count != 4) return log_raise_type_error("log_plain() takes name, step, is_argument and value");
  bool is_argument = cpython_symbols()->PyObject_IsTrue(arguments[2]) == 1;
  return put(arguments[0], arguments[3], arguments[1], is_argument) ? log_new_none() : NULL;
}

// `log_place()`: position and time, for `log_late(name, step, is_argument, position, time, value)`.
static PyObject *place_now(PyObject *self, PyObject *none) {
  const CPythonSymbols *python = cpython_symbols();
  LogPlace place = log_place();
  PyObject *pair = python->PyTuple_New(2);
  if (!pair) return NULL;
  python->PyTuple_SetItem(pair, 0, python->PyLong_FromLongLong(place.position));
  python->PyTuple_SetItem(pair, 1, python->PyLong_FromLongLong(place.nanoseconds));
  return pair;
}

static PyObject *log_late(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  if (count != 6) return log_raise_type_error("log_late() takes name, step, is_argument, position, time and value");
  LogSubject subject = {.name = log_name_of(arguments[0]), .is_argument = python->PyObject_IsTrue(arguments[2]) == 1};
  if (!subject.name || !log_set_step(&subject, arguments[1])) return NULL;
  if (!is_ready() && !open_now()) return NULL;
  LogPlace place = {(uint32_t)python->PyLong_AsLongLong(arguments[3]), python->PyLong_AsLongLong(arguments[4])};
  int type;
  uint64_t word;
  if (!word_of(arguments[5], &type, &word)) return log_raise_type_error("log_late() takes a plain number");
  log_put_late_word(&subject, place, type, word);
  return log_new_none();
}

// `log_other(name, step, is_argument, type, text)`; a type of None makes the text the digits of a large int.
static PyObject *log_other(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  if (count != 5) return log_raise_type_error("log_other() takes name, step, is_argument, type and text");
  LogSubject subject = {.name = log_name_of(arguments[0]), .is_argument = python->PyObject_IsTrue(arguments[2]) == 1};
  if (!subject.name || !log_set_step(&subject, arguments[1])) return NULL;
  bool is_number = arguments[3] == python->_Py_NoneStruct;
  ssize_t type_count = 0, text_count = 0;
  const char *type = is_number ? "" : python->PyUnicode_AsUTF8AndSize(arguments[3], &type_count);
  const char *text = type ? python->PyUnicode_AsUTF8AndSize(arguments[4], &text_count) : NULL;
  if (!text) return NULL;
  if (type_count + text_count > LOG_RECORD_TEXT_BYTES) return log_put_long_text(&subject, text, (size_t)text_count) ? log_new_none() : NULL;
  if (is_number) log_put_text(&subject, LOG_LARGE_INT, text, (size_t)text_count);
  else log_put_other(&subject, type, (size_t)type_count, text, (size_t)text_count);
  return log_new_none();
}

// Opening and ending.

static void keep(PyObject **place, PyObject *object) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *given = object == python->_Py_NoneStruct ? NULL : object;
  if (given) python->Py_IncRef(given);
  if (*place) python->Py_DecRef(*place);
  *place = given;
}

// `log_through(opener, other_values)`; None, None at the end.
static PyObject *log_through(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  if (count != 2) return log_raise_type_error("log_through() takes two functions");
  keep(&opener, arguments[0]);
  keep(&other_values, arguments[1]);
  return log_new_none();
}

// `log_only_where(asked)`: a function `(name, value, step)` that says whether to keep what is logged at this moment; `name` is the dict
// where several are.
static PyObject *log_only_where(PyObject *self, PyObject *function) {
  (void)self;
  keep(&asked, function);
  return log_new_none();
}

// `log_open(folder, blobs, is_replay)`: 0, or errno.
static PyObject *open_log(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self;
  const CPythonSymbols *python = cpython_symbols();
  if (count != 3) return log_raise_type_error("log_open() takes two folders, and whether this is a replay");
  PyObject *folder = NULL, *blobs = NULL;
  char *paths[2];
  ssize_t length = 0;
  if (!python->PyUnicode_FSConverter(arguments[0], &folder) || !python->PyUnicode_FSConverter(arguments[1], &blobs) ||
      python->PyBytes_AsStringAndSize(folder, &paths[0], &length) || python->PyBytes_AsStringAndSize(blobs, &paths[1], &length)) {
    python->Py_DecRef(folder);
    python->Py_DecRef(blobs);
    return NULL;
  }
  bool is_forked = getpid() != writing_process;
  int failure = log_open(paths[0], paths[1], python->PyObject_IsTrue(arguments[2]) == 1, is_forked);
  python->Py_DecRef(folder);
  python->Py_DecRef(blobs);
  if (!failure && !is_forked) failure = writer.start();
  if (failure) log_shut();
  return python->PyLong_FromLongLong(failure);
}

// Other threads of Python's run while the writer works.
static PyObject *call_writer(void (*function)(void)) {
  if (log_is_open() && !log_is_forked()) {
    PyThreadState *thread = cpython_symbols()->PyEval_SaveThread();
    function();
    cpython_symbols()->PyEval_RestoreThread(thread);
  }
  return log_new_none();
}

static PyObject *log_flush(PyObject *self, PyObject *none) { return call_writer(writer.flush); }

static PyObject *log_pause(PyObject *self, PyObject *none) {
  is_paused = log_is_open();
  return call_writer(writer.pause);
}

static PyObject *is_forked(PyObject *self, PyObject *none) { return cpython_symbols()->PyBool_FromLong(log_is_forked()); }

static const char log_text[] =
  "log(name, value, *, step=None)\n--\n\n"
  "Keeps a value under a name, at the present position of the program, and returns it.\n\n"
  "log({name: value, ...}, step=None) keeps several, and returns the dict.";

static PyMethodDef functions[] = {
  {"log", log_values, PY_FAST_CALL | PY_KEYWORDS, log_text},
  {"log_argument", log_argument, PY_FAST_CALL, NULL},
  {"log_plain", log_plain, PY_FAST_CALL, NULL},
  {"log_other", log_other, PY_FAST_CALL, NULL},
  {"log_place", place_now, PY_NO_ARGUMENTS, NULL},
  {"log_late", log_late, PY_FAST_CALL, NULL},
  {"log_array", log_array, PY_FAST_CALL, NULL},
  {"log_loop_begins", log_loop_begins, PY_FAST_CALL, NULL},
  {"log_loop_goes_on", log_loop_goes_on, PY_FAST_CALL, NULL},
  {"log_loop_ends", log_loop_ends, PY_FAST_CALL, NULL},
  {"log_through", log_through, PY_FAST_CALL, NULL},
  {"log_only_where", log_only_where, PY_ONE_ARGUMENT, NULL},
  {"log_flush", log_flush, PY_NO_ARGUMENTS, NULL},
  {"log_pause", log_pause, PY_NO_ARGUMENTS, NULL},
  {"log_open", open_log, PY_FAST_CALL, NULL},
  {"log_is_forked", is_forked, PY_NO_ARGUMENTS, NULL},
  {NULL, NULL, 0, NULL},
};

PyMethodDef *log_functions_table(void) { return functions; }
