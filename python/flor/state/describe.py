"""How Python's own kinds of object are read into nodes."""

from __future__ import annotations

import collections
import copyreg
import enum
import functools
import operator
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

from . import opaque
from .graph import ATOMS, EMPTY, Node, Tag
from .layout import Layout, layout_of
from .walk import Describer, Walk

# Items of one of these types can be stored without wrapping: none of them is an int.
_BARE_ATOMS = ATOMS - {int}
_SORTABLE = (str, int, float, bytes)

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
    if special is not None:
        return special
    for library in ("torch", "numpy"):
        if library in sys.modules:
            describer = _library_describer(library, kind)
            if describer is not None:
                return describer
    if layout_of(kind) is not None:
        return describe_instance
    return describe_reduced


def _library_describer(library: str, kind: type) -> Describer | None:
    if library == "torch":
        from . import tensors

        return tensors.describer_for(kind)
    from . import arrays

    return arrays.describe_memory if kind is arrays.Memory else arrays.describer_for(kind)


def describe_list(walk: Walk, value: list[Any]) -> Node:
    if _BARE_ATOMS.issuperset(map(type, value)) and value:
        return (Tag.PLAIN_LIST, tuple(value))
    if value and set(map(type, value)) == {int}:
        return (Tag.PLAIN_LIST, tuple(value))
    return (Tag.LIST, walk.references(value))


def describe_tuple(walk: Walk, value: tuple[Any, ...]) -> Node:
    if ATOMS.issuperset(map(type, value)):
        return (Tag.PLAIN_TUPLE, value)
    return (Tag.TUPLE, walk.references(value))


def describe_dict(walk: Walk, value: dict[Any, Any]) -> Node:
    return (Tag.DICT, None, (), walk.references(value), walk.references(value.values()))


def describe_ordered_dict(walk: Walk, value: Any) -> Node:
    return (Tag.DICT, "OrderedDict", (), walk.references(value), walk.references(value.values()))


def describe_default_dict(walk: Walk, value: Any) -> Node:
    extra = (walk.reference(value.default_factory),)
    return (Tag.DICT, "defaultdict", extra, walk.references(value), walk.references(value.values()))


def describe_set(walk: Walk, value: Any) -> Node:
    return (Tag.SET, isinstance(value, frozenset), walk.references(in_steady_order(value)))


def in_steady_order(members: Any) -> list[Any]:
    """Members of a set in an order that does not depend on hashes, as far as they can be ordered."""
    plain = sorted((m for m in members if type(m) in _SORTABLE), key=lambda m: (type(m).__name__, m))
    return plain + [m for m in members if type(m) not in _SORTABLE]


def describe_deque(walk: Walk, value: Any) -> Node:
    return (Tag.DEQUE, value.maxlen, walk.references(value))


def describe_bytearray(walk: Walk, value: bytearray) -> Node:
    return (Tag.BYTEARRAY, bytes(value))


def describe_big_bytes(walk: Walk, value: bytes) -> Node:
    # A bytes object's contents follow its header; they never move while `value` is alive.
    header_bytes = bytes.__basicsize__ - 1
    return (Tag.BIG_BYTES, walk.leaf(id(value) + header_bytes, len(value), value), len(value))


def describe_instance(walk: Walk, value: Any) -> Node:
    cls = type(value)
    layout = layout_of(cls)
    assert layout is not None
    names, values = attributes_of(value, layout)
    payload = None if layout.base is None else walk.reference(payload_of(value, layout.base))
    return (Tag.INSTANCE, walk.reference(cls), payload, walk.shape(names), walk.references(values))


def attributes_of(value: Any, layout: Layout) -> tuple[tuple[str, ...], list[Any]]:
    """Names and values of an object's slots and `__dict__`; an unset slot is left out."""
    names: list[str] = []
    values: list[Any] = []
    for name in layout.slots:
        try:
            slot = _slot_value(value, name)
        except AttributeError:
            continue
        names.append(name)
        values.append(slot)
    if layout.has_dict:
        attributes = object.__getattribute__(value, "__dict__")
        names.extend(attributes)
        values.extend(attributes.values())
    return tuple(names), values


def _slot_value(value: Any, name: str) -> Any:
    for owner in type(value).__mro__:
        member = vars(owner).get(name)
        if isinstance(member, types.MemberDescriptorType):
            return member.__get__(value, type(value))
    raise AttributeError(name)


_PAYLOADS: dict[type, Callable[[Any], Any]] = {
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    collections.deque: lambda value: collections.deque(collections.deque.__iter__(value), value.maxlen),
    str: lambda value: str.__str__(value),
    bytes: lambda value: bytes(memoryview(value)),
    int: lambda value: int.__int__(value),
    float: lambda value: float.__float__(value),
    BaseException: lambda value: value.args,
    dict: lambda value: dict(dict.items(value)),
    collections.OrderedDict: lambda value: collections.OrderedDict(collections.OrderedDict.items(value)),
    collections.defaultdict: lambda value: collections.defaultdict(value.default_factory, dict.items(value)),
}


