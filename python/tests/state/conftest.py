"""Ways to run the tests of this folder."""

from __future__ import annotations

import pytest

from .. import native, simulation


@pytest.fixture(params=["in Python", "natively"])
def counting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever uses this is run twice: executions that are only counted are opened and closed in Python, and natively."""
    if request.param == "natively":
        monkeypatch.setattr(simulation, "shortcut", native.shortcut)
