"""What is not as it was when the run was recorded: the files that the script read, the machine, the libraries."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from . import facts
from .isolation.originals import first_touches
from .record_of_run import PrefixHashes, RecordedRun

# Packages whose version decides about numbers.
_NUMERIC_PACKAGES = ("torch", "numpy", "scipy", "scikit_learn", "jax", "tensorflow", "pandas")


def changed_inputs(run: RecordedRun, root: str, hashes: PrefixHashes) -> list[str]:
    """The files that are others now, in words. Of those that the script changed itself a replay has what they were."""
    own = {file["path"] for file in first_touches(os.path.join(run.folder, "files.jsonl"))}
    found = []
    for file in _first_lines(os.path.join(run.folder, "inputs.jsonl")):
        if file["path"] not in own:
            path = _present(file["path"], run.header["root"], root)
            change = _change(path, file, hashes)
            if change is not None:
                found.append(f"`{_shown(path, root)}`, which the script reads, {change}")
    return found


def _first_lines(path: str) -> Iterator[dict[str, Any]]:
    """The first line of each path."""
    if not os.path.exists(path):
        return
    seen: set[str] = set()
    with open(path, encoding="utf-8") as file:
        for line in file:
            one = json.loads(line) if line.endswith("\n") else None
            if one is not None and one["path"] not in seen:
                seen.add(one["path"])
                yield one


def _present(path: str, recorded_root: str, root: str) -> str:
    """Where a file of the project is, if that was moved."""
    inside = os.path.relpath(path, recorded_root)
    return path if inside.startswith(os.pardir) else os.path.join(root, inside)


def _shown(path: str, root: str) -> str:
    inside = os.path.relpath(path, root)
    return path if inside.startswith(os.pardir) else inside


def _change(path: str, recorded: dict[str, Any], hashes: PrefixHashes) -> str | None:
    try:
        status = os.stat(path)
        if status.st_size != recorded["bytes"]:
            return f"has {status.st_size} bytes, it had {recorded['bytes']}"
        if status.st_mtime_ns == recorded["modified_nanoseconds"]:
            return None
        if recorded["hash"] is None:
            return "was written since, and is too large for its content to be known"
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return "is not there any more"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if hashes(content, [len(content)]) == [recorded["hash"]] else "has another content"


def opened_connections(run: RecordedRun) -> list[str]:
    """What is to be said of a script that talks to others."""
    opened = (run.end or {}).get("connections") or {"count": 0}
    if not opened["count"]:
        return []
    return [
        f"the script opened {opened['count']} network connections when it was recorded (the first to {opened['first']}); "
        "what is executed again opens its own, and may be answered otherwise"
    ]


def machine_differences(header: dict[str, Any]) -> list[str]:
    """What of the machine is not as it was, each with both values."""
    found = []
    here = facts.python()
    if header["python"]["version"] != here["version"]:
        found.append(f"Python is {here['version']}, it was {header['python']['version']}")
    packages = facts.packages()
    for name in _NUMERIC_PACKAGES:
        before, now = header["packages"].get(name), packages.get(name)
        if before != now:
            found.append(f"{name} is {now or 'not installed'}, it was {before or 'not installed'}")
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED", "CUDA_VISIBLE_DEVICES"):
        before, now = header["environment"].get(name), os.environ.get(name)
        if before != now:
            found.append(f"{name} is {now or 'not set'}, it was {before or 'not set'}")
    devices = facts.devices()
    if header["devices"] != devices:
        found.append(f"the devices are {_listed(devices)}, they were {_listed(header['devices'])}")
    cores = facts.cores()
    if "OMP_NUM_THREADS" not in os.environ and header.get("cores", cores) != cores:
        found.append(f"there are {cores} cores, and so many threads; there were {header['cores']}")
    return found


def _listed(devices: list[str]) -> str:
    return ", ".join(devices) or "none"
