"""The bytes of storages on devices, copied into the processor's memory for one walk.

Every copy is begun as its storage is described, and all are waited for together, at the walk's end: one after the other they would
take four times as long. From CUDA they go into pinned memory, to which the device writes by itself. PyTorch's allocator keeps such
memory for the next walk, since to pin it takes longer than to fill it.

Before the first copy everything is waited for that any stream of the device has been given: a program may write on streams of its
own, of which nobody can be asked. For the same reason the walk does not end before the copies have.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch
from torch.utils import deterministic

# Of the first block; each further one has twice as many, up to the last.
_SMALLEST_BLOCK_BYTES, _LARGEST_BLOCK_BYTES = 1 << 20, 32 << 20
# As in packs, so that the writer finds numbers where processors read them fast.
_ALIGNMENT_BYTES = 64


class Device(Protocol):
    """What copying needs of a kind of devices. Bytes are tensors of `torch.uint8` of one dimension."""

    def room(self, nbytes: int) -> torch.Tensor:
        """Memory of the processor that copies can be begun into."""

    def begin_copy(self, target: torch.Tensor, source: torch.Tensor) -> None:
        """`target` has the bytes after the next `wait`."""

    def wait(self, device: torch.device) -> None:
        """Until nothing that was begun on `device` is unfinished."""


class Cuda:
    def room(self, nbytes: int) -> torch.Tensor:
        return _unfilled(nbytes, pinned=True)

    def begin_copy(self, target: torch.Tensor, source: torch.Tensor) -> None:
        target.copy_(source, non_blocking=True)

    def wait(self, device: torch.device) -> None:
        torch.cuda.synchronize(device)


class Other:
    """Copies that have ended when they return."""

    def room(self, nbytes: int) -> torch.Tensor:
        return _unfilled(nbytes, pinned=False)

    def begin_copy(self, target: torch.Tensor, source: torch.Tensor) -> None:
        target.copy_(source)

    def wait(self, device: torch.device) -> None:
        return


def _unfilled(nbytes: int, *, pinned: bool) -> torch.Tensor:
    """Memory as it is: where a program wants to be deterministic, PyTorch would fill it with a pattern."""
    is_filled = deterministic.fill_uninitialized_memory
    deterministic.fill_uninitialized_memory = False
    try:
        return torch.empty(nbytes, dtype=torch.uint8, device="cpu", pin_memory=pinned)
    finally:
        deterministic.fill_uninitialized_memory = is_filled


KINDS: dict[str, Device] = {"cuda": Cuda()}
_OTHER = Other()


class Block:
    """Memory that is given away from its beginning to its end."""

    def __init__(self, memory: torch.Tensor) -> None:
        self._memory, self._used_bytes = memory, 0

    @property
    def left_bytes(self) -> int:
        return int(self._memory.numel()) - self._used_bytes

    def part(self, nbytes: int) -> torch.Tensor:
        begin = self._used_bytes
        self._used_bytes = min(begin + nbytes + -nbytes % _ALIGNMENT_BYTES, self._memory.numel())
        return self._memory[begin : begin + nbytes]


class DeviceCopies:
    """Those of one walk."""

    def __init__(self) -> None:
        self._devices: dict[torch.device, Device] = {}
        self._blocks: dict[Device, list[Block]] = {}

    def begin(self, storage: torch.UntypedStorage, nbytes: int) -> torch.Tensor:
        """Memory that has the first `nbytes` bytes of `storage` after the next `wait`."""
        device = storage.device
        kind = self._devices.get(device)
        if kind is None:
            kind = self._devices[device] = KINDS.get(device.type, _OTHER)
            kind.wait(device)
        target = self._room(kind, nbytes)
        if nbytes:
            with torch.no_grad():
                kind.begin_copy(target, bytes_of(storage, nbytes))
        return target

    def wait(self) -> None:
        """Until every copy has ended."""
        for device, kind in self._devices.items():
            kind.wait(device)

    def _room(self, kind: Device, nbytes: int) -> torch.Tensor:
        """A part of the first block that has as much left."""
        blocks = self._blocks.setdefault(kind, [])
        for block in blocks:
            if block.left_bytes >= nbytes:
                return block.part(nbytes)
        usual = min(_SMALLEST_BLOCK_BYTES << len(blocks), _LARGEST_BLOCK_BYTES)
        # PyTorch pins powers of two: what is more than was asked for would be of no use to anybody.
        blocks.append(Block(kind.room(max(usual, 1 << (nbytes - 1).bit_length()))))
        return blocks[-1].part(nbytes)


def bytes_of(storage: torch.UntypedStorage, nbytes: int) -> torch.Tensor:
    """The first bytes of a storage, where they are."""
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage, 0, (nbytes,))


def write_back(pairs: Iterable[tuple[torch.Tensor | torch.UntypedStorage, torch.UntypedStorage]]) -> None:
    """Copies memory of the processor into storages on devices, from their beginning."""
    with torch.no_grad():
        for source, target in pairs:
            if isinstance(source, torch.UntypedStorage):
                target.copy_(source)
            else:
                bytes_of(target, source.numel()).copy_(source)
