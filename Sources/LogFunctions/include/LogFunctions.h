// The functions of `_flor` that log. They are C alone: also a forked child may call them, in which no Swift runs.
#ifndef FLORPY_LOG_FUNCTIONS_H
#define FLORPY_LOG_FUNCTIONS_H

#include <CPython.h>

#pragma clang assume_nonnull begin

/// What a writer does for the functions below. Never called in a forked child.
typedef struct {
  /// Begins to write: the log is open. 0, or errno.
  int (*start)(void);
  /// Waits until all that was logged is with the operating system.
  void (*flush)(void);
  /// Has no threads from here on, until it resumes: what was logged is with the operating system.
  void (*pause)(void);
  void (*resume)(void);
} LogWriterCalls;

/// To be called in the process that the writer would be in.
void log_functions_set_writer(LogWriterCalls calls);

/// Ends with an entry without a name.
PyMethodDef *log_functions_table(void);

#pragma clang assume_nonnull end
#endif
