"""The binary under test: the one that $FLORPY names, else the release build, else the debug build."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def built_florpy() -> str:
    """Skips the test where nothing was built."""
    named = os.environ.get("FLORPY")
    places = [Path(named)] if named else [REPOSITORY / ".build" / kind / "florpy" for kind in ("release", "debug")]
    for place in places:
        if place.exists():
            return str(place.resolve())
    pytest.skip(f"florpy is not built: none of {', '.join(map(str, places))}")
