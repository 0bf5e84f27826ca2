// How a supervisor tells its host what to do: a memory file of fields `name=value`, each ended by a NUL, like an environment.
// Paths need not be UTF-8, so this is not JSON; only `settings`, which is for the Python side, holds some.
#ifndef FLORPY_HOST_BLOCK_H
#define FLORPY_HOST_BLOCK_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// The environment variable that holds the number of the block's descriptor. The host removes it before the script can see it.
#define HOST_BLOCK_VARIABLE "FLORPY_HOST_BLOCK"

#define HOST_MODE "mode"                    // which session: record, plan, replay, inert
#define HOST_SETTINGS "settings"            // JSON text for the Python side
#define HOST_LIBPYTHON "libpython"          // the shared library to open
#define HOST_PYTHON_VERSION "python_version"  // of the interpreter that the library belongs to: 3.11.7
#define HOST_PYTHON_FOLDER "python_folder"  // the folder that holds the package `flor`
#define HOST_SUPERVISOR "supervisor"        // process id
#define HOST_PAGE "page"                    // descriptor of the output page; absent where stdout is closed
#define HOST_CHANNEL "channel"              // descriptor of stdout's pipe, to ask how much is in it; absent for a terminal
#define HOST_QUESTIONS "questions"          // descriptor that wakes the supervisor
#define HOST_MERGED "merged"                // 1: stdout and stderr are one channel
#define HOST_STDOUT_BLOCK "stdout_block"    // bytes; the block size of what stdout was before the pipe took its place
#define HOST_STDERR_BLOCK "stderr_block"

/// The value of a field inside the block, or null.
const char *_Nullable host_block_field(const char *block, size_t size, const char *name);

/// Reads the block from the descriptor named by HOST_BLOCK_VARIABLE, closes it and removes the variable.
/// Null where there is no such variable; the memory is never freed.
const char *_Nullable host_block_take(size_t *size);

#pragma clang assume_nonnull end
#endif
