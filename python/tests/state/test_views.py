"""Which storage of one state is which of another, where tensors are views of others."""

from __future__ import annotations

from typing import Any

import pytest

from flor.state.graph import Graph, Tag
from flor.state.match import Match

from .bare_walk import walked

torch = pytest.importorskip("torch")


def state(*, has_other_memory: bool, **others: Any) -> Graph:
    """A view of six numbers, which `.data` may have given other memory than its base's."""
    view = torch.arange(6.0).reshape(2, 3)
    if has_other_memory:
        view.data = torch.ones(2, 3)
    return walked(view=view, **others).graph


def unmatched(recorded: Graph, live: Graph) -> list[str]:
    return [recorded.nodes[number][0] for number, partner in enumerate(Match(recorded, live).live_of) if partner is None]


@pytest.mark.parametrize("has_other_memory", [False, True])
def test_the_same_views_have_the_same_storages(has_other_memory: bool) -> None:
    recorded, live = state(has_other_memory=has_other_memory), state(has_other_memory=has_other_memory, more=[1])
    assert sum(node[0] == Tag.STORAGE for node in recorded.nodes) == (2 if has_other_memory else 1)
    assert unmatched(recorded, live) == []


@pytest.mark.parametrize("has_other_memory", [False, True])
def test_memory_of_a_base_is_not_that_of_its_own(has_other_memory: bool) -> None:
    found = unmatched(state(has_other_memory=has_other_memory), state(has_other_memory=not has_other_memory))
    assert found == ([Tag.STORAGE] if has_other_memory else [])
