"""What probes write, apart from what the program does: alone on standard output, marked there, or as values with positions."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from .output import Place, records
from .positions import Positions

_STDOUT = 1
_BOLD, _PLAIN = b"\x1b[1m", b"\x1b[0m"
# Of a table; `ValueFormat.heading` writes them above it.
COLUMNS = ("at", "file", "line", "stream", "text", "name", "value", "step")
_STREAMS = {"t": "stdout", "b": "stdout", "T": "stderr", "B": "stderr"}


class OnlyNew:
    """Between probes, standard output leads nowhere: what Python writes, what C code does, and what children do.

    `flush` makes what Python has written leave its buffers.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._reader = os.dup(_STDOUT)
        self._nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(self._nowhere, _STDOUT)

    def switch(self, shown: bool) -> None:
        self._flush()
        os.dup2(self._reader if shown else self._nowhere, _STDOUT)


class Marked:
    """On a terminal, what probes write is bold."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush

    def switch(self, shown: bool) -> None:
        self._flush()
        os.write(_STDOUT, _BOLD if shown else _PLAIN)


class Values:
    """Standard output has a record for each line that a probe writes to either stream, and for each value that it logs: where the
    program was, and the line or the value.

    `path_of` gives a source file's path below the project's root. What a probe writes past Python's streams is not there.
    """

    def __init__(self, format: str, positions: Positions, path_of: Callable[[str], str]) -> None:
        self._is_table = format == "csv"
        self._positions, self._path_of = positions, path_of
        self._reader = os.dup(_STDOUT)
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(nowhere, _STDOUT)
        os.close(nowhere)

    def write(self, operations: bytes, place: Place) -> None:
        """What a probe at `place` has done to the streams."""
        self._put([{"stream": stream, "text": text} for stream, text in _lines(operations)], place)

    def log(self, name: str | dict[str, Any], value: Any, step: int | None, place: Place) -> None:
        """What a probe at `place` has given to `flor.log`: one value, or several by name."""
        from ..logged.shown import cell, shown  # is not there where nothing is logged

        show = cell if self._is_table else shown
        values = name if isinstance(name, dict) else {name: value}
        steps = {} if step is None else {"step": step}
        self._put([{"name": name, "value": show(value), **steps} for name, value in values.items()], place)

    def _put(self, found: list[dict[str, Any]], place: Place) -> None:
        where = {"at": self._positions.at(), "file": self._path_of(place.filename), "line": place.line}
        lines = "".join(self._line({**where, **one}) for one in found).encode("utf-8", "backslashreplace")
        while lines:
            lines = lines[os.write(self._reader, lines) :]

    def _line(self, found: dict[str, Any]) -> str:
        if not self._is_table:
            return json.dumps({**found, "loops": self._positions.describe()}) + "\n"
        row = io.StringIO()
        csv.DictWriter(row, COLUMNS, restval="").writerow(found)
        return row.getvalue()


def _lines(operations: bytes) -> Iterator[tuple[str, str]]:
    """Stream and text of each line, also of one that was only begun."""
    written: dict[str, bytes] = {}
    for kind, payload in records(operations):
        stream = _STREAMS.get(kind.decode())
        if stream is not None:
            written[stream] = written.get(stream, b"") + payload
    for stream, data in written.items():
        for line in data.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n"):
            yield stream, line
