"""Objects that no pickle knows and that are simple all the same, and the functions that make them anew."""

from __future__ import annotations

import gc
import re
import struct
from collections.abc import Callable
from typing import Any

from .graph import Node, Tag
from .walk import Describer, Walk


def describer_for(kind: type) -> Describer | None:
    return _DESCRIBERS.get(kind) or _BY_NAME.get((kind.__module__, kind.__qualname__))


def _made_by(function: Callable[..., Any], arguments: Callable[[Any], tuple[Any, ...]]) -> Describer:
    def describe(walk: Walk, value: Any) -> Node:
        return (Tag.REDUCED, walk.reference(function), walk.reference(arguments(value)), None)

    return describe


def _viewed(value: Any) -> tuple[Any, ...]:
    """The dict behind a view; its `mapping` is a proxy."""
    return (gc.get_referents(value)[0],)


def keys_of(table: dict[Any, Any]) -> Any:
    return table.keys()


def values_of(table: dict[Any, Any]) -> Any:
    return table.values()


def items_of(table: dict[Any, Any]) -> Any:
    return table.items()


def compiled(pattern: Any, flags: int) -> Any:
    """The pattern that `re` keeps for later calls: it keeps them by the flags of the call, without those written in the pattern."""
    for asked in (0, flags & ~re.UNICODE, flags):
        found = re.compile(pattern, asked)
        if found.flags == flags:
            return found
    raise ValueError(f"{pattern!r} cannot be compiled with flags {flags}")


def matched(pattern: re.Pattern[Any], text: Any, begin: int, end: int, spans: Any) -> Any:
    """A match of the same groups, by whichever way of asking it was found."""
    for found in (pattern.match(text, begin, end), pattern.fullmatch(text, begin, end), *pattern.finditer(text, begin, end)):
        if found is not None and found.regs == spans:
            return found
    raise ValueError(f"{pattern.pattern!r} has no such match")


def writer_on(file: Any, *dialect: Any) -> Any:
    """What writes rows to a file, of which it keeps nothing but that and how rows are written."""
    import csv

    return csv.writer(file, **dict(zip(_OF_DIALECT, dialect)))


_OF_DIALECT = (
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
)


def _csv_writer(walk: Walk, value: Any) -> Node:
    write = next(held for held in gc.get_referents(value) if getattr(held, "__name__", None) == "write")
    parts = (write.__self__, *(getattr(value.dialect, name) for name in _OF_DIALECT))
    return (Tag.REDUCED, walk.reference(writer_on), walk.reference(parts), None)


def _dtype_of(value: Any) -> tuple[Any, ...]:
    import torch

    return (getattr(torch, value.dtype),)


def _finfo(walk: Walk, value: Any) -> Node:
    return (Tag.REDUCED, walk.reference(type(value)), walk.reference(_dtype_of(value)), None)


_DESCRIBERS: dict[type, Describer] = {
    type({}.keys()): _made_by(keys_of, _viewed),
    type({}.values()): _made_by(values_of, _viewed),
    type({}.items()): _made_by(items_of, _viewed),
    re.Pattern: _made_by(compiled, lambda value: (value.pattern, value.flags)),
    re.Match: _made_by(matched, lambda value: (value.re, value.string, value.pos, value.endpos, value.regs)),
    struct.Struct: _made_by(struct.Struct, lambda value: (value.format,)),
}

_BY_NAME: dict[tuple[str, str], Describer] = {
    ("_csv", "writer"): _csv_writer,
    ("torch", "finfo"): _finfo,
    ("torch", "iinfo"): _finfo,
}
