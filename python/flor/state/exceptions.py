"""Exceptions that keep a part of themselves in C: an `errno`, a missing name, a position. They are made anew by their own class."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from . import opaque
from .graph import Node, Tag
from .instances import exception_links
from .walk import Walk
from .write import link_exception


def describe_exception(walk: Walk, value: BaseException) -> Node:
    kind = type(value)
    if isinstance(kind.__init__, FunctionType) or isinstance(kind.__new__, FunctionType):
        return opaque.node(value, None, "an exception that keeps a part of itself in C")
    reduced: Any = value.__reduce__()
    attributes = reduced[2] if len(reduced) > 2 else None
    arguments = (reduced[0], reduced[1], attributes, *exception_links(value))
    return (Tag.REDUCED, walk.reference(exception_made_of), walk.reference(arguments), None)


def exception_made_of(kind: Any, arguments: tuple[Any, ...], attributes: dict[str, Any] | None, *links: Any) -> BaseException:
    made: BaseException = kind(*arguments)
    vars(made).update(attributes or {})
    link_exception(made, *links)
    return made
