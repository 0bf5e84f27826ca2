"""Names of files that are others in each process are read with those of the live one."""

from __future__ import annotations

import os

import pytest

from flor.state import temporary

HERE = os.getpid()
RECORDED = 4321


@pytest.fixture
def recorded_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_recorded_process", "")
    monkeypatch.setattr(os, "getpid", lambda: 98765)
    temporary.know_recorded_process(RECORDED)


@pytest.mark.usefixtures("recorded_process")
@pytest.mark.parametrize(
    ("recorded", "live", "expected"),
    [
        (
            "board/events.out.1795795962.vm.4321.0",
            "board/events.out.1795795979.vm.98765.0",
            {"1795795962.vm.4321": "1795795979.vm.98765"},
        ),
        ("run-4321", "run-98765", {"4321": "98765"}),
        ("run-4321-step-7", "run-98765-step-8", {}),  # the step is the program's
        ("run-4321", "job-98765", {}),
        ("run-4321", "run-98764", {}),
        ("1795795962", "1795795979", {}),  # a time alone is not a name of the process
        ("run-4321", "run-4321", {}),
    ],
)
def test_what_stands_for_what(recorded: str, live: str, expected: dict[str, str]) -> None:
    assert temporary._names_of_process(recorded, live) == expected


@pytest.mark.usefixtures("recorded_process")
def test_bytes_are_names_as_well() -> None:
    node = ("o", 0, None, 1, ("board/x.4321", b"board/x.4321", b"\xff" * 5000 + b"4321", 3))
    pattern = temporary.re.compile("4321")
    renamed = temporary._renamed(node, pattern, {"4321": "98765"})
    assert renamed == ("o", 0, None, 1, ("board/x.98765", b"board/x.98765", b"\xff" * 5000 + b"4321", 3))


def test_a_short_number_may_be_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_recorded_process", "")
    temporary.know_recorded_process(7)
    assert temporary._names_of_process("epoch 7", f"epoch {HERE}") == {}
