#include "Shortcut.h"

#include "Boundaries.h"
#include "Ledger.h"

// The functions that a shortcut stands before, as `methods` has them.
enum function {
  ENTER, LEAVE, ABANDON, EXHAUST, ASK_EXHAUSTED, CALL, LEAVE_CALL, SETTLE, RETURN, RETURN_UNSETTLED, HOLD, BOUNDARY, ITERATE, FUNCTIONS
};

struct ledger ledger;

static PyObject *none(void) { return new_reference(cpython_symbols()->_Py_NoneStruct); }

static int open(int64_t site, uint8_t excluded) {
  if (!is_followed_here() || !(ledger.flags[site] & LIGHT) || ledger.flags[site] & excluded) return 0;
  int64_t place = ledger.state[DEPTH];
  if (place == ledger.places) return 0;
  ledger.open_site[place] = site;
  ledger.open_number[place] = ledger.begun[site]++;
  ledger.open_covered[place] = 0;
  ledger.open_flags[place] = 0;
  ledger.open_frame[place] = 0;
  ledger.state[DEPTH] = place + 1;
  ledger.open_began[place] = own_clock();
  return 1;
}

// Whether a place holds a light execution of a site, of which nobody has asked in which frame it is.
static int is_light_at(int64_t place, int64_t site) {
  return place >= 0 && ledger.open_site[place] == site && !(ledger.open_flags[place] & (FOLLOWED | HELD)) && !ledger.open_frame[place];
}

// Whether to count is all there is to do when the execution at a place ends now.
static int is_only_counted(int64_t place, double now) {
  int64_t site = ledger.open_site[place];
  uint8_t flags = ledger.flags[site];
  int is_looked_at = flags & RETIRABLE && !(flags & RETIRED) && ledger.ended[site] + 1 >= ledger.look_at[site];
  return flags & LIGHT && !is_looked_at && now - ledger.open_began[place] < ledger.light_below_seconds;
}

static void count(int64_t place, double now) {
  int64_t site = ledger.open_site[place];
  ledger.ended[site]++;
  ledger.seconds[site] += now - ledger.open_began[place];
  ledger.state[DEPTH] = place;
  if (place > 0) ledger.open_covered[place - 1] += ledger.open_covered[place];
}

static int end(int64_t site) {
  int64_t place = ledger.state[DEPTH] - 1;
  if (!is_followed_here() || !is_light_at(place, site)) return 0;
  double now = own_clock();
  if (!is_only_counted(place, now)) return 0;
  count(place, now);
  return 1;
}

// What a shortcut stands before is its `self`: kept by it alone, so that at the interpreter's end the collector finds all of it.
static PyObject *left_to_python(PyObject *function, PyObject *argument) {
  return cpython_symbols()->PyObject_CallFunctionObjArgs(function, argument, NULL);
}

// Functions of one argument, a site.

static PyObject *enter(PyObject *self, PyObject *site) {
  return open(index_of(site), 0) ? new_reference(cpython_symbols()->_Py_TrueStruct) : left_to_python(self, site);
}

static PyObject *call(PyObject *self, PyObject *site) {
  int64_t index = index_of(site);
  if (!open(index, RETIRED)) return left_to_python(self, site);
  ledger.marks[index] = 1;
  return new_reference(cpython_symbols()->_Py_TrueStruct);
}

static PyObject *leave(PyObject *self, PyObject *site) {
  if (!end(index_of(site))) return left_to_python(self, site);
  ledger.state[WAS_EXHAUSTED] = (ledger.open_flags[ledger.state[DEPTH]] & EXHAUSTED) != 0;
  return none();
}

static PyObject *leave_call(PyObject *self, PyObject *site) {
  return end(index_of(site)) ? none() : left_to_python(self, site);
}

static PyObject *abandon(PyObject *self, PyObject *site) {
  int64_t place = ledger.state[DEPTH] - 1;
  if (!is_followed_here() || !is_light_at(place, index_of(site))) return left_to_python(self, site);
  ledger.state[DEPTH] = place;
  return none();
}

