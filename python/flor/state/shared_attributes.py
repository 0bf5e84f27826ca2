"""Instances whose attributes are a dict of their class's, so that all of them are one: `self.__dict__ = cls._shared_state`.

Of a library's class nothing else is state: where one of its instances is made anew, the class's dict is filled with it.
"""

from __future__ import annotations

from typing import Any

from .graph import Node, Tag
from .instances import describe_instance
from .walk import Walk


def may_share(kind: type) -> bool:
    """Whether there is a dict in the class that its instances could have for their own."""
    return any(_candidates(base) for base in kind.__mro__)


def describe_possibly_sharing(walk: Walk, value: Any) -> Node:
    own = object.__getattribute__(value, "__dict__")
    for base in type(value).__mro__:
        for name in _candidates(base):
            if vars(base)[name] is own:
                made_of = (type(value), base, name)
                return (Tag.REDUCED, walk.reference(sharing_instance), walk.reference(made_of), walk.reference(own))
    return describe_instance(walk, value)


def sharing_instance(cls: type, owner: type, name: str) -> Any:
    """Another one of all those that are one."""
    made: Any = object.__new__(cls)
    object.__setattr__(made, "__dict__", vars(owner)[name])
    return made


def _candidates(base: type) -> list[str]:
    return [name for name, held in vars(base).items() if isinstance(held, dict) and not name.startswith("__")]
