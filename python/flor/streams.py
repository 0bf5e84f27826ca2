"""The script's standard streams: they write as Python's own do, and note every operation for the record.

Three layers, as in `io`: text (notes what is written and flushed), buffer (notes what the script writes there itself)
and descriptor (counts what has left). Nothing here flushes of its own accord, so that buffering stays what it was.
"""

import io
import os
import sys
from _thread import RLock
from typing import Any

import _flor

from flor.streamtypes import Marks, observed_types

_KINDS = {"stdout": ("t", "b", "f"), "stderr": ("T", "B", "F")}


class OutputLog:
    """What the script did to its streams, as records of `output.ops`."""

    def __init__(self) -> None:
        self.stdout: Any = None
        self.stderr: Any = None
        self._operations: list[tuple[str, Any]] = []
        self._records = bytearray()
        self._taken_bytes = 0
        self._stdout_bytes = 0
        self._lock = RLock()
        self._is_merged = bool(_flor.output_facts()[0])

    def append(self, operation: tuple[str, Any]) -> None:
        """Notes ("t", text), ("b", bytes) or ("f", "")."""
        self._operations.append(operation)

    def take(self) -> bytes:
        """The records since the last time."""
        with self._lock:
            self._encode()
            records = bytes(self._records)
            self._records.clear()
            self._taken_bytes += len(records)
            return records

    @property
    def length(self) -> int:
        """Bytes of all records so far, those taken included."""
        with self._lock:
            self._encode()
            return self._taken_bytes + len(self._records)

    @property
    def stdout_length(self) -> int:
        """Bytes that the script has written to stdout, whether they have left its buffers or not."""
        with self._lock:
            self._encode()
            return self._stdout_bytes

    @property
    def written(self) -> int:
        """Bytes that have left these streams for standard output; those of stderr as well where it is the same."""
        streams = (self.stdout, self.stderr if self._is_merged else None)
        return sum(stream.marks.written_bytes for stream in streams if stream is not None)

    def foreign_bytes(self) -> int | None:
        """Bytes on standard output from elsewhere: child processes, C code, `os.write`. None where that is unknown."""
        total = _flor.total_stdout()
        return None if total < 0 else int(total - self.written)

    def reemit(self, records: bytes) -> None:
        """Does the recorded operations again, to the streams that the script was started with."""
        streams = {"t": self.stdout, "T": self.stderr}
        buffers = {"b": self.stdout and self.stdout.marks.buffer, "B": self.stderr and self.stderr.marks.buffer}
        for kind, data in operations(records):
            if kind in "tT":
                streams[kind].write(data.decode("utf-8", "surrogatepass"))
            elif kind in "bB":
                buffers[kind].write(data)
            else:
                streams["t" if kind == "f" else "T"].flush()

    def _encode(self) -> None:
        # Other threads may append meanwhile: what is taken out is what was seen.
        count = len(self._operations)
        operations = self._operations[:count]
        del self._operations[:count]
        for kind, data in operations:
            if kind == "t":
                self._stdout_bytes += len(self.stdout.marks.encoded(data))
            elif kind == "b":
                self._stdout_bytes += len(data)
            record = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
            self._records += kind.encode() + len(record).to_bytes(4, "little") + record


def operations(records: bytes) -> list[tuple[str, bytes]]:
    """The (kind, data) of whole records."""
    found = []
    place = 0
    while place < len(records):
        end = place + 5 + int.from_bytes(records[place + 1 : place + 5], "little")
        found.append((chr(records[place]), records[place + 5 : end]))
        place = end
    return found


log = OutputLog()


def install() -> None:
    """Puts observed streams in the place of those that Python made. A stream that is closed stays None."""
    _, stdout_block, stderr_block = _flor.output_facts()
    if sys.stdout is not None:
        log.stdout = sys.stdout = sys.__stdout__ = _observed("stdout", sys.stdout, stdout_block)
    if sys.stderr is not None:
        log.stderr = sys.stderr = sys.__stderr__ = _observed("stderr", sys.stderr, stderr_block)
    os.register_at_fork(after_in_child=_stop)


def _observed(name: str, plain: Any, block_bytes: int) -> Any:
    """A stream like `plain`, down to the size of its buffer: that of the file which the relay's pipe stands for."""
    is_unbuffered = isinstance(plain.buffer, io.FileIO)
    marks = Marks(_KINDS[name], log.append)
    text_type, buffer_type, descriptor_type, direct_type = observed_types(marks)
    raw = (direct_type if is_unbuffered else descriptor_type)(plain.fileno(), "wb", closefd=False)
    raw.name = plain.buffer.name
    buffer = raw if is_unbuffered else buffer_type(raw, block_bytes if block_bytes > 1 else io.DEFAULT_BUFFER_SIZE)
    text = text_type(
        buffer,
        encoding=plain.encoding,
        errors=plain.errors,
        newline="\n",
        line_buffering=plain.line_buffering,
        write_through=plain.write_through,
    )
    text.mode = plain.mode
    marks.attach(text, buffer)
    return text


def _stop() -> None:
    """In a forked child: it writes on, but it is not the run."""
    for stream in (log.stdout, log.stderr):
        if stream is not None:
            stream.marks.stop()
