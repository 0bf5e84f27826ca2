"""What hangs on code: modules, classes, functions, cells, methods, context variables.

The code itself is found by its name, and is no state.
"""

from __future__ import annotations

import contextvars
import enum
import functools
import sys
import types
from typing import Any

from . import opaque
from .by_name import found_by_name
from .graph import EMPTY, Node, Tag
from .walk import Walk

# Attributes of a class that are how it is written, not what it holds.
_CLASS_TEXT = frozenset(
    {
        "__module__",
        "__qualname__",
        "__doc__",
        "__dict__",
        "__weakref__",
        "__slots__",
        "__annotations__",
        "__firstlineno__",
    }
    | {"__parameters__", "__orig_bases__", "__static_attributes__", "__classcell__", "__match_args__", "__hash__"}
    | {
        "__dataclass_fields__",
        "__dataclass_params__",
        "__abstractmethods__",
        "_abc_impl",
        "__annotate__",
        "__type_params__",
    }
    | {"__annotations_cache__", "__annotate_func__", "__orig_class__", "__class_getitem__"}
)


def describe_class(walk: Walk, value: type) -> Node:
    if not walk.project.owns_module(value.__module__):
        return (Tag.NAMED, value.__module__, value.__qualname__, "class")
    names, values = class_state(value)
    return (Tag.CLASS, value.__module__, value.__qualname__, walk.shape(names), walk.references(values))


def class_state(cls: type) -> tuple[tuple[str, ...], list[Any]]:
    """What hangs on a project class: values, and the functions whose defaults and attributes are state."""
    names: list[str] = []
    values: list[Any] = []
    for name, member in vars(cls).items():
        held = function_in(member)
        if held is None and (name in _CLASS_TEXT or isinstance(member, _DESCRIPTORS)):
            continue
        names.append(name)
        values.append(member if held is None else held)
    return tuple(names), values


_DESCRIPTORS = (
    property,
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    functools.cached_property,
    enum.property if hasattr(enum, "property") else types.DynamicClassAttribute,
)


def function_in(member: Any) -> Any:
    """What a class attribute wraps, which may be a function with a cache; None where it wraps none."""
    if isinstance(member, (classmethod, staticmethod)):
        return member.__func__
    if isinstance(member, property):
        member = member.fget
    return member if isinstance(member, types.FunctionType) else None


def describe_module(walk: Walk, value: types.ModuleType) -> Node:
    if sys.modules.get(value.__name__) is value:
        return (Tag.NAMED, value.__name__, "", "module")
    return opaque.node(value, None)


def describe_function(walk: Walk, value: types.FunctionType) -> Node:
    if not walk.project.owns_module(value.__module__) and found_by_name(value.__module__, value.__qualname__) is value:
        return (Tag.NAMED, value.__module__, value.__qualname__, "function")
    added = walk.project.added_cells(value.__code__)
    closure = walk.references(cell for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()) if name not in added)
    return (
        Tag.FUNCTION,
        walk.project.function_key(value),
        closure,
        walk.reference(value.__defaults__),
        walk.reference(value.__kwdefaults__),
        walk.reference(value.__dict__) if value.__dict__ else None,
    )


def describe_cell(walk: Walk, value: types.CellType) -> Node:
    try:
        return (Tag.CELL, walk.reference(value.cell_contents))
    except ValueError:
        return (Tag.CELL, EMPTY)


def describe_context_variable(walk: Walk, value: contextvars.ContextVar[Any]) -> Node:
    held = value.get(_UNSET)
    return (Tag.CONTEXT_VARIABLE, value.name, EMPTY if held is _UNSET else walk.reference(held))


_UNSET: Any = object()


def describe_method(walk: Walk, value: types.MethodType) -> Node:
    return (Tag.METHOD, walk.reference(value.__func__), walk.reference(value.__self__))


def describe_builtin(walk: Walk, value: Any) -> Node:
    owner = value.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        return (Tag.NAMED, value.__module__ or "builtins", value.__qualname__, "builtin")
    return (Tag.BUILTIN_METHOD, walk.reference(owner), value.__name__)
