"""Sets: what they hold, and the order in which they give it.

The order depends on the members' hashes and on the history of the set. Where the hashes are the same in every process, a program
that goes through a set does so in the same order in every run, and a restored set has to give its members in that order, also after
the program has added some. So it needs a table of the same size, in which the same number of removed members stands.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterable
from typing import Any

from .graph import ATOMS, Node, Tag
from .walk import Walk

_NUMBERS = frozenset({int, float, bool, complex})
_are_texts_alike = not sys.flags.hash_randomization


def describe_set(walk: Walk, value: Any) -> Node:
    """Members in the order of the set, where that is the program's; else in one that is steady."""
    has_order = all(map(_hashes_alike_everywhere, value))
    members = walk.references(value if has_order else _in_steady_order(value))
    return (Tag.SET, isinstance(value, frozenset), members, has_order and history_of(value))


NEW = "8 0 0"


class _Table(ctypes.Structure):
    """How a set begins behind its head, from Python 3.10 to 3.13."""

    _fields_ = tuple((name, ctypes.c_ssize_t) for name in ("filled", "used", "mask", "table", "hash", "finger"))


def history_of(value: set[Any] | frozenset[Any]) -> str:
    """What the order of later members hangs on: the table's size, how many removed members stand in it, and where `pop` goes on.

    An empty set is taken for a new one: what libraries remember by address while they do something goes in and out of it.
    """
    if not value:
        return NEW
    table = _Table.from_address(id(value) + object.__basicsize__)
    if table.used != len(value) or not table.used <= table.filled <= table.mask or table.mask & (table.mask + 1):
        raise ValueError("this Python keeps sets in another way")
    return f"{table.mask + 1} {table.filled - table.used} {table.finger}"


def know_texts_alike() -> None:
    """Told where every process of a run salts the hashes of texts with the same."""
    global _are_texts_alike
    _are_texts_alike = True


def _hashes_alike_everywhere(member: Any) -> bool:
    kind = type(member)
    if kind is tuple or kind is frozenset:
        return all(map(_hashes_alike_everywhere, member))
    return kind in _NUMBERS or (kind in (str, bytes) and _are_texts_alike)


def _in_steady_order(members: Any) -> list[Any]:
    """What can be spelled is sorted by that; the rest stays behind, as it comes."""
    spelled = [(spelling, member) for member in members if (spelling := _spelling(member)) is not None]
    spelled.sort(key=lambda pair: pair[0])
    return [member for _, member in spelled] + [member for member in members if _spelling(member) is None]


def _spelling(member: Any) -> str | None:
    if type(member) in ATOMS:
        return f"{type(member).__name__} {member!r}"
    if type(member) is not tuple:
        return None
    parts = [_spelling(part) for part in member]
    return None if None in parts else f"tuple {parts}"


Way = Callable[[list[Any]], Iterable[Any]]

# How members may be handed over, so that the set comes to give them in a certain order. From a set or a dict, the table gets its
# final size at once; from a list it grows step by step.
_WAYS: tuple[Way, ...] = (
    list,
    set,
    dict.fromkeys,
    lambda members: set(dict.fromkeys(members)),
    reversed,
    lambda m: sorted(m, key=hash),
)


def way_to_order(members: list[Any], history: str | bool, target: set[Any]) -> Way | None:
    """How to fill `target`, once it is emptied, for it to give `members` in their order and have that history.

    None where no way is known: where members were removed, or popped. `history` is True where nobody wrote it down.
    """
    if not members:
        return list
    *_, popped = history_of(target).split()
    for way in _WAYS:
        made: set[Any] = set()
        made.update(way(members))
        size, removed, _ = history_of(made).split()
        has_history = history is True or history == f"{size} {removed} {popped}"
        if has_history and all(mine is theirs for mine, theirs in zip(made, members)):
            return way
    return None