static PyObject *exhaust(PyObject *self, PyObject *site) {
  if (!is_followed_here()) return left_to_python(self, site);
  int64_t place = ledger.state[DEPTH] - 1;
  if (place >= 0 && ledger.open_site[place] == index_of(site)) ledger.open_flags[place] |= EXHAUSTED;
  return none();
}

static PyObject *ask_exhausted(PyObject *self, PyObject *site) {
  if (!is_followed_here()) return left_to_python(self, site);
  return cpython_symbols()->PyBool_FromLong(ledger.state[WAS_EXHAUSTED]);
}

// A `finally` that comes after a `return`. Where no call of the function holds a value, it has ended before.
static PyObject *settle(PyObject *self, PyObject *site) {
  if (!is_followed_here()) return left_to_python(self, site);
  int64_t index = index_of(site), place = ledger.state[DEPTH] - 1;
  while (place >= 0 && !(ledger.open_site[place] == index && ledger.open_flags[place] & HELD)) place--;
  if (place < 0) return none();
  int is_innermost = place == ledger.state[DEPTH] - 1 && !(ledger.open_flags[place] & FOLLOWED);
  if (!is_innermost || ledger.open_frame[place] != (int64_t)cpython_symbols()->PyEval_GetFrame()) return left_to_python(self, site);
  double now = own_clock();
  if (!is_only_counted(place, now)) return left_to_python(self, site);
  count(place, now);
  return none();
}

// Functions of a site, or of several, and a value, which they return.

static PyObject *both_left_to_python(PyObject *function, PyObject *const *arguments) {
  return cpython_symbols()->PyObject_CallFunctionObjArgs(function, arguments[0], arguments[1], NULL);
}

// Whether the innermost executions are light ones of these sites, the innermost first; `*outermost` is the last one's place then.
static int are_innermost(PyObject *sites, int64_t *outermost) {
  const CPythonSymbols *python = cpython_symbols();
  int64_t place = ledger.state[DEPTH];
  ssize_t size = python->PyTuple_Size(sites);
  for (ssize_t number = 0; number < size; number++)
    if (!is_light_at(--place, index_of(python->PyTuple_GetItem(sites, number)))) return 0;
  *outermost = place;
  return 1;
}

static PyObject *leave_by_return(PyObject *self, PyObject *const *arguments, ssize_t arguments_count) {
  (void)arguments_count;
  int64_t outermost = 0;
  if (!is_followed_here() || !are_innermost(arguments[0], &outermost)) return both_left_to_python(self, arguments);
  double now = own_clock();
  for (int64_t place = outermost; place < ledger.state[DEPTH]; place++)
    if (!is_only_counted(place, now)) return both_left_to_python(self, arguments);
  while (ledger.state[DEPTH] > outermost) count(ledger.state[DEPTH] - 1, now);
  return new_reference(arguments[1]);
}

static PyObject *leave_unsettled(PyObject *self, PyObject *const *arguments, ssize_t arguments_count) {
  (void)arguments_count;
  int64_t outermost = 0;
  if (!is_followed_here() || !are_innermost(arguments[0], &outermost)) return both_left_to_python(self, arguments);
  ledger.state[DEPTH] = outermost;
  return new_reference(arguments[1]);
}

static PyObject *hold(PyObject *self, PyObject *const *arguments, ssize_t arguments_count) {
  (void)arguments_count;
  int64_t place = ledger.state[DEPTH] - 1;
  if (!is_followed_here() || !is_light_at(place, index_of(arguments[0]))) return both_left_to_python(self, arguments);
  ledger.open_flags[place] |= HELD;
  ledger.open_frame[place] = (int64_t)cpython_symbols()->PyEval_GetFrame();
  return new_reference(arguments[1]);
}

