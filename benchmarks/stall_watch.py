"""A watch on each part of a checkpoint, for a script that imports this while it is recorded; see `stall.py`.

Writes a line of JSON for each checkpoint to the file that FLORPY_STALLS names: milliseconds by part, the bytes that differ from the
checkpoint before, the tensors, and the milliseconds that one thread takes to copy these bytes into memory that is there already;
or, of a training on a device, a copy of as many bytes from there.
"""

import ctypes
import json
import mmap
import os
import sys
from array import array
from collections.abc import Callable
from time import perf_counter
from typing import Any

import _flor
from flor.runtime.recording import Recorder
from flor.state import native_walk, process, snapshot
from flor.state.graph import Graph, Tag

spent: dict[str, float] = {}
hashes: dict[tuple[int, int], str] = {}
buffer = mmap.mmap(-1, 1 << 21)
counts: dict[str, int] = {}
places = array("q")  # addresses and bytes of the leaves in turn
# Opened once: a loop in which a file is opened for writing has no checkpoint.
told_to = os.open(os.environ["FLORPY_STALLS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def watch(owner: Any, name: str, part: str) -> None:
    """Adds the time in a function to that of a part."""
    function: Callable[..., Any] = getattr(owner, name)

    def watched(*arguments: Any, **named: Any) -> Any:
        began = perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[part] = spent.get(part, 0.0) + perf_counter() - began

    setattr(owner, name, watched)


def take(*arguments: Any, **named: Any) -> Any:
    """A snapshot, of which only numbers are kept: all of it has to be gone when the collector is let loose again."""
    state = take_unwatched(*arguments, **named)
    began = perf_counter()
    places[:] = array("q", [number for leaf in state.leaves for number in (leaf.address, leaf.nbytes)])
    counts["tensors"] = sum(node[0] == Tag.TENSOR for node in state.graph.nodes)
    counts["nodes"] = len(state.graph.nodes)
    spent["watch"] = perf_counter() - began
    return state


def capture(*arguments: Any) -> None:
    """A checkpoint, and afterwards what is to be told of it."""
    spent.clear()
    began = perf_counter()
    capture_unwatched(*arguments)
    spent["stall"] = perf_counter() - began
    if "watch" in spent:
        spent["stall"] -= spent.pop("watch") + spent.pop("waited")
        changed = changed_leaves()
        spent["memcpy"] = copied(changed)
        told = {part: 1e3 * seconds for part, seconds in spent.items()} | counts | {"bytes": sum(nbytes for _, nbytes in changed)}
        os.write(told_to, json.dumps(told).encode() + b"\n")


def changed_leaves() -> list[tuple[int, int]]:
    present = {place: _flor.hash_memory(*place) for place in zip(places[::2], places[1::2], strict=True) if place[1]}
    changed = [place for place, digest in present.items() if hashes.get(place) != digest]
    hashes.clear()
    hashes.update(present)
    return changed


def copied_from_device(nbytes: int) -> float:
    import torch

    there, here = torch.empty(nbytes, dtype=torch.uint8, device="cuda"), torch.empty(nbytes, dtype=torch.uint8, pin_memory=True)
    torch.cuda.synchronize()
    began = perf_counter()
    here.copy_(there, non_blocking=True)
    torch.cuda.synchronize()
    return perf_counter() - began


def copied(leaves: list[tuple[int, int]]) -> float:
    global buffer
    needed = sum(nbytes for _, nbytes in leaves)
    if "torch" in sys.modules and sys.modules["torch"].cuda.is_initialized():
        return copied_from_device(needed)
    if len(buffer) < needed:
        buffer = mmap.mmap(-1, needed)
        buffer.madvise(mmap.MADV_HUGEPAGE)  # as the arena does
        buffer.write(bytes(needed))
    pairs, offset = [], ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    for address, nbytes in leaves:
        pairs.append((offset, address, nbytes))
        offset += nbytes
    began = perf_counter()
    for target, address, nbytes in pairs:
        ctypes.memmove(target, address, nbytes)
    return perf_counter() - began


take_unwatched, capture_unwatched = snapshot.take, Recorder._capture
snapshot.take = take
watch(process, "settle", "waited")
watch(process, "read", "process")
watch(native_walk.NativeWalk, "run", "walk")
watch(native_walk.NativeWalk, "count_references", "references")
watch(Graph, "encode", "encode")
watch(_flor, "checkpoint", "copy")
Recorder._capture = capture  # type: ignore[method-assign, assignment]
