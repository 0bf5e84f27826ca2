"""PyTorch's part of a restore: storages, tensors in place, and values whose history is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from . import lost_history
from .graph import Node, Tag

if TYPE_CHECKING:
    from .build import Build


def make(build: Build, number: int, node: Node) -> Any:
    """A storage, tensor or generator that has no live partner, or a value with history that has changed."""
    if node[0] == Tag.STORAGE:
        return _make_storage(build, node)
    if node[0] == Tag.GENERATOR:
        return torch.Generator(node[2])
    if node[4][3] or node[4][4]:
        raise build.refuse(number, "a conjugated or negated view of a tensor")
    tensor = _view(build, node)
    requires_grad, history = node[5]
    if history is not None:
        return without_history(tensor, history)
    cls = build.value(node[1])
    made = tensor if cls is torch.Tensor else torch.Tensor._make_subclass(cls, tensor)
    return made.requires_grad_(requires_grad)


def _make_storage(build: Build, node: Node) -> torch.UntypedStorage:
    device, nbytes, _, leaf = node[1:]
    storage = torch.UntypedStorage(nbytes, device="cpu")
    build.new_leaves.append((leaf, storage.data_ptr(), storage))
    if device == "cpu":
        return storage
    made = torch.UntypedStorage(nbytes, device=device)
    build.to_device.append((storage, made))
    return made


def _view(build: Build, node: Node) -> torch.Tensor:
    dtype = getattr(torch, node[3].removeprefix("torch."))
    offset, size, stride = node[4][:3]
    storage = build.value(node[2])
    return torch.empty(0, dtype=dtype, device=storage.device).set_(storage, offset, size, stride)


def without_history(value: torch.Tensor, name: str) -> torch.Tensor:
    """A tensor equal to `value` that looks as if the operation `name` had made it, and reports a gradient that reaches it."""

    def forward(context: Any, source: torch.Tensor) -> torch.Tensor:
        return source.view_as(source)

    report = lost_history.reporter(name)

    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        report()
        return gradient

    function: Any = type(name, (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    function._backward_cls.__name__ = name
    with torch.enable_grad():
        made: torch.Tensor = function.apply(value.detach().requires_grad_())
    return made


def fill(build: Build, target: Any, node: Node) -> None:
    """Brings a live tensor to its recorded form; its bytes were written with its storage."""
    if node[0] == Tag.GENERATOR:
        target.set_state(torch.frombuffer(bytearray(node[3]), dtype=torch.uint8))
        return
    requires_grad, history = node[5]
    if history is None:
        _fill_leaf(build, target, node, requires_grad)
    if node[7] is not None:
        target._backward_hooks = build.value(node[7])
    attributes = build.value(node[8])
    if attributes is not None and attributes is not vars(target):
        vars(target).clear()
        vars(target).update(attributes)


def _fill_leaf(build: Build, target: torch.Tensor, node: Node, requires_grad: bool) -> None:
    offset, size, stride = node[4][:3]
    same_form = (
        str(target.dtype) == node[3]
        and (target.storage_offset(), tuple(target.size()), tuple(target.stride())) == (offset, size, stride)
        and target.untyped_storage()._cdata == build.value(node[2])._cdata
    )
    if not same_form:
        target.data = _view(build, node)
    grad = build.value(node[6])
    if target.grad is not grad:
        target.grad = grad
    if target.requires_grad != requires_grad:
        target.requires_grad_(requires_grad)
