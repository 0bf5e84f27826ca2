"""`DataLoader` iterators that are held across loops: where they are in the order of their sampler.

That order is in a running generator, which nobody can read. So the indexes of PyTorch's own samplers, in a loader without workers,
go through an `IndexIterator`, which notes what they were drawn from and how many were given. A restore draws them again.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Callable
from types import GeneratorType, ModuleType
from typing import Any, Protocol

from . import opaque
from .graph import Node, Tag
from .walk import Walk

# Their order depends on their own attributes, the length of the data, and on generators of PyTorch's; on nothing else.
_SAMPLERS = frozenset({"BatchSampler", "RandomSampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler"})


class AfterImport(Protocol):
    """Calls back once a module is there."""

    def watch(self, name: str, callback: Callable[[ModuleType], None]) -> None: ...


def watch(after: AfterImport) -> None:
    """Loaders that the script makes give their indexes through an `IndexIterator`."""
    after.watch("torch.utils.data.dataloader", _note_indexes)


def _note_indexes(module: ModuleType) -> None:
    kind = getattr(module, "_SingleProcessDataLoaderIter", None)
    if kind is None or hasattr(kind.__init__, "__wrapped__"):
        return
    begin = kind.__init__

    @functools.wraps(begin)
    def begin_noting(this: Any, loader: Any) -> None:
        begin(this, loader)
        source = getattr(this, "_sampler_iter", None)
        if type(source) is GeneratorType and _is_known(this._index_sampler):
            this._sampler_iter = IndexIterator(this._index_sampler, source)

    kind.__init__ = begin_noting


def _is_known(sampler: Any) -> bool:
    kind = type(sampler)
    if kind.__module__ != "torch.utils.data.sampler" or kind.__qualname__ not in _SAMPLERS:
        return False
    return kind.__qualname__ != "BatchSampler" or _is_known(sampler.sampler)


class IndexIterator:
    """The indexes of a sampler: the same ones, and a note of how to draw them again."""

    __slots__ = ("_source", "began", "count", "digest", "is_used_up", "obstacle", "sampler", "settings")

    def __init__(self, sampler: Any, source: Any) -> None:
        self.sampler = sampler
        self._source = source
        self.began: tuple[bytes, bytes | None] | None = None
        self.settings = self.obstacle = ""
        self.count = 0
        self.digest = 0
        self.is_used_up = False

    def __iter__(self) -> IndexIterator:
        return self

    def __next__(self) -> Any:
        if self.began is None:
            self._note_beginning()
        try:
            index = next(self._source)
        except StopIteration:
            self.is_used_up = True
            raise
        self.count += 1
        self.digest = hash((self.digest, tuple(index) if isinstance(index, list) else index))
        return index

    def _note_beginning(self) -> None:
        try:
            self.began, self.settings = _generator_states(self.sampler), settings_of(self.sampler)
        except Exception as error:  # the script's own loop goes on; a state with this iterator in is not restored
            self.began, self.obstacle = _NO_STATES, f"a sampler that cannot be read: {error}"


_NO_STATES = (b"", None)


def describe_index_iterator(walk: Walk, value: IndexIterator) -> Node:
    if value.obstacle:
        return opaque.node(value, None, value.obstacle)
    arguments = (value.sampler, value.began, value.settings, value.count, value.digest, value.is_used_up)
    return (Tag.REDUCED, walk.reference(drawn_again), walk.reference(arguments), None)


def drawn_again(sampler: Any, began: Any, settings: str, count: int, digest: int, is_used_up: bool) -> IndexIterator:
    """An iterator over the same indexes at the same place; `ValueError` where the sampler no longer gives them."""
    made = IndexIterator(sampler, iter(sampler))
    if began is None:
        return made
    if settings_of(sampler) != settings:
        raise ValueError("its sampler has changed since it began")
    present = _generator_states(sampler)
    _set_generators(sampler, began)
    try:
        for _ in range(count + is_used_up):
            next(made, None)
    finally:
        _set_generators(sampler, present)
    if (made.count, made.digest, made.is_used_up) != (count, digest, is_used_up):
        raise ValueError("its sampler gives other indexes than when it was recorded")
    return made


def _innermost(sampler: Any) -> Any:
    return sampler.sampler if type(sampler).__qualname__ == "BatchSampler" else sampler


def _generator_states(sampler: Any) -> tuple[bytes, bytes | None]:
    """The states of the process's generator and of the sampler's own."""
    torch = sys.modules["torch"]
    own = getattr(_innermost(sampler), "generator", None)
    return (torch.get_rng_state().numpy().tobytes(), None if own is None else own.get_state().numpy().tobytes())


def _set_generators(sampler: Any, states: tuple[bytes, bytes | None]) -> None:
    torch = sys.modules["torch"]
    everybodys, own = states
    torch.set_rng_state(torch.frombuffer(bytearray(everybodys), dtype=torch.uint8))
    if own is not None:
        _innermost(sampler).generator.set_state(torch.frombuffer(bytearray(own), dtype=torch.uint8))


def settings_of(sampler: Any) -> str:
    """All that a sampler's order depends on, besides generators."""
    told = []
    for name, value in sorted(vars(sampler).items()):
        if name in ("data_source", "dataset"):
            told.append(f"{name} of {len(value)}")
        elif name == "sampler":
            told.append(f"({settings_of(value)})")
        elif name == "weights":
            told.append(f"{name} {hashlib.blake2b(value.detach().cpu().numpy().tobytes(), digest_size=16).hexdigest()}")
        elif name == "indices":
            told.append(f"{name} {hashlib.blake2b(repr(list(value)).encode(), digest_size=16).hexdigest()}")
        elif name != "generator":
            told.append(f"{name} {value!r}")
    return f"{type(sampler).__qualname__}: {', '.join(told)}"
