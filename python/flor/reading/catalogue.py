"""The catalogue of a store, read into columns. `Sources/Catalogue/Schema.swift` says what its tables hold."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .binary import florpy

FILE = "catalogue.sqlite"
NO_STEP = -(1 << 63)
_STORE = ".flor"
_DTYPES = {"int64": "<i8", "float64": "<f8", "bool": "?"}


@dataclass(frozen=True)
class Array:
    """An array that was logged: `load()` reads it. What NumPy calls its type and its shape is known without."""

    path: str
    kind: str
    dtype: str
    shape: tuple[int, ...]

    def load(self) -> Any:
        """The array; a text, where a long text was logged. Types that NumPy lacks come as the bytes of their items."""
        import numpy

        content = Path(self.path).read_bytes()
        if self.kind == "text":
            return content.decode("utf-8", "surrogatepass")
        try:
            return numpy.frombuffer(content, numpy.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)
        except TypeError:
            items = 1
            for length in self.shape:
                items *= length
            return numpy.frombuffer(content, numpy.uint8).reshape(*self.shape, len(content) // max(items, 1))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        loaded = self.load()
        return loaded if dtype is None else loaded.astype(dtype)


@dataclass(frozen=True)
class Level:
    """Of each value of a series, in one loop around it, the iteration (from 0; -1: not known) and what was iterated over."""

    loop: str
    iterations: Any
    items: Any | None


@dataclass(frozen=True)
class Series:
    """The values of one name in one run, logged inside the same loops, in order, as arrays."""

    run: str
    name: str
    replay: int | None
    is_argument: bool
    values: Any
    steps: Any | None
    # None where it was not asked for.
    nanoseconds: Any
    levels: tuple[Level, ...]

    @property
    def loops(self) -> tuple[str, ...]:
        return tuple(level.loop for level in self.levels)


def nearest_store(folder: str | None = None) -> str:
    """`$FLORPY_STORE`, or the `.flor` of the script's folder, of the current one, or the nearest one above it."""
    named = os.environ.get("FLORPY_STORE")
    if named:
        return os.path.abspath(named)
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    places = [os.path.dirname(os.path.realpath(main))] if main and folder is None else []
    here = Path(folder or os.getcwd()).resolve()
    for place in [*places, here, *here.parents]:
        if os.path.isdir(os.path.join(place, _STORE)):
            return os.path.join(place, _STORE)
    raise FileNotFoundError(f"there is no store {_STORE} in {here} or in any folder above it")


@contextmanager
def opened(store: str) -> Iterator[sqlite3.Connection]:
    """The catalogue as it is now; nothing of it can be changed."""
    done = subprocess.run(
        [florpy(), "reindex", "--update", "--json", "--store", store],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"florpy reindex ended with {done.returncode}")
    path = os.path.join(store, FILE)
    if not os.path.exists(path):
        raise RuntimeError(f"the catalogue {path} cannot be written\n\nhint: copy the store to where it can")
    with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True, timeout=60)) as connection:
        connection.execute(f"PRAGMA mmap_size = {1 << 40}")
        yield connection


def series(
    connection: sqlite3.Connection, store: str, names: Sequence[str] = (), runs: Sequence[str] = (), with_times: bool = True
) -> list[Series]:
    """What was logged under these names in these runs (in all, without), ordered by run; a run's own values before hindsight."""
    chosen, given = _chosen(names, runs)
    levels: dict[int, list[tuple[Any, ...]]] = {}
    # Not sorted by SQLite: it would carry the blobs through its sorter.
    for row in connection.execute(
        f"SELECT series_id, level, item_kind, iteration, item FROM level WHERE series_id IN (SELECT series.id {chosen})", given
    ):
        levels.setdefault(row[0], []).append(row)
    times = "nanoseconds" if with_times else "NULL"
    found = connection.execute(
        f"SELECT run.run, replay, series.id, name, argument, loops, kind, value, step, {times} {chosen}", given
    ).fetchall()
    found.sort(key=lambda row: (row[0], row[1] is not None, row[2]))
    loops = {text: tuple(json.loads(text)) for text in {row[5] for row in found}}
    return [_series(row, sorted(levels.get(row[2], ())), loops[row[5]], store) for row in found]


def are_alike(connection: sqlite3.Connection, names: Sequence[str], runs: Sequence[str]) -> bool:
    """Whether all values are of one name, inside the same loops, no hindsight and no arguments: then their order is known."""
    chosen, given = _chosen(names, runs)
    facts = f"count(DISTINCT name || char(0) || loops), count(replay), sum(argument) {chosen}"
    (kinds, hindsight, arguments) = connection.execute(f"SELECT {facts}", given).fetchone()
    return bool(kinds == 1 and not hindsight and not arguments)


def _chosen(names: Sequence[str], runs: Sequence[str]) -> tuple[str, list[str]]:
    """Names may have `*` and `?`."""
    parts = []
    if names:
        parts.append("(" + " OR ".join("name GLOB ?" if _is_pattern(name) else "name = ?" for name in names) + ")")
    if runs:
        parts.append(f"run.run IN ({', '.join('?' * len(runs))})")
    where = f"WHERE {' AND '.join(parts)}" if parts else ""
    given = [name.replace("[", "[[]") if _is_pattern(name) else name for name in names]
    return f"FROM series JOIN run ON run.id = series.run_id {where}", [*given, *runs]


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def _series(row: tuple[Any, ...], levels: Sequence[tuple[Any, ...]], loops: tuple[str, ...], store: str) -> Series:
    import numpy

    run, replay, _, name, argument, _, kind, value, step, nanoseconds = row
    return Series(
        run,
        name,
        replay,
        bool(argument),
        _column(kind, value, store, run),
        None if step is None else numpy.frombuffer(step, "<i8"),
        None if nanoseconds is None else numpy.frombuffer(nanoseconds, "<i8"),
        tuple(
            Level(loop, numpy.frombuffer(iteration, "<i8"), None if item_kind is None else _column(item_kind, item, store, run))
            for loop, (_, _, item_kind, iteration, item) in zip(loops, levels)
        ),
    )


def _column(kind: str, content: bytes, store: str, run: str) -> Any:
    import numpy

    if kind in _DTYPES:
        return numpy.frombuffer(content, _DTYPES[kind])
    blobs = os.path.join(store, "runs", run, "blobs")
    values = [_value(one, blobs) for one in json.loads(content)]
    column: Any = numpy.empty(len(values), dtype=object)
    column[:] = values
    return column


def _value(value: Any, blobs: str) -> Any:
    """From the JSON of a mixed column."""
    if not isinstance(value, dict):
        return value
    if "integer" in value:
        return int(value["integer"])
    if "number" in value:
        return float(value["number"])
    if "blob" in value:
        return Array(os.path.join(blobs, value["blob"]), value["kind"], value["dtype"], tuple(value["shape"]))
    return value["repr"]
