"""The project's frames on the stack: what they are, and their local variables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

_OPTIMIZED = 0x01  # CO_OPTIMIZED: the locals are fast ones; modules and class bodies keep theirs in a dict of their own

# From 3.13 (PEP 667) f_locals writes through.
WRITES_THROUGH = sys.version_info >= (3, 13)

# From 3.12 no local can be unbound from outside: the compiler may rely on its being bound, so 3.12 binds it to None instead.
CAN_UNBIND = sys.version_info < (3, 12)


class FrameNames(Protocol):
    """What the naming of a frame needs to know."""

    def owns_file(self, filename: str) -> bool: ...

    def frame_key(self, frame: FrameType) -> str: ...


class LocalsWriter(Protocol):
    """The part of the core that older Pythons need to write locals."""

    def locals_to_fast(self, frame: FrameType) -> None: ...


def project_frames(project: FrameNames, innermost: FrameType | None) -> list[tuple[str, FrameType]]:
    """Function frames of project code, outermost first, each with a label that is the same in every run."""
    found: list[FrameType] = []
    frame = innermost
    while frame is not None:
        if frame.f_code.co_flags & _OPTIMIZED and project.owns_file(frame.f_code.co_filename):
            found.append(frame)
        frame = frame.f_back
    found.reverse()
    return [(f"frame {depth} {project.frame_key(frame)}", frame) for depth, frame in enumerate(found)]


@contextmanager
def _locals_of(frame: FrameType) -> Iterator[Any]:
    """The frame's `f_locals`, emptied afterwards.

    Before 3.13 there is one dict a frame, which stays with it: it would keep alive what variables once named. Where the program
    holds that dict itself, as the result of its own `locals()`, it is left alone.
    """
    held = frame.f_locals
    try:
        yield held
    finally:
        if not WRITES_THROUGH and sys.getrefcount(held) <= _REFERENCES_OF_OURS:
            held.clear()


# To the dict of a frame while `_locals_of` looks at it: the frame, its own variable, that of the `with`, the argument of the call.
_REFERENCES_OF_OURS = 4


def local_variables(frame: FrameType) -> dict[str, Any]:
    """A copy of a function frame's variables, cells included; comprehensions' hidden iterators left out."""
    with _locals_of(frame) as variables:
        return {name: value for name, value in variables.items() if not name.startswith(".")}


def free_variables(frame: FrameType) -> dict[str, Any]:
    """Those of a function's variables that belong to a function around it."""
    variables = local_variables(frame)
    return {name: variables[name] for name in frame.f_code.co_freevars if name in variables}


def write_local_variables(frame: FrameType, values: dict[str, Any], gone: set[str], core: LocalsWriter) -> None:
    """Binds `values` in a function frame, and unbinds the names in `gone` (where `CAN_UNBIND`)."""
    with _locals_of(frame) as variables:
        for name, value in values.items():
            variables[name] = value
        for name in gone:
            variables.pop(name, None)
        if not WRITES_THROUGH:
            core.locals_to_fast(frame)
