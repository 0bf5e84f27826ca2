"""The script's output as the runtime sees it: kept while recording, written again and compared while replaying."""

from __future__ import annotations

import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

_HEAD = struct.Struct("<cI")

STDOUT_CONTENT = (b"t", b"b")


class Log(Protocol):
    """The operations on the standard streams that were observed (`streams.OutputLog`)."""

    @property
    def length(self) -> int: ...

    @property
    def stdout_length(self) -> int: ...

    def foreign_bytes(self) -> int | None: ...

    def take(self) -> bytes: ...

    def when_full(self, act: Callable[[], object] | None) -> None: ...

    def reemit(self, operations: bytes) -> None: ...

    def flush(self) -> None: ...

    def let_go(self) -> None: ...


class RecordingOutput:
    """Hands what was written over to the run."""

    def __init__(self, log: Log, core: Any) -> None:
        self._log = log
        self._core = core
        self._storing = threading.RLock()
        log.when_full(self.store)

    @property
    def length(self) -> int:
        return self._log.length

    @property
    def stdout_length(self) -> int:
        return self._log.stdout_length

    def close(self) -> None:
        """Stores what is left. What is written later, while the interpreter ends, belongs to no loop."""
        self.store()
        self._log.let_go()

    def foreign_bytes(self) -> int | None:
        """Bytes on standard output that came past `sys.stdout`; None where nobody can tell."""
        return self._log.foreign_bytes()

    def store(self) -> None:
        """Everything observed so far goes to `output.ops`."""
        with self._storing:  # any thread that writes may be the one that finds the log full
            operations = self._log.take()
            if operations:
                self._core.append("output", operations)


class ResumedOutput(RecordingOutput):
    """The same of a run that has some output already; what is written before `go_on` is nobody's."""

    def __init__(self, log: Log, core: Any) -> None:
        self._log, self._core, self._storing = log, core, threading.RLock()
        self._length_before = self._stdout_before = 0

    def go_on(self, length: int, stdout_length: int) -> None:
        """From here on: behind so many bytes of operations, and so many on standard output."""
        self._log.take()
        self._length_before = length - self._log.length
        self._stdout_before = stdout_length - self._log.stdout_length
        self._log.when_full(self.store)

    @property
    def length(self) -> int:
        return self._length_before + self._log.length

    @property
    def stdout_length(self) -> int:
        return self._stdout_before + self._log.stdout_length


def records(operations: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and payload of each whole record; a torn tail is left out."""
    position = 0
    while position + _HEAD.size <= len(operations):
        kind, length = _HEAD.unpack_from(operations, position)
        position += _HEAD.size
        if position + length > len(operations):
            return
        yield kind, operations[position : position + length]
        position += length


def stdout_of(operations: bytes) -> bytes:
    """What the script wrote to standard output, one after the other."""
    return b"".join(payload for kind, payload in records(operations) if kind in STDOUT_CONTENT)


@dataclass(frozen=True)
class Place:
    """Where a probe stands."""

    filename: str
    line: int


def _ignore(begins: bool) -> None:
    """Where nobody wants to know."""


class ReplayOutput:
    """Writes what skipped loops wrote, and holds what executed code writes against the record.

    `differs(recorded, replayed)` is called with the first line that is another one. What probes write is left out: they
    announce themselves through `probe`.
    """

    def __init__(self, log: Log, recorded: bytes, is_complete: bool, differs: Callable[[str, str], None]) -> None:
        self._log = log
        self._recorded = recorded
        self._is_complete = is_complete
        self._differs = differs
        self._expected_from = 0
        self._since = 0
        self._pending = b""
        self._probe_depth = 0
        self._place = Place("", 0)
        self.on_probe: Callable[[bool], None] = _ignore
        self.on_written: Callable[[bytes, Place], None] | None = None  # what a probe did to the streams

    @property
    def position(self) -> int:
        """Where the program is in the record, if it has written the same since that was last known."""
        self._keep()
        return self._expected_from + len(self._pending)

    def probe(self, begins: bool, place: Place | None = None) -> None:
        """Around each added statement: what was written since the last call belongs to one side or the other.

        `place` is where what follows was written; that of the caller, if it is not given.
        """
        if begins and self._probe_depth == 0:
            self._keep()
            if self.on_written is not None:
                frame = sys._getframe(1)
                self._place = place or Place(frame.f_code.co_filename, frame.f_lineno)
            self.on_probe(True)
        elif not begins and self._probe_depth == 1:
            written = self._log.take()
            if self.on_written is not None and written:
                self.on_written(written, self._place)
            self.on_probe(False)
        self._probe_depth += 1 if begins else -1

    @property
    def in_probe(self) -> bool:
        return self._probe_depth > 0

    @property
    def probe_place(self) -> Place | None:
        """Where the probe stands in which the program is; known where somebody hears of what it writes."""
        return self._place if self.in_probe else None

    def skip_to(self, began: int, ended: int) -> None:
        """A loop was skipped that wrote the record's operations from `began` to `ended`."""
        self.expect_at(began)
        self._log.reemit(self._recorded[began:ended])
        self._log.take()
        self._expected_from = ended

    def jump_to(self, position: int) -> None:
        """The program is where the record had `position` bytes of operations; nobody sees what was written on the way."""
        self._keep()
        self._pending = b""
        self._expected_from = position

    def expect_at(self, position: int) -> None:
        """The program is where the record was when it had `position` bytes of operations."""
        self._keep()
        written, self._pending = self._pending, b""
        if position >= self._expected_from:
            self._compare(stdout_of(self._recorded[self._expected_from : position]), stdout_of(written))
        self._expected_from = position

    def end(self) -> None:
        """The program has ended; an interrupted recording says nothing of what comes after it."""
        if self._is_complete:
            self.expect_at(len(self._recorded))
        self._log.let_go()

    def _keep(self) -> None:
        self._pending += self._log.take()

    def _compare(self, recorded: bytes, replayed: bytes) -> None:
        if recorded == replayed:
            return
        mine, theirs = recorded.split(b"\n"), replayed.split(b"\n")
        first = next((i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b), min(len(mine), len(theirs)))
        shown = [
            lines[first].decode("utf-8", "backslashreplace") if first < len(lines) else "(nothing)" for lines in (mine, theirs)
        ]
        self._differs(shown[0], shown[1])