def payload_of(value: Any, base: type) -> Any:
    """A copy of what an instance of a subclass of `base` holds as a `base`."""
    return _PAYLOADS[base](value)


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
    """The function that a class attribute wraps, or None where it wraps none."""
    if isinstance(member, (classmethod, staticmethod)):
        member = member.__func__
    elif isinstance(member, property):
        member = member.fget
    return member if isinstance(member, types.FunctionType) else None


def describe_enum(walk: Walk, value: enum.Enum) -> Node:
    name = value.name if value.name in type(value).__members__ else None  # a combination of flags has no name of its own
    return (Tag.ENUM, walk.reference(type(value)), name, walk.reference(value.value) if name is None else None)


def describe_module(walk: Walk, value: types.ModuleType) -> Node:
    if sys.modules.get(value.__name__) is value:
        return (Tag.NAMED, value.__name__, "", "module")
    return opaque.node(value, None)


def describe_function(walk: Walk, value: types.FunctionType) -> Node:
    if not walk.project.owns_module(value.__module__) and _named(value.__module__, value.__qualname__) is value:
        return (Tag.NAMED, value.__module__, value.__qualname__, "function")
    closure = walk.references(value.__closure__ or ())
    return (
        Tag.FUNCTION,
        walk.project.function_key(value),
        closure,
        walk.reference(value.__defaults__),
        walk.reference(value.__kwdefaults__),
        walk.reference(value.__dict__) if value.__dict__ else None,
    )


def _named(module: str | None, qualified_name: str) -> Any:
    found: Any = sys.modules.get(module or "")
    if found is None:
        return None
    try:
        return operator.attrgetter(qualified_name)(found)
    except AttributeError:
        return None


def describe_cell(walk: Walk, value: types.CellType) -> Node:
    try:
        return (Tag.CELL, walk.reference(value.cell_contents))
    except ValueError:
        return (Tag.CELL, EMPTY)


def describe_method(walk: Walk, value: types.MethodType) -> Node:
    return (Tag.METHOD, walk.reference(value.__func__), walk.reference(value.__self__))


def describe_builtin(walk: Walk, value: Any) -> Node:
    owner = value.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        return (Tag.NAMED, value.__module__ or "builtins", value.__qualname__, "builtin")
    return (Tag.BUILTIN_METHOD, walk.reference(owner), value.__name__)


def describe_weakref(walk: Walk, value: weakref.ref[Any]) -> Node:
    target = value()
    return (Tag.WEAKREF, None if target is None else walk.reference(target), value.__callback__ is not None)


def describe_constant(walk: Walk, value: Any) -> Node:
    return (Tag.CONSTANT, type(value).__qualname__, repr(value))


def describe_code(walk: Walk, value: types.CodeType) -> Node:
    return (Tag.CONSTANT, "code", f"{value.co_name}:{len(value.co_code)}")


def describe_mapping_proxy(walk: Walk, value: types.MappingProxyType[Any, Any]) -> Node:
    return (Tag.REDUCED, walk.reference(types.MappingProxyType), walk.reference((dict(value),)), None)


def describe_slice(walk: Walk, value: slice) -> Node:
    return (Tag.REDUCED, walk.reference(slice), walk.reference((value.start, value.stop, value.step)), None)


def describe_reduced(walk: Walk, value: Any) -> Node:
    """What the object's own `__reduce_ex__` says; opaque where it says that it cannot."""
    try:
        registered = copyreg.dispatch_table.get(type(value))
        reduced = value.__reduce_ex__(4) if registered is None else registered(value)
    except Exception as refusal:  # whatever a foreign type raises here means: it cannot be taken apart
        return opaque.node(value, None, str(refusal))
    if isinstance(reduced, str):
        return (Tag.NAMED, getattr(value, "__module__", None) or _module_with(value, reduced), reduced, "object")
    function, arguments, *more = reduced
    state = more[0] if more else None
    if len(more) > 1 and (more[1] is not None or (len(more) > 2 and more[2] is not None)):
        return opaque.node(value, None, "it is reduced to a stream of items")
    return (Tag.REDUCED, walk.reference(function), walk.reference(arguments), walk.reference(state))


def _module_with(value: Any, name: str) -> str:
    owner = type(value).__module__.partition(".")[0]
    return owner if _named(owner, name) is value else "builtins"


_DESCRIBERS: dict[type, Describer] = {
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
    types.MethodType: describe_method,
    types.CodeType: describe_code,
    types.MappingProxyType: describe_mapping_proxy,
    weakref.ref: describe_weakref,
    weakref.ReferenceType: describe_weakref,
    slice: describe_slice,
    type(Ellipsis): describe_constant,
    type(NotImplemented): describe_constant,
    types.MethodDescriptorType: describe_constant,
    types.WrapperDescriptorType: describe_constant,
    types.GetSetDescriptorType: describe_constant,
    types.MemberDescriptorType: describe_constant,
    types.ClassMethodDescriptorType: describe_constant,
}
