#include "CPython.h"

#include <dlfcn.h>

static CPythonSymbols symbols;

const CPythonSymbols *cpython_symbols(void) { return &symbols; }

int cpython_load(void *handle, const char **missing) {
#define X(result, name, parameters) \
  if (!(*(void **)&symbols.name = dlsym(handle, #name))) { *missing = #name; return -1; }
  CPYTHON_FUNCTIONS(X)
#undef X
#define X(result, name, parameters) *(void **)&symbols.name = dlsym(handle, #name);
  CPYTHON_OPTIONAL_FUNCTIONS(X)
#undef X
#define X(name) \
  if (!(symbols.name = dlsym(handle, #name))) { *missing = #name; return -1; }
  CPYTHON_OBJECTS(X)
#undef X
#define X(name) \
  if (!dlsym(handle, #name)) { *missing = #name; return -1; }
  CPYTHON_EXCEPTIONS(X)
#undef X
  return 0;
}

void cpython_load_exceptions(void *handle) {
#define X(name) symbols.name = *(PyObject **)dlsym(handle, #name);
  CPYTHON_EXCEPTIONS(X)
#undef X
}
