"""The walk with its hot part in C (`Sources/CPython/Walk*.c`): the same graph as `Walk`, number for number.

C follows references and describes the types that states have most of: plain containers, instances of plain classes, tensors in the
processor's memory and their storages. All else, and whatever it finds to be other than usual, is left to the describers in Python.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from types import GetSetDescriptorType
from typing import Any, Protocol

from .containers import describe_dict, describe_list, describe_ordered_dict, describe_tuple
from .describe import describer_of
from .frozen import SMALLEST_FROZEN, FrozenItems
from .graph import Node, Tag
from .instances import describe_instance
from .layout import layout_of
from .referrers import COUNTED, tensors_of
from .sets import NEW, describe_set
from .walk import BIG_BYTES, PROGRAM_MEMORY, Extent, Leaf, ProjectFacts, Walk, number_bytes, undescribed


class NativeCore(Protocol):
    """The part of `_flor` that walks."""

    def begin_walk(self, vocabulary: tuple[Any, ...], /, *filled: Any) -> tuple[Callable[..., Any], ...]: ...

    def count_references(
        self, nodes: list[Node], objects: list[Any], tags: str, of_storage: Callable[[Any], int], /
    ) -> dict[int, int]: ...

    def know_inline_attributes(self, instance: Any, /) -> bool: ...

    def inline_attributes(self, value: Any, /) -> dict[str, Any] | None: ...


# The kinds of types, as in `WalkParts.h`.
_BY_PYTHON, _LIST, _TUPLE, _DICT, _ORDERED_DICT, _SET, _INSTANCE, _TENSOR = range(8)

_OF_DESCRIBERS: dict[Any, int] = {
    describe_list: _LIST,
    describe_tuple: _TUPLE,
    describe_dict: _DICT,
    describe_ordered_dict: _ORDERED_DICT,
    describe_set: _SET,
}

_kinds: dict[type, int] = {frozenset: _BY_PYTHON}
_dtypes: dict[Any, tuple[str, int, bool, int] | None] = {}
_TAGS = (Tag.LIST, Tag.PLAIN_LIST, Tag.TUPLE, Tag.PLAIN_TUPLE, Tag.DICT, Tag.SET, Tag.INSTANCE, Tag.TENSOR, Tag.STORAGE)
_COUNTED = "".join(COUNTED)
_EMPTY_SET = (Tag.SET, False, (), NEW)
_EMPTY_ORDERED_DICT = (Tag.DICT, OrderedDict.__name__, (), (), ())


class _Sample:
    """With attributes in another order than its class knows them in, one of which it has no more."""

    def __init__(self, *names: str) -> None:
        for name in names:
            setattr(self, name, name + name)

    @classmethod
    def made(cls) -> _Sample:
        cls("first", "second", "third")
        sample = cls("third", "second", "first")
        del sample.second
        return sample

    second: str


# That were shown how this Python keeps attributes.
_knowing: list[NativeCore] = []


def _show_attributes(core: NativeCore) -> None:
    if core not in _knowing:
        core.know_inline_attributes(_Sample.made())
        _knowing.append(core)


class NativeWalk(Walk):
    """One traversal."""

    def __init__(self, core: NativeCore, project: ProjectFacts, frozen: FrozenItems) -> None:
        super().__init__(project, describer_of, frozen)
        self._core, graph = core, self.graph
        _show_attributes(core)
        functions = core.begin_walk(_vocabulary(), graph.nodes, self.objects, self.leaves, graph.shapes, self._shapes)
        self.reference, self.references, self._add_native, self._leaf, self._storage, self._run = functions  # type: ignore[method-assign]

    def _add(self, key: Any, value: Any) -> int:
        number: int = self._add_native(value)
        self._memo[key] = number
        return number

    def leaf(self, address: int, nbytes: int, owner: Any, content: int = PROGRAM_MEMORY, item_bytes: int = 1) -> int:
        number: int = self._leaf(address, nbytes, owner, content, item_bytes)
        return number

    def storage(self, storage: Any, extent_bytes: int, item_bytes: int = 1) -> int:
        number: int = self._storage(storage, extent_bytes, item_bytes)
        return number

    def attributes_of(self, value: Any) -> dict[str, Any]:
        attributes = self._core.inline_attributes(value)
        return super().attributes_of(value) if attributes is None else attributes

    def run(self) -> None:
        self._storages = self._run(self)
        self._end()

    def count_references(self) -> dict[int, int]:
        return native_counts(self._core, self.graph.nodes, self.objects)


def native_counts(core: NativeCore, nodes: list[Node], objects: list[Any]) -> dict[int, int]:
    """What `referrers.count_references` says."""
    return core.count_references(nodes, objects, _COUNTED, tensors_of)


def _vocabulary() -> tuple[Any, ...]:
    """What the walk in C needs to know of Python, in the order of `WalkParts.h`."""
    torch = sys.modules.get("torch")
    return (
        _kinds,
        _find_kind,
        describer_of,
        undescribed,
        Extent,
        Leaf,
        _dtypes,
        _find_dtype,
        getattr(torch, "strided", None),
        _is_pinning(torch),
        BIG_BYTES,
        SMALLEST_FROZEN,
        _EMPTY_ORDERED_DICT,
        _EMPTY_SET,
        "cpu",
        _TAGS,
    )


def _is_pinning(torch: Any) -> bool:
    """Whether a storage may be in memory that a device writes to."""
    cuda = getattr(torch, "cuda", None)
    return cuda is not None and bool(cuda.is_initialized())


def _find_kind(kind: type) -> int:
    describer = describer_of(kind)
    found = _OF_DESCRIBERS.get(describer, _BY_PYTHON)
    if describer is describe_instance and _has_only_a_dict(kind):
        found = _INSTANCE
    elif found == _BY_PYTHON and _is_plain_tensor(kind):
        found = _TENSOR
    return _kinds.setdefault(kind, found)


def _has_only_a_dict(kind: type) -> bool:
    layout = layout_of(kind)
    assert layout is not None
    shown = next((vars(base)["__dict__"] for base in kind.__mro__ if "__dict__" in vars(base)), None)
    return layout.base is None and not layout.slots and layout.has_dict and type(shown) is GetSetDescriptorType


def _is_plain_tensor(kind: type) -> bool:
    """Whether all there is to know of such a tensor is what PyTorch itself says; other classes may answer for it."""
    torch: Any = sys.modules.get("torch")
    return hasattr(torch, "nn") and kind in (torch.Tensor, torch.nn.Parameter)


def _find_dtype(value: Any) -> tuple[str, int, bool, int] | None:
    """How a tensor's type of numbers is spelled, the bytes of an item, whether it is complex, and the bytes of its numbers."""
    dtype, size, is_complex = value.dtype, value.element_size(), value.is_complex()
    facts = None if value.is_quantized else (str(dtype), size, is_complex, number_bytes(size, is_complex))
    return _dtypes.setdefault(dtype, facts)
