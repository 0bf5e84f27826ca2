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
        return _make_storage(build, number, node)
    if node[0] == Tag.GENERATOR:
        return torch.Generator(node[2])
    if node[9] is not None:
        return _make_view(build, number, node)
    tensor = _view(build, node)
    requires_grad, history = node[5]
    if history is not None:
        return without_history(tensor, history)
    cls = build.value(node[1])
    made = tensor if cls is torch.Tensor else torch.Tensor._make_subclass(cls, tensor)
    return made.requires_grad_(requires_grad)


def _make_view(build: Build, number: int, node: Node) -> torch.Tensor:
    """A view of another tensor, and known to it as one: what is written into it with a gradient has to reach that other."""
    base = build.value(node[9])
    cls = build.value(node[1])
    if str(base.dtype) != node[3] or base.is_conj() or base.is_neg():
        raise build.refuse(number, "a view of a tensor as another type")
    if not keeps_form(build, node[9]):
        raise build.refuse(number, "a view of a tensor that has changed its shape or its memory")
    offset, size, stride, is_conjugated, is_negated = node[4]
    with torch.set_grad_enabled(not base.requires_grad):
        made = base.as_strided(size, stride, offset)
        made = made.conj() if is_conjugated else made
        made = torch._neg_view(made) if is_negated else made
        made = made if cls is torch.Tensor else made.as_subclass(cls)
    return made.requires_grad_(node[5][0])


def keeps_form(build: Build, number: int) -> bool:
    """Whether a tensor is the same view of the same storage as it was recorded, before anything is written."""
    partner = build.match.live_of[number]
    if partner is None or number in build.made:
        return True
    node, live = build.graph.nodes[number], build.match.live.nodes[partner]
    return node[3:5] == live[3:5] and build.match.live_of[node[2]] == live[2]


def _make_storage(build: Build, number: int, node: Node) -> torch.UntypedStorage:
    device, nbytes, _, is_shared, leaf = node[1:]
    if is_shared:
        raise build.refuse(number, "memory that is new, and that a tensor shares with an array")
    if device == "meta":
        return torch.UntypedStorage(nbytes, device="meta")
    storage = torch.UntypedStorage(nbytes, device="cpu")
    build.new_leaves.append((leaf, storage.data_ptr(), storage))
    if device == "cpu":
        return storage
    made = storage_on(device, nbytes)
    build.to_device.append((storage, made))
    return made


def storage_on(device: str, nbytes: int) -> torch.UntypedStorage:
    """With bytes that nobody has written yet."""
    return torch.UntypedStorage(nbytes, device=device)


def _view(build: Build, node: Node) -> torch.Tensor:
    dtype = getattr(torch, node[3].removeprefix("torch."))
    offset, size, stride = node[4][:3]
    storage = build.value(node[2])
    made = torch.empty(0, dtype=dtype, device=storage.device).set_(storage, offset, size, stride)
    made = made.conj() if node[4][3] else made
    return torch._neg_view(made) if node[4][4] else made


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
    _fill_hooks(target, build.value(node[7]))
    attributes = build.value(node[8])
    if attributes is not vars(target):
        vars(target).clear()
        vars(target).update(attributes or {})


def _fill_hooks(target: torch.Tensor, recorded: Any) -> None:
    hooks, after_accumulation = recorded if isinstance(recorded, tuple) else (recorded, None)
    if target._backward_hooks is not hooks:
        target._backward_hooks = hooks
    if target._post_accumulate_grad_hooks is not after_accumulation:
        if after_accumulation is None:
            target._post_accumulate_grad_hooks = {}  # None alone leaves PyTorch calling those that were there
        target._post_accumulate_grad_hooks = after_accumulation


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
