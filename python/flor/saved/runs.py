"""The runs of a store that a script may restore from, and reading the checkpoints of one."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from typing import Any

import _flor

from ..logged import opening

LATEST = "latest"


def store() -> str:
    """The store of this process."""
    hosted = opening.hosted()
    return opening.store() if hosted is None else str(hosted["store"])


def candidates(named: str | None) -> list[str]:
    """Names of the runs to look for checkpoints in, the newest first. `LookupError` where `named` names none, or several."""
    before = _recorded_run()
    names = [name for name in _all() if before is None or name < before]
    if named is None:
        return [name for name in names if _is_of_this_script(name)]
    found = names if named == LATEST else [name for name in names if name.startswith(named)]
    if len(found) > 1 and named != LATEST:
        found = [name for name in found if name == named]
    if not found:
        raise LookupError(
            f"flor: no run `{named}` in `{store()}`, or more than one that begins so\n\nhint: `florpy runs` lists them"
        )
    return found


def check_trust(name: str) -> None:
    """`PermissionError` where others could have put something into the run: restoring makes objects of what it says."""
    folder = _folder(name)
    for path in (folder, *(os.path.join(folder, part) for part in ("run.json", "checkpoints", "packs"))):
        try:
            facts = os.stat(path)
        except FileNotFoundError:
            continue
        if facts.st_uid != os.geteuid() or facts.st_mode & 0o002:
            raise PermissionError(f"flor: others than you can write to `{path}`\n\nhint: restore from a copy that is yours alone")


class Reader:
    """The checkpoints of one run, until another one is opened. `RuntimeError` where it cannot be read."""

    def __init__(self, name: str) -> None:
        self.name = name
        _flor.open_saved(store(), name)

    def checkpoints(self) -> list[tuple[int, dict[str, Any]]]:
        return [(number, json.loads(manifest)) for number, manifest in _flor.saved_checkpoints()]

    def damages(self) -> dict[int, str]:
        """Of the checkpoints that cannot be read at all: what is wrong, by number."""
        names = os.listdir(os.path.join(_folder(self.name), "checkpoints"))
        readable = {number for number, _ in _flor.saved_checkpoints()}
        return dict(zip(sorted({int(name) for name in names if name.isdigit()} - readable), _flor.saved_damages()))

    def graph(self, number: int) -> bytes:
        return _flor.saved_graph(number)

    def leaf_hashes(self, number: int) -> list[bytes]:
        hashes: Any = _flor.saved_leaf_hashes(number)
        return list(hashes)

    def load(self, number: int, targets: list[tuple[int, int]]) -> int:
        return _flor.saved_load(number, targets)

    def read_leaf(self, number: int, leaf: int) -> bytes:
        return _flor.saved_read_leaf(number, leaf)


def _folder(name: str) -> str:
    return os.path.join(store(), "runs", name)


def _all() -> list[str]:
    try:
        names: list[str] = os.listdir(os.path.join(store(), "runs"))
    except OSError:
        return []
    return sorted(names, reverse=True)


def _recorded_run() -> str | None:
    """The run that florpy records or replays here: what came after it, its script did not see."""
    hosted = opening.hosted()
    if hosted is None:
        return None
    return os.path.basename(hosted["run_folder"]) if "run_folder" in hosted else str(hosted.get("run", ""))


def _is_of_this_script(name: str) -> bool:
    """Whether this script has left the run, with the same arguments: in this process, or in one that has ended."""
    try:
        with open(os.path.join(_folder(name), "run.json"), encoding="utf-8") as file:
            header = json.load(file)
        script, module, _ = opening.program()
        is_of_script = header["log_only"] and header["script"] == (module or script)
        if not is_of_script or _arguments(header["argv"]) != _arguments(sys.argv):
            return False
        return header["pid"] == os.getpid() or not _is_held(name)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _arguments(words: list[str]) -> list[str]:
    """Those of a script; what a notebook's kernel was started with says nothing."""
    return words[1:] if hasattr(sys.modules.get("__main__"), "__file__") else []


def _is_held(name: str) -> bool:
    """Whether a process is still writing to the run."""
    with open(os.path.join(_folder(name), "lock"), "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
