"""The arguments of a call that somebody else refers to as well: what a call changes in them must be restored with it.

The caller's variables are state anyway. But an object may be referred to by nothing that a capture sees, such as the list that a
`map` goes through, and by the call's arguments. One that only the call refers to dies with it, or lives on in its value.

Nothing is kept alive that would die without us, where it can be helped: a call may take hours, and what it was given may be large.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from ..state.frames import local_variables
from ..state.graph import ATOMS

_VAR_POSITIONAL, _VAR_KEYWORD = 0x04, 0x08  # CO_VARARGS, CO_VARKEYWORDS

Getter = Callable[[], Any]


class HeldArguments:
    """The arguments as they were when the call began, weakly wherever the type allows it."""

    __slots__ = ("_getters",)

    def __init__(self, getters: dict[str, Getter]) -> None:
        self._getters = getters

    def alive(self) -> dict[str, Any]:
        """Those that are still there, by name."""
        return {name: value for name, get in self._getters.items() if (value := get()) is not None}


def arguments_of(frame: FrameType) -> dict[str, Any]:
    """Everything that a call was given, by the parameters' names, while it begins."""
    return dict(_named(frame.f_code, local_variables(frame)))


def held_arguments(frame: FrameType) -> HeldArguments:
    """The arguments that something besides the call refers to, while it begins."""
    found: dict[str, Getter] = {}
    for name, value in _named(frame.f_code, local_variables(frame)):
        if type(value) not in ATOMS and sys.getrefcount(value) > _OWN_REFERENCES:
            found[name] = _reference(value)
        del value  # it counts as a reference
    return HeldArguments(found)


def _named(code: CodeType, variables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Parameters with their values; what `*` and `**` collect, one by one. Afterwards `variables` is empty."""
    plain = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[:plain]
    for name in names:
        if name in variables:
            yield name, variables.pop(name)
    rest = iter(code.co_varnames[plain:])
    collected: dict[str, Any] = {}
    if code.co_flags & _VAR_POSITIONAL:
        name = next(rest)
        collected.update((f"*{name} {i}", value) for i, value in enumerate(variables.get(name, ())))
    if code.co_flags & _VAR_KEYWORD:
        name = next(rest)
        collected.update((f"**{name} {key}", value) for key, value in variables.get(name, {}).items())
    variables.clear()
    yield from collected.items()


def _reference(value: Any) -> Getter:
    try:
        return weakref.ref(value)
    except TypeError:  # lists, dicts, tuples: they are shells, and cannot be asked whether they are still there
        return lambda: value


def _count_own_references() -> int:
    """How often `held_arguments` finds an object referred to that nothing but the call refers to."""
    counts: list[int] = []

    def called(argument: object) -> None:
        for _, value in _named(sys._getframe().f_code, local_variables(sys._getframe())):
            counts.append(sys.getrefcount(value))

    called(object())
    return counts[0]


_OWN_REFERENCES = _count_own_references()
