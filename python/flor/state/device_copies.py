"""The bytes of storages on devices, copied into the processor's memory for one walk.

Every copy is begun as its storage is described, and all are waited for together, when somebody wants to read one: until then the
device copies while the state is written down. From CUDA they go into pinned memory, to which the device writes by itself. PyTorch's
allocator keeps such memory for the next walk, since to pin it takes longer than to fill it.

Before the first copy everything is waited for that any stream of the device has been given: a program may write on streams of its
own, of which nobody can be asked. For the same reason the program does not go on before the copies have ended.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import torch
from torch.utils import deterministic

# Of the first block; each further one has twice as many, up to the last.
_SMALLEST_BLOCK_BYTES, _LARGEST_BLOCK_BYTES = 1 << 20, 32 << 20
# As in packs, so that the writer finds numbers where processors read them fast.
_ALIGNMENT_BYTES = 64


@dataclass(slots=True)
class Part:
    """Bytes in the processor's memory that a storage is copied to."""

    block: torch.Tensor
    offset: int
    address: int
    nbytes: int

    def tensor(self) -> torch.Tensor:
        return self.block[self.offset : self.offset + self.nbytes]


Copier = Callable[[Part, torch.UntypedStorage], None]


class Device(Protocol):
    """What copying needs of a kind of devices. Bytes are tensors of `torch.uint8` of one dimension."""

    def room(self, nbytes: int) -> torch.Tensor:
        """Memory of the processor that copies can be begun into."""

    def copier(self, device: torch.device) -> Copier:
        """What begins a copy of a storage's first bytes, which ends with the next `wait`. On `device` nothing is unfinished now."""

    def wait(self, device: torch.device) -> None:
        """Until nothing that was begun on `device` is unfinished."""


class Cuda:
    def room(self, nbytes: int) -> torch.Tensor:
        return _unfilled(nbytes, pinned=True)

    def copier(self, device: torch.device) -> Copier:
        copy = _driver_copy()
        # Of another device's memory the driver would have to be told whose it is.
        is_current = device.index == torch.cuda.current_device()
        return _by_torch if copy is None or not is_current else _by_driver(copy)

    def wait(self, device: torch.device) -> None:
        torch.cuda.synchronize(device)


class Other:
    """Copies that have ended when they return."""

    def room(self, nbytes: int) -> torch.Tensor:
        return _unfilled(nbytes, pinned=False)

    def copier(self, device: torch.device) -> Copier:
        return _by_torch

    def wait(self, device: torch.device) -> None:
        return


def _by_torch(part: Part, storage: torch.UntypedStorage) -> None:
    with torch.no_grad():
        part.tensor().copy_(bytes_of(storage, part.nbytes), non_blocking=True)


def _by_driver(copy: Any) -> Copier:
    """The same with a tenth of the time before the device begins, which is more than it needs for most storages."""

    def begin(part: Part, storage: torch.UntypedStorage) -> None:
        error = copy(part.address, storage.data_ptr(), part.nbytes, None)
        if error:
            raise RuntimeError(f"cuMemcpyDtoHAsync: error {error}")

    return begin


@cache
def _driver_copy() -> Any:
    """`cuMemcpyDtoHAsync` of CUDA's driver, which the process has loaded; None where it is another's, as with ROCm."""
    if torch.version.cuda is None:
        return None
    try:
        copy = ctypes.CDLL("libcuda.so.1").cuMemcpyDtoHAsync_v2
    except (OSError, AttributeError):
        return None
    copy.argtypes = (ctypes.c_void_p, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_void_p)
    copy.restype = ctypes.c_int
    return copy


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
        self._memory, self._address, self._nbytes = memory, memory.data_ptr(), int(memory.numel())
        self._used_bytes = 0

    @property
    def left_bytes(self) -> int:
        return self._nbytes - self._used_bytes

    def part(self, nbytes: int) -> Part:
        begin = self._used_bytes
        self._used_bytes = min(begin + nbytes + -nbytes % _ALIGNMENT_BYTES, self._nbytes)
        return Part(self._memory, begin, self._address + begin, nbytes)


class DeviceCopies:
    """Those of one walk."""

    def __init__(self) -> None:
        self._devices: dict[torch.device, tuple[Device, Copier]] = {}
        self._blocks: dict[Device, list[Block]] = {}
        self._is_unfinished = False

    def begin(self, storage: torch.UntypedStorage, nbytes: int) -> Part:
        """Memory that has the first `nbytes` bytes of `storage` after the next `wait`."""
        kind, copy = self._devices.get(storage.device) or self._meet(storage.device)
        part = self._room(kind, nbytes)
        if nbytes:
            self._is_unfinished = True
            copy(part, storage)
        return part

    def wait(self) -> None:
        """Until every copy has ended."""
        if self._is_unfinished:
            self._is_unfinished = False
            for device, (kind, _) in self._devices.items():
                kind.wait(device)

    def __del__(self) -> None:
        """What nobody wanted to read is waited for as well: the memory is somebody else's next."""
        self.wait()

    def _meet(self, device: torch.device) -> tuple[Device, Copier]:
        kind = KINDS.get(device.type, _OTHER)
        kind.wait(device)
        self._devices[device] = kind, kind.copier(device)
        return self._devices[device]

    def _room(self, kind: Device, nbytes: int) -> Part:
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


def write_back(pairs: Iterable[tuple[Part | torch.UntypedStorage, torch.UntypedStorage]]) -> None:
    """Copies memory of the processor into storages on devices, from their beginning."""
    with torch.no_grad():
        for source, target in pairs:
            if isinstance(source, torch.UntypedStorage):
                target.copy_(source)
            else:
                bytes_of(target, source.nbytes).copy_(source.tensor())
