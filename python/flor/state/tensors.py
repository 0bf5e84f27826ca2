"""PyTorch's tensors, storages and generators as nodes: a tensor is a view of a storage, and the storage is a leaf."""

from __future__ import annotations

import torch

from . import opaque
from .graph import Node, Tag
from .walk import Describer, Extent, Walk


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
    if value.layout is not torch.strided or value.is_quantized or value.is_nested or value.device.type == "meta":
        return opaque.node(value, None, f"a tensor of layout {value.layout} on {value.device}")
    storage = value.untyped_storage()
    history = value.grad_fn
    grad = value.grad if history is None or value.retains_grad else None
    hooks = value._backward_hooks
    attributes = vars(value)
    return (
        Tag.TENSOR,
        walk.reference(type(value)),
        walk.storage(storage, _extent_bytes(value)),
        str(value.dtype),
        (value.storage_offset(), tuple(value.size()), tuple(value.stride()), value.is_conj(), value.is_neg()),
        (value.requires_grad, None if history is None else history.name()),
        None if grad is None else walk.reference(grad),
        None if hooks is None else walk.reference(hooks),
        walk.reference(attributes) if attributes else None,
    )


def _extent_bytes(value: torch.Tensor) -> int:
    """How far into its storage a tensor reaches."""
    if value.numel() == 0:
        return 0
    last = sum((size - 1) * stride for size, stride in zip(value.size(), value.stride()))
    return int((value.storage_offset() + last + 1) * value.element_size())


def describe_extent(walk: Walk, value: tuple[torch.UntypedStorage, int]) -> Node:
    storage, extent_bytes = value
    if storage.device.type == "meta":
        return opaque.node(storage, None, "a storage without memory")
    device, nbytes = str(storage.device), storage.nbytes()
    if storage.device.type == "cpu":
        return (Tag.STORAGE, device, nbytes, extent_bytes, walk.leaf(storage.data_ptr(), extent_bytes, storage))
    copied = storage.cpu()
    return (Tag.STORAGE, device, nbytes, extent_bytes, walk.leaf(copied.data_ptr(), extent_bytes, copied))


def describe_storage(walk: Walk, value: torch.UntypedStorage) -> Node:
    """A storage that the program holds itself, so that all of it can be reached."""
    return (Tag.TUPLE, (walk.storage(value, value.nbytes()),))


def describe_typed_storage(walk: Walk, value: torch.TypedStorage) -> Node:
    return opaque.node(value, None, "a typed storage")


def describe_generator(walk: Walk, value: torch.Generator) -> Node:
    return (Tag.GENERATOR, "torch", str(value.device), value.get_state().numpy().tobytes(), None)
