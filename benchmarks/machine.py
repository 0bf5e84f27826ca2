"""The facts about this machine and this checkout that a time needs beside it."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path

VERSIONS = """
import platform, torch, numpy
print(platform.python_version(), torch.__version__, numpy.__version__)
"""


def facts(python: str, repository: Path) -> dict[str, str]:
    """Named facts, in the order in which they are to be shown."""
    versions = subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=True).stdout.split()
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "commit": commit(repository),
        "processor": processor(),
        "cores": f"{len(os.sched_getaffinity(0))}, load {os.getloadavg()[1]:.1f} over the last five minutes",
        "Python, torch, NumPy": ", ".join(versions),
    }


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


def commit(repository: Path) -> str:
    """The commit that is checked out, and whether files differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude", "*"], cwd=repository, capture_output=True, text=True
    )
    return told.stdout.strip() if told.returncode == 0 else "not a git checkout"
