"""Ways to run the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .. import both_walks, native, simulation


@pytest.fixture(params=["in Python", "natively"])
def counting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever uses this is run twice: executions that are only counted are opened and closed in Python, and natively."""
    if request.param == "natively":
        monkeypatch.setattr(simulation, "shortcut", native.shortcut)


@pytest.fixture(autouse=True)
def _both_walks() -> Iterator[None]:
    with both_walks.installed():
        yield
