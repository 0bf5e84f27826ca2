"""PyTorch's tensors, storages and generators as nodes: a tensor is a view of a storage, and the storage is a leaf."""

from __future__ import annotations

from typing import Any

import torch

from . import opaque
from .device_copies import DeviceCopies
from .graph import Node, Tag
from .sparse_tensors import describe_sparse
from .walk import COPY, PROGRAM_MEMORY, SMALLEST_WATCHED_BYTES, UNWATCHABLE, Describer, Extent, Walk, number_bytes

_SPARSE = (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)


def describer_for(kind: type) -> Describer | None:
    """The describer of a PyTorch type that needs one."""
    if issubclass(kind, torch.Tensor):
        return describe_tensor
    if issubclass(kind, torch.UntypedStorage):
        return describe_storage
    if kind is Extent:
        return describe_extent
    if issubclass(kind, torch.Generator):
        return describe_generator
    if issubclass(kind, torch.TypedStorage):
        return describe_typed_storage
    return None


def describe_tensor(walk: Walk, value: torch.Tensor) -> Node:
    if value.layout in _SPARSE:
        return describe_sparse(walk, value)
    if value.layout is not torch.strided or value.is_quantized or value.is_nested:
        return opaque.node(value, None, f"a tensor of layout {value.layout} on {value.device}")
    storage = value.untyped_storage()
    history = value.grad_fn
    grad = value.grad if history is None or value.retains_grad else None
    hooks: Any = value._backward_hooks
    if value._post_accumulate_grad_hooks is not None:
        hooks = (hooks, value._post_accumulate_grad_hooks)
    attributes = vars(value)
    return (
        Tag.TENSOR,
        walk.reference(type(value)),
        walk.storage(storage, _extent_bytes(value), number_bytes(value.element_size(), value.is_complex())),
        str(value.dtype),
        (value.storage_offset(), tuple(value.size()), tuple(value.stride()), value.is_conj(), value.is_neg()),
        (value.requires_grad, None if history is None else history.name()),
        None if grad is None else walk.reference(grad),
        None if hooks is None else walk.reference(hooks),
        walk.reference(attributes) if attributes else None,
        walk.reference(value._base) if history is None and value._is_view() else None,
    )


def _extent_bytes(value: torch.Tensor) -> int:
    """How far into its storage a tensor reaches."""
    if value.numel() == 0:
        return 0
    last = sum((size - 1) * stride for size, stride in zip(value.size(), value.stride()))
    return int((value.storage_offset() + last + 1) * value.element_size())


def describe_extent(walk: Walk, value: tuple[torch.UntypedStorage, int, int]) -> Node:
    storage, extent_bytes, item_bytes = value
    if storage.device.type == "meta":
        return (Tag.STORAGE, "meta", storage.nbytes(), 0, False, walk.leaf(0, 0, None))
    device, nbytes = device_of(storage), storage.nbytes()
    if device == "cpu":
        content = UNWATCHABLE if extent_bytes >= SMALLEST_WATCHED_BYTES and _is_pinned(storage) else PROGRAM_MEMORY
        leaf = walk.leaf(storage.data_ptr(), extent_bytes, storage, content, item_bytes)
    else:
        leaf = _copied(walk, storage, extent_bytes, item_bytes)
    return (Tag.STORAGE, device, nbytes, extent_bytes, False, leaf)


def device_of(storage: torch.UntypedStorage) -> str:
    """Where its bytes are; `cpu` is the memory of this process."""
    return str(storage.device)


def _copied(walk: Walk, storage: torch.UntypedStorage, extent_bytes: int, item_bytes: int) -> int:
    if walk.device_copies is None:
        walk.device_copies = DeviceCopies()
    copy = walk.device_copies.begin(storage, extent_bytes)
    leaf = walk.leaf(copy.address, extent_bytes, copy, COPY, item_bytes)
    walk.leaves[leaf].origin = storage.data_ptr()
    return leaf


def _is_pinned(storage: torch.UntypedStorage) -> bool:
    """Whether a device may write to the memory, behind the back of the processor's page tables."""
    return torch.cuda.is_initialized() and bool(storage.is_pinned())


def describe_storage(walk: Walk, value: torch.UntypedStorage) -> Node:
    """A storage that the program holds itself, so that all of it can be reached."""
    return (Tag.HELD_STORAGE, walk.storage(value, value.nbytes()))


def describe_typed_storage(walk: Walk, value: torch.TypedStorage) -> Node:
    return opaque.node(value, None, "a typed storage")


def describe_generator(walk: Walk, value: torch.Generator) -> Node:
    return (Tag.GENERATOR, "torch", str(value.device), value.get_state().numpy().tobytes(), None)