static PyMethodDef methods[FUNCTIONS] = {
  [ENTER] = {"enter", enter, PY_ONE_ARGUMENT, NULL},
  [LEAVE] = {"leave", leave, PY_ONE_ARGUMENT, NULL},
  [ABANDON] = {"abandon", abandon, PY_ONE_ARGUMENT, NULL},
  [EXHAUST] = {"exhausted", exhaust, PY_ONE_ARGUMENT, NULL},
  [ASK_EXHAUSTED] = {"was_exhausted", ask_exhausted, PY_ONE_ARGUMENT, NULL},
  [CALL] = {"call", call, PY_ONE_ARGUMENT, NULL},
  [LEAVE_CALL] = {"leave_call", leave_call, PY_ONE_ARGUMENT, NULL},
  [SETTLE] = {"settle", settle, PY_ONE_ARGUMENT, NULL},
  [RETURN] = {"return", leave_by_return, PY_FAST_CALL, NULL},
  [RETURN_UNSETTLED] = {"return_unsettled", leave_unsettled, PY_FAST_CALL, NULL},
  [HOLD] = {"hold", hold, PY_FAST_CALL, NULL},
  [BOUNDARY] = {"boundary", boundary, PY_ONE_ARGUMENT, NULL},
  [ITERATE] = {"iterate", iterate, PY_FAST_CALL, NULL},
};

// The memory of a buffer that stays where it is for as long as the process lives.
static int take_memory(PyObject *owner, void *address, int64_t *items) {
  static Py_buffer views[24];
  static int taken = 0;
  const CPythonSymbols *python = cpython_symbols();
  if (taken == sizeof views / sizeof *views) {
    python->PyErr_SetString(python->PyExc_RuntimeError, "a process has one shortcut");
    return -1;
  }
  if (python->PyObject_GetBuffer(owner, &views[taken], PY_BUFFER_WRITABLE)) return -1;
  *(void **)address = views[taken].buf;
  if (items) *items = views[taken].len / 8;
  taken++;
  return 0;
}

static int take_columns(PyObject *columns) {
  struct {
    void *address;
    int64_t *items;
  } const order[] = {
    {&ledger.state, NULL},       {&ledger.lost, NULL},         {&ledger.begun, &ledger.sites},      {&ledger.ended, NULL},
    {&ledger.seconds, NULL},     {&ledger.flags, NULL},        {&ledger.look_at, NULL},             {&ledger.open_site, &ledger.places},
    {&ledger.open_number, NULL}, {&ledger.open_began, NULL},   {&ledger.open_covered, NULL},        {&ledger.open_flags, NULL},
    {&ledger.open_frame, NULL},  {&ledger.open_count, NULL},   {&ledger.open_until, NULL},          {&ledger.open_step, NULL},
    {&ledger.open_looked, NULL}, {&ledger.open_due, NULL},
  };
  const CPythonSymbols *python = cpython_symbols();
  ssize_t size = sizeof order / sizeof *order;
  if (python->PyTuple_Size(columns) != size) {
    python->PyErr_SetString(python->PyExc_TypeError, "these are not the columns of a ledger");
    return -1;
  }
  for (ssize_t number = 0; number < size; number++)
    if (take_memory(python->PyTuple_GetItem(columns, number), order[number].address, order[number].items)) return -1;
  return 0;
}

PyObject *shortcut(PyObject *self, PyObject *const *arguments, ssize_t count_of_arguments) {
  const CPythonSymbols *python = cpython_symbols();
  if (count_of_arguments != 4) {
    python->PyErr_SetString(python->PyExc_TypeError, "shortcut() takes columns, marks, seconds and functions");
    return NULL;
  }
  if (take_columns(arguments[0]) || take_memory(arguments[1], &ledger.marks, NULL)) return NULL;
  ledger.light_below_seconds = python->PyFloat_AsDouble(arguments[2]);
  ledger.main = pthread_self();
  if (boundaries_prepare(arguments[3])) return NULL;
  PyObject *found = python->PyDict_New();
  for (int number = 0; found && number < FUNCTIONS; number++) {
    PyObject *function = python->PyDict_GetItemString(arguments[3], methods[number].name);
    if (!function) {
      python->PyErr_SetString(python->PyExc_TypeError, methods[number].name);
      return NULL;
    }
    PyObject *made = python->PyCFunction_NewEx(&methods[number], function, NULL);
    if (!made || python->PyDict_SetItemString(found, methods[number].name, made)) return NULL;
    python->Py_DecRef(made);
  }
  return found;
}
