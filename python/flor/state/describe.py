"""Which function reads objects of which type.

The functions lie by subject: `containers`, `instances`, `code_objects`, `reduced`, `arrays`, `tensors`, `opaque`.
"""

from __future__ import annotations

import collections
import contextvars
import enum
import gc
import sys
import types
import weakref
from typing import Any

from . import iterators, opaque, remade, samplers
from .code_objects import (
    describe_builtin,
    describe_cell,
    describe_class,
    describe_context_variable,
    describe_function,
    describe_method,
    describe_module,
)
from .containers import (
    describe_big_bytes,
    describe_bytearray,
    describe_default_dict,
    describe_deque,
    describe_dict,
    describe_list,
    describe_ordered_dict,
    describe_stretch,
    describe_tuple,
)
from .exceptions import describe_exception
from .frozen import Stretch
from .graph import PROXY, Node, Tag
from .instances import describe_instance
from .layout import layout_of
from .reduced import describe_mapping_proxy, describe_reduced, describe_slice
from .sets import describe_set
from .shared_attributes import describe_possibly_sharing, may_share
from .walk import Describer, Walk


def describer_of(kind: type) -> Describer:
    """The function that reads objects of type `kind`; found once a type."""
    found = _DESCRIBERS.get(kind)
    if found is None:
        found = _DESCRIBERS[kind] = _find_describer(kind)
    return found


def _find_describer(kind: type) -> Describer:
    if issubclass(kind, type):
        return describe_class
    if issubclass(kind, enum.Enum):
        return describe_enum
    special = opaque.describer_for(kind)
    special = special or iterators.describer_for(kind) or remade.describer_for(kind)
    if special is not None:
        return special
    for library in ("torch", "numpy"):
        if library in sys.modules:
            describer = _library_describer(library, kind)
            if describer is not None:
                return describer
    layout = layout_of(kind)
    if layout is not None:
        return describe_possibly_sharing if layout.has_dict and may_share(kind) else describe_instance
    return describe_exception if issubclass(kind, BaseException) else describe_reduced


def _library_describer(library: str, kind: type) -> Describer | None:
    if library == "torch":
        from . import tensors

        return tensors.describer_for(kind)
    from . import arrays

    return arrays.describe_memory if kind is arrays.Memory else arrays.describer_for(kind)


def describe_enum(walk: Walk, value: enum.Enum) -> Node:
    name = value.name if value.name in type(value).__members__ else None  # a combination of flags has no name of its own
    return (Tag.ENUM, walk.reference(type(value)), name, walk.reference(value.value) if name is None else None)


def describe_weakref(walk: Walk, value: weakref.ref[Any]) -> Node:
    target = value()
    return (Tag.WEAKREF, None if target is None else walk.reference(target), value.__callback__ is not None)


def describe_weak_proxy(walk: Walk, value: Any) -> Node:
    """A proxy passes on whatever it is asked, so its target is got from a method of that; what it refers to is its callback."""
    try:
        target = value.__sizeof__.__self__
    except ReferenceError:
        target = None
    return (Tag.WEAKREF, None if target is None else walk.reference(target), PROXY[bool(gc.get_referents(value))])


def describe_constant(walk: Walk, value: Any) -> Node:
    return (Tag.CONSTANT, type(value).__qualname__, repr(value))


def describe_code(walk: Walk, value: types.CodeType) -> Node:
    return (Tag.CONSTANT, "code", f"{value.co_name}:{len(value.co_code)}")


_DESCRIBERS: dict[type, Describer] = {
    Stretch: describe_stretch,
    list: describe_list,
    tuple: describe_tuple,
    dict: describe_dict,
    collections.OrderedDict: describe_ordered_dict,
    collections.defaultdict: describe_default_dict,
    collections.deque: describe_deque,
    set: describe_set,
    frozenset: describe_set,
    bytearray: describe_bytearray,
    bytes: describe_big_bytes,
    type: describe_class,
    types.ModuleType: describe_module,
    types.FunctionType: describe_function,
    types.BuiltinFunctionType: describe_builtin,
    types.MethodWrapperType: describe_builtin,
    types.CellType: describe_cell,
    contextvars.ContextVar: describe_context_variable,
    types.MethodType: describe_method,
    types.CodeType: describe_code,
    types.MappingProxyType: describe_mapping_proxy,
    samplers.IndexIterator: samplers.describe_index_iterator,
    weakref.ref: describe_weakref,
    weakref.ReferenceType: describe_weakref,
    weakref.ProxyType: describe_weak_proxy,
    weakref.CallableProxyType: describe_weak_proxy,
    slice: describe_slice,
    type(Ellipsis): describe_constant,
    type(NotImplemented): describe_constant,
    types.MethodDescriptorType: describe_constant,
    types.WrapperDescriptorType: describe_constant,
    types.GetSetDescriptorType: describe_constant,
    types.MemberDescriptorType: describe_constant,
    types.ClassMethodDescriptorType: describe_constant,
}
