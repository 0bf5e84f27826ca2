"""Tensors on a device, on a machine that has none: a device layer of our own, whose copies end when they are waited for."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from flor.state import snapshot
from flor.state.describe import describer_of
from flor.state.walk import COPY, Walk

from ..simulation import record
from .bare_walk import walked
from .marked import check_loops

torch = pytest.importorskip("torch")

from flor.state import device_copies, tensor_restore, tensors  # noqa: E402  (they import torch)

UNTOUCHED = 0xAA


class Late:
    """Copies nothing before it is waited for."""

    def __init__(self) -> None:
        self.begun: list[tuple[Any, Any]] = []
        self.rooms: list[int] = []
        self.waits = 0

    def room(self, nbytes: int) -> Any:
        self.rooms.append(nbytes)
        return torch.full((nbytes,), UNTOUCHED, dtype=torch.uint8)

    def copier(self, device: Any) -> device_copies.Copier:
        assert self.waits % 2 == 1, "a walk waits for what was begun before it"
        return lambda part, storage: self.begun.append((part, storage))

    def wait(self, device: Any) -> None:
        self.waits += 1
        for part, storage in self.begun:
            part.tensor().copy_(device_copies.bytes_of(storage, part.nbytes))
        self.begun = []


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Late:
    """Every storage is on it, though the processor could see them."""
    late = Late()
    monkeypatch.setitem(device_copies.KINDS, "cpu", late)
    monkeypatch.setattr(tensors, "device_of", lambda storage: "late:0")
    monkeypatch.setattr(tensor_restore, "storage_on", lambda device, nbytes: torch.UntypedStorage(nbytes))
    monkeypatch.setattr(snapshot, "walk_with", lambda native, project, frozen: Walk(project, describer_of, frozen))
    return late


TRAINING = """
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 1))
model[2].weight = torch.nn.Parameter(model[0].weight.view(8, 4)[:1].repeat(1, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
half, view = torch.zeros(6, dtype=torch.bfloat16), torch.zeros(100)[10:20]
best = None
for epoch in range(4):  # probe
    for step in range(3):  # skip
        loss = (model(torch.randn(16, 4)) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        half += loss.detach()
        view[step] = loss.item()
        best = loss.detach().clone() if best is None or loss < best else best
    print(epoch, half.tolist(), view.sum().item(), best.item(), sum(p.double().sum().item() for p in model.parameters()))
"""


def test_a_training_on_a_device_is_restored(device: Late) -> None:
    check_loops(TRAINING)
    assert device.waits > 0 and device.waits % 2 == 0 and not device.begun


def test_each_walk_waits_once_for_all_its_copies(device: Late) -> None:
    taken = record(TRAINING).core.taken
    walks = len(taken)
    assert walks >= 4 and device.waits == 2 * walks
    assert len(device.rooms) == walks, "small storages share a block"


def test_a_copy_is_what_was_reached_and_stays_as_it_was(device: Late) -> None:
    large = torch.arange(3_000_000, dtype=torch.float32)
    small = torch.tensor([2, 3, 4], dtype=torch.int16).expand(2, 3)
    unused = torch.empty(0)
    walk = walked(state=[large, small, unused])
    assert walk.device_copies is not None
    walk.device_copies.wait()
    expected = large.clone()
    large += 1
    by_bytes = {leaf.nbytes: leaf for leaf in walk.leaves}
    assert {leaf.content for leaf in walk.leaves if leaf.nbytes} == {COPY}
    held = by_bytes[12_000_000]
    assert held.origin == large.data_ptr()
    assert ctypes.string_at(held.address, held.nbytes) == expected.numpy().tobytes()
    assert ctypes.string_at(by_bytes[6].address, 6) == torch.tensor([2, 3, 4], dtype=torch.int16).numpy().tobytes()
    assert device.rooms[-1] == 1 << 24, "what is pinned is a power of two"


def test_blocks_are_filled_before_there_is_another(device: Late) -> None:
    copies = device_copies.DeviceCopies()
    storages = [
        torch.full((size,), number, dtype=torch.uint8).untyped_storage() for number, size in enumerate([700_000, 500_000, 200, 3])
    ]
    found = [copies.begin(storage, storage.nbytes()) for storage in storages]
    copies.wait()
    assert device.rooms == [1 << 20, 2 << 20]
    assert [set(part.tensor().tolist()) for part in found] == [{0}, {1}, {2}, {3}]
    assert all(part.address == part.tensor().data_ptr() and part.address % 64 == found[0].address % 64 for part in found)


def test_copies_that_nobody_reads_end_before_their_memory_is_given_back(device: Late) -> None:
    copies = device_copies.DeviceCopies()
    copies.begin(torch.ones(3).untyped_storage(), 12)
    assert device.begun
    del copies
    assert not device.begun and device.waits == 2


def test_there_is_no_state_of_what_the_driver_refuses_to_copy(device: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> int:
        return 700

    monkeypatch.setattr(device, "copier", lambda kind: device_copies._by_driver(refuse))
    with pytest.raises(RuntimeError, match="cuMemcpyDtoHAsync: error 700"):
        walked(state=torch.ones(3))


def test_nothing_is_read_while_a_graph_is_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the device would end the capture with an error, in the program."""
    assert "torch" in sys.modules
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    monkeypatch.setattr(tensors, "_is_pinned", lambda storage: False)
    recorded = record("for epoch in range(3):\n    for step in range(3):\n        pass\n    print(epoch)\n")
    assert not recorded.core.taken
    assert {site.reason for site in recorded.session.runtime.sites} == {"a CUDA graph is being captured"}


def test_what_comes_before_a_captured_graph_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first steps start libraries up, for which the capture would be too late."""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    program = "import torch\ndef capture(): return torch.cuda.CUDAGraph()\nfor step in range(3):\n    pass\n"
    recorded = record(program)
    assert not recorded.core.taken
    reasons = {site.reason for site in recorded.session.runtime.sites if not site.is_call}
    assert reasons == {"the program captures CUDA graphs, before which its steps have to be executed"}
