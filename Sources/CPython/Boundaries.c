#include "Boundaries.h"

#include "Ledger.h"

// As in `python/flor/runtime/ledger.py`.
static const double look_seconds = 0.0005;
static const int64_t longest_step = 64;

// As every object begins, in interpreters with a GIL.
struct head {
  ssize_t references;
  PyObject *type;
};

// Between a `for` and its iterator. `open_number[place]` tells whether the place is still that of the execution that it was made in.
struct iterations {
  struct head head;
  PyObject *source;
  PyIterator next;  // of the source's type
  PyObject *site;
  int64_t place, index, number;
  // Of the place: the way through most iterations is as long as what it reads.
  const int64_t *open_site, *open_number;
  int64_t *open_count, *open_until;
};

static PyObject *type_of(const void *object) { return ((const struct head *)object)->type; }

static PyObject *iterations_type;
// Calls Python's `boundary(site, iterations)`.
static PyObject *python_boundary;

// An iteration of the execution at a place begins. Whether nobody need hear of it; then it is counted.
static int passes_by(int64_t place) {
  if (ledger.open_until[place] <= 1) {
    double now = own_clock();
    if (now >= ledger.open_due[place]) return 0;
    int64_t step = ledger.open_step[place];
    if (now - ledger.open_looked[place] < look_seconds) step = step * 2 < longest_step ? step * 2 : longest_step;
    else step = step > 1 ? step / 2 : 1;
    ledger.open_step[place] = step;
    ledger.open_looked[place] = now;
    ledger.open_until[place] = step + 1;
  }
  ledger.open_until[place]--;
  ledger.open_count[place]++;
  return 1;
}

static int is_innermost(int64_t site) {
  int64_t place = ledger.state[DEPTH] - 1;
  return place >= 0 && ledger.open_site[place] == site;
}

PyObject *boundary(PyObject *self, PyObject *site) {
  const CPythonSymbols *python = cpython_symbols();
  if (!is_followed_here()) return new_reference(python->_Py_FalseStruct);
  int64_t place = ledger.state[DEPTH] - 1;
  if (is_innermost(index_of(site)) && (!(ledger.open_flags[place] & ITERATED) || passes_by(place)))
    return new_reference(python->_Py_FalseStruct);
  return python->PyObject_CallFunctionObjArgs(self, site, NULL);
}

PyObject *iterate(PyObject *self, PyObject *const *arguments, ssize_t count) {
  (void)self, (void)count;
  const CPythonSymbols *python = cpython_symbols();
  int64_t site = index_of(arguments[0]), place = ledger.state[DEPTH] - 1;
  if (!is_followed_here() || !is_innermost(site) || !(ledger.open_flags[place] & ITERATED)) return new_reference(arguments[1]);
  PyObject *source = python->PyObject_GetIter(arguments[1]);
  if (!source) return NULL;
  struct iterations *made = (struct iterations *)python->PyType_GenericAlloc(iterations_type, 0);
  if (!made) {
    python->Py_DecRef(source);
    return NULL;
  }
  made->source = source;
  made->next = python->PyType_GetSlot(type_of(source), PY_SLOT_ITERATE_NEXT);
  made->site = new_reference(arguments[0]);
  made->place = place;
  made->index = site;
  made->number = ledger.open_number[place];
  made->open_site = &ledger.open_site[place];
  made->open_number = &ledger.open_number[place];
  made->open_count = &ledger.open_count[place];
  made->open_until = &ledger.open_until[place];
  return (PyObject *)made;
}

static int is_open(const struct iterations *this) {
  int64_t place = this->place;
  return place < ledger.state[DEPTH] && ledger.open_site[place] == this->index && ledger.open_number[place] == this->number;
}

// Whether the clock need not be looked at. A place that has been left is nobody's, and one that was taken anew has another number.
static int is_counted_only(const struct iterations *this) {
  return *this->open_number == this->number && *this->open_site == this->index && *this->open_until > 1;
}

static PyObject *iterations_next(struct iterations *this) {
  if (is_counted_only(this)) {
    --*this->open_until;
    ++*this->open_count;
  } else if (!ledger.state[IS_INERT] && is_open(this) && !passes_by(this->place)) {
    const CPythonSymbols *python = cpython_symbols();
    PyObject *done = python->PyObject_CallFunctionObjArgs(python_boundary, this->site, this, NULL);
    if (!done) return NULL;
    python->Py_DecRef(done);
  }
  return this->next(this->source);
}

static int iterations_traverse(struct iterations *this, PyVisitor visit, void *argument) {
  int result = visit(type_of(this), argument);
  return result || !this->source ? result : visit(this->source, argument);
}

static int iterations_clear(struct iterations *this) {
  PyObject *source = this->source;
  this->source = NULL;
  cpython_symbols()->Py_DecRef(source);
  return 0;
}

static void iterations_release(struct iterations *this) {
  const CPythonSymbols *python = cpython_symbols();
  PyObject *type = type_of(this);
  python->PyObject_GC_UnTrack(this);
  iterations_clear(this);
  python->Py_DecRef(this->site);
  python->PyObject_GC_Del(this);
  python->Py_DecRef(type);
}

static PyObject *iterations_source(struct iterations *this, void *closure) {
  (void)closure;
  return new_reference(this->source ? this->source : cpython_symbols()->_Py_NoneStruct);
}

static int iterations_exchange(struct iterations *this, PyObject *source, void *closure) {
  (void)closure;
  const CPythonSymbols *python = cpython_symbols();
  PyIterator next = source ? python->PyType_GetSlot(type_of(source), PY_SLOT_ITERATE_NEXT) : NULL;
  if (!next) {
    python->PyErr_SetString(python->PyExc_TypeError, "a loop goes on with an iterator only");
    return -1;
  }
  PyObject *before = this->source;
  this->source = new_reference(source);
  this->next = next;
  python->Py_DecRef(before);
  return 0;
}

static PyObject *itself(PyObject *this) { return new_reference(this); }

static PyGetSetDef properties[] = {{"source", iterations_source, iterations_exchange, NULL, NULL}, {0}};

static PyType_Slot slots[] = {
  {PY_SLOT_CLEAR, iterations_clear},         {PY_SLOT_RELEASE, iterations_release}, {PY_SLOT_ITERATE, itself},
  {PY_SLOT_ITERATE_NEXT, iterations_next},   {PY_SLOT_TRAVERSE, iterations_traverse}, {PY_SLOT_PROPERTIES, properties},
  {0, NULL},
};

static PyType_Spec specification = {
  "_flor.Iterations", sizeof(struct iterations), 0, PY_TYPE_DEFAULT | PY_TYPE_COLLECTED | PY_TYPE_NOT_MADE, slots,
};

int boundaries_prepare(PyObject *functions) {
  const CPythonSymbols *python = cpython_symbols();
  python_boundary = python->PyDict_GetItemString(functions, "boundary");
  if (!python_boundary) {
    python->PyErr_SetString(python->PyExc_TypeError, "boundary");
    return -1;
  }
  new_reference(python_boundary);
  iterations_type = python->PyType_FromSpec(&specification);
  return iterations_type ? 0 : -1;
}
