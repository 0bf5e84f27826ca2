"""One script recorded and replayed with its probes, beside plain runs of the same in fresh copies of the folder.

Probes are comment lines `#@ statement`. The replay has to print what the edited script prints where nothing has run
before, and has to leave every file as the recording left it.
"""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path
from typing import Any

from ..endtoend.project import Outcome, Project

Tree = dict[str, tuple[Any, ...]]


def tree(folder: Path) -> Tree:
    """Every name below a folder with its kind, bits, time and content; without the store and Python's caches."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if {".flor", "__pycache__"} & set(path.parts) or name == "train.py":
            continue
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[name] = (oct(status.st_mode), status.st_mtime_ns, status.st_ino, content)
    return found


class Cycle:
    """`folder` gets three copies of the files that there are before the script runs."""

    def __init__(self, folder: Path, script: str, files: dict[str, str | bytes], python: str = sys.executable) -> None:
        # The same path for all of them, as the scripts print paths: the copies take turns.
        self.project = Project(folder / "project", python)
        self._fresh = folder / "fresh"
        for name, content in {**files, "train.py": textwrap.dedent(script)}.items():
            self.project.write(name, content)
        self._fresh = self.project.copy(folder / "fresh").folder
        self._folder = folder

    def record(self) -> Outcome:
        return self.project.record("train.py")

    def plain(self, script: str) -> Outcome:
        """In a fresh copy, at the same path."""
        away = self.project.folder.rename(self._folder / "away")
        fresh = Project(self._fresh, self.project.python).copy(self._folder / "project")
        (fresh.folder / "train.py").write_text(script, encoding="utf-8")
        outcome = fresh.plain("train.py")
        fresh.folder.rename(self._folder / f"plain-{len(list(self._folder.iterdir()))}")
        away.rename(self._folder / "project")
        return outcome

    def check(self, replays: int = 2) -> Tree:
        """Records, replays, compares; the tree that stayed."""
        script = (self.project.folder / "train.py").read_text(encoding="utf-8")
        edited = script.replace("#@ ", "")
        recorded, plain = self.record(), self.plain(script)
        assert recorded.text == plain.text, recorded.complaint
        before = tree(self.project.folder)
        (self.project.folder / "train.py").write_text(edited, encoding="utf-8")
        expected = self.plain(edited)
        for _ in range(replays):
            replayed = self.project.replay("train.py")
            assert replayed.text == expected.text, replayed.complaint
            assert replayed.status == expected.status, replayed.complaint
            assert tree(self.project.folder) == before
        return before
