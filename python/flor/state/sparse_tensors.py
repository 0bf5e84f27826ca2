"""Sparse tensors: by their indices and values, which are tensors like others. One that changed is made anew over them."""

from __future__ import annotations

from typing import Any

import torch

from . import opaque
from .graph import Node, Tag
from .walk import Walk


def describe_sparse(walk: Walk, value: torch.Tensor) -> Node:
    bare = not (value.requires_grad or value.grad is not None or value._backward_hooks or vars(value))
    if type(value) is not torch.Tensor or not bare:
        return opaque.node(value, None, "a sparse tensor with a gradient, a history, hooks or attributes")
    arguments = (str(value.layout), tuple(value.size()), *_parts(value))
    return (Tag.REDUCED, walk.reference(made_of_parts), walk.reference(arguments), None)


def _parts(value: torch.Tensor) -> tuple[Any, ...]:
    if value.layout is torch.sparse_coo:
        return (value._indices(), value._values(), value.is_coalesced())
    by_rows = value.layout in (torch.sparse_csr, torch.sparse_bsr)
    indices = (value.crow_indices(), value.col_indices()) if by_rows else (value.ccol_indices(), value.row_indices())
    return (*indices, value.values().detach())  # which is no view of the tensor any more


def made_of_parts(layout: str, size: tuple[int, ...], *parts: Any) -> torch.Tensor:
    """The tensor that has these parts; they are not looked into, since their bytes come later."""
    if layout == "torch.sparse_coo":
        indices, values, is_coalesced = parts
        return torch.sparse_coo_tensor(indices, values, size, is_coalesced=is_coalesced, check_invariants=False)
    kind = getattr(torch, layout.removeprefix("torch."))
    return torch.sparse_compressed_tensor(*parts, size, layout=kind, check_invariants=False)
