"""Where the `florpy` command is that belongs to this package."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

# Names the binary, where it is in none of the usual places.
_NAMED = "FLORPY"


def florpy() -> str:
    """The path of the command. Raises FileNotFoundError where there is none."""
    for candidate in _candidates():
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError(f"the florpy command was not found\n\nhint: put it on PATH, or name it in {_NAMED}")


def _candidates() -> list[str]:
    package = Path(__file__).resolve().parents[2]  # the folder that holds `flor`
    places = [os.environ.get(_NAMED), os.path.join(sysconfig.get_path("scripts"), "florpy")]
    # An installed tree has the package in share/florpy/python; a checkout has the build beside it.
    places += [str(package.parents[2] / "bin" / "florpy")] if len(package.parents) > 2 else []
    places += [str(package.parent / ".build" / kind / "florpy") for kind in ("release", "debug")]
    places += [shutil.which("florpy")]
    return [place for place in places if place]
