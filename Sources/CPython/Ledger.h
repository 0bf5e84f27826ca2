// The columns of `python/flor/runtime/ledger.py`, as native code sees them. Everything here happens with the GIL held.
#ifndef FLORPY_LEDGER_H
#define FLORPY_LEDGER_H

#include "CPython.h"

#include <pthread.h>
#include <time.h>

enum { LIGHT = 1, RETIRED = 2, SKIPPABLE = 4, RETIRABLE = 8 };
enum { FOLLOWED = 1, EXHAUSTED = 2, HELD = 4, ITERATED = 8 };
enum { DEPTH, IS_INERT, WAS_EXHAUSTED };

// Another thread only reads `main`, and so does a forked child, whose ledger says that it is inert.
struct ledger {
  int64_t *state;
  double *lost;
  int64_t *begun, *ended;
  double *seconds;
  uint8_t *flags;
  int64_t *look_at;
  int64_t *open_site, *open_number;
  double *open_began, *open_covered;
  uint8_t *open_flags;
  int64_t *open_frame;
  int64_t *open_count, *open_until, *open_step;
  double *open_looked, *open_due;
  uint8_t *marks;
  int64_t sites, places;
  double light_below_seconds;
  pthread_t main;
};

extern struct ledger ledger;

static inline PyObject *new_reference(PyObject *object) {
  cpython_symbols()->Py_IncRef(object);
  return object;
}

static inline int is_followed_here(void) { return pthread_equal(pthread_self(), ledger.main) && !ledger.state[IS_INERT]; }

// Seconds that the program had for itself. Python's `perf_counter` reads the same clock.
static inline double own_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - *ledger.lost;
}

// The number of a site that rewritten code has among its constants.
static inline int64_t index_of(PyObject *number) { return cpython_symbols()->PyLong_AsLongLong(number); }

#endif
