"""What a recorded run says of its own size."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RecordedRun:
    """How many checkpoints a run holds, how many bytes its folder, and what share of the time it lost by its own account."""

    checkpoints: int
    bytes: int
    overhead: float


def latest_run(florpy: str, folder: Path) -> RecordedRun:
    """The last run that was recorded in a script's folder, as `florpy show` describes it."""
    told = subprocess.run([florpy, "show", "--json"], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    portrait = json.loads(told)
    end = portrait["end"]
    lost = end["lost_seconds"]
    return RecordedRun(portrait["checkpoints"], portrait["bytes"], lost / (end["seconds"] - lost))
