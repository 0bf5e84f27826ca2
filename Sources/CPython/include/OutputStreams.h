// What the script does to sys.stdout and sys.stderr, noted as records of `output.ops` (docs/run-format.md).
//
// The streams are those of `io`, with `write` and `flush` replaced in subclasses by methods of this file. They are C so that an
// exception that passes through them leaves no frame of ours in the script's traceback. All of this happens with the GIL held.
#ifndef FLORPY_OUTPUT_STREAMS_H
#define FLORPY_OUTPUT_STREAMS_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

enum { STREAM_TEXT = 0, STREAM_BUFFER = 1, STREAM_DESCRIPTOR = 2 };
enum { STREAM_STDOUT = 0, STREAM_STDERR = 1 };

/// Replaces the methods of `subclass`, which inherits from the `io` type `plain` of that layer. -1 with an exception set.
int stream_replace_methods(int layer, PyObject *subclass, PyObject *plain);

/// Names the three layers of a stream; from then on they are observed, in this process and not in children that it forks.
/// Without a buffer, `buffer` is `descriptor`.
void stream_observe(int stream, PyObject *text, PyObject *buffer, PyObject *descriptor);

/// Has `action` called, without arguments, each time that a megabyte of records waits to be taken. None ends that.
void stream_when_full(PyObject *action);

/// The records since the last time, as bytes; null with an exception set.
PyObject *_Nullable stream_take_records(void);
/// Bytes of all records so far, those taken included.
uint64_t stream_record_bytes(void);
/// Bytes that the script wrote to stdout so far (text as UTF-8), whether they have left its buffers or not.
uint64_t stream_stdout_bytes(void);
/// Bytes that have left the observed stream for its descriptor.
uint64_t stream_written_bytes(int stream);

#pragma clang assume_nonnull end
#endif
