"""Large containers of values that never change: strings, numbers, bytes, tuples of them.

Their items are leaves, encoded a stretch at a time, and not part of the graph, which is written with every checkpoint. The items
are kept alive between walks, so that a stretch of the same objects is known to be the same values without a look into them: to
compare a million items is to compare a million addresses.

The items of a dict are its keys and values in turn.
"""

from __future__ import annotations

import io
import itertools
import operator
import pickle
import re
from collections.abc import Callable, Iterable
from typing import Any

from .graph import ATOMS, PlainUnpickler

SMALLEST_FROZEN = 1024
STRETCH_ITEMS = 1 << 15
_DEEPEST = 16

# A name that `tempfile` drew is read with the live program's name (`temporary.py`): that needs the items in the graph.
_DRAWN = re.compile(rb"tmp[a-z0-9_]{8}")

SameItems = Callable[[Any, tuple[tuple[Any, ...], ...]], bytes]


class Stretch:
    """Items that follow one another in a container, and their encoding. `content` is a number that no other stretch has."""

    __slots__ = ("content", "encoded", "items", "start")

    _contents = itertools.count(1)

    def __init__(self, start: int, items: tuple[Any, ...], encoded: bytes) -> None:
        self.start, self.items, self.encoded = start, items, encoded
        self.content = next(self._contents)


def encode(items: tuple[Any, ...]) -> bytes:
    """Equal items, bit for bit, have equal bytes: nothing in them depends on which of them are one object."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol=5)
    pickler.fast = True
    pickler.dump(items)
    return out.getvalue()


def decode(encoded: bytes) -> tuple[Any, ...]:
    """The items; `ValueError` where these are none."""
    try:
        items = PlainUnpickler(io.BytesIO(encoded)).load()
    except (pickle.UnpicklingError, EOFError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ValueError(f"no plain items: {error}") from error
    if type(items) is not tuple:
        raise ValueError("no plain items: not a tuple")
    return items


def flat(value: Any) -> Iterable[Any]:
    """The items of a container in its own order."""
    return itertools.chain.from_iterable(value.items()) if type(value) is dict else value


def same_items(container: Any, stretches: tuple[tuple[Any, ...], ...]) -> bytes:
    """For each stretch 1 where the container has the same objects at its place, else 0. The core's own is much faster."""
    items = iter(flat(container))
    return bytes(
        len(found) == len(stretch) and all(map(operator.is_, found, stretch))
        for stretch in stretches
        for found in (tuple(itertools.islice(items, len(stretch))),)
    )


class FrozenItems:
    """What is known of frozen containers from one walk to the next."""

    def __init__(self, same: SameItems = same_items) -> None:
        self._same = same
        self._known: dict[int, list[Stretch]] = {}
        self._seen: dict[int, list[Stretch]] = {}

    def end_walk(self) -> None:
        """Containers that this walk did not meet are forgotten, and their items let go."""
        self._known, self._seen = self._seen, {}

    def stretches_of(self, value: Any, key: int) -> list[Stretch] | None:
        """The container's items, or None where one of them is no plain value. `key` tells containers apart, as far as it can."""
        count = len(value) * (2 if type(value) is dict else 1)
        length = STRETCH_ITEMS
        known = self._known.get(key, [])
        same = self._same(value, tuple(stretch.items for stretch in known)) if known else b""
        found: list[Stretch | None] = []
        for number, start in enumerate(range(0, count, length)):
            is_known = number < len(known) and same[number] and len(known[number].items) == min(length, count - start)
            found.append(known[number] if is_known else None)
        if None in found:
            items = tuple(flat(value))
            fresh = {n: items[n * length : (n + 1) * length] for n, stretch in enumerate(found) if stretch is None}
            if not all(map(_are_plain, fresh.values())):
                return None
            for number, part in fresh.items():
                encoded = encode(part)
                if _DRAWN.search(encoded):
                    return None
                found[number] = Stretch(number * length, part, encoded)
        stretches = [stretch for stretch in found if stretch is not None]
        self._seen[key] = stretches
        return stretches


def _are_plain(items: tuple[Any, ...]) -> bool:
    """Whether nothing in the items can ever change, level by level."""
    level: Iterable[Any] = items
    for _ in range(_DEEPEST):
        kinds = set(map(type, level))
        if kinds <= ATOMS:
            return True
        if not kinds <= ATOMS | {tuple}:
            return False
        level = list(itertools.chain.from_iterable(item for item in level if type(item) is tuple))
    return False
