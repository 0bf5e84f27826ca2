"""A replay that runs, to be disturbed; and the processes that are there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ..florpy_binary import built_florpy
from .project import Project


class Running:
    """A replay by several workers of which the first has printed something. All its processes are of one session."""

    def __init__(self, project: Project, workers: int, *words: Any, **variables: str) -> None:
        command = [built_florpy(), "replay", "--python", project.python, "-j", workers, *words, "train.py"]
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=project.folder,
            env=project.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._beginning = self._process.stdout.read(1)
        self.pid = self._process.pid
        self.workers = self._children()
        # As many as are about as fast as any number up to that, by the times of this recording.
        assert 1 < len(self.workers) <= workers

    def _children(self) -> list[int]:
        return [int(one) for one in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def end(self) -> tuple[bytes, bytes, int]:
        stdout, stderr = self._process.communicate(timeout=60)
        return self._beginning + stdout, stderr, self._process.returncode

    def close_output(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()

    def wait(self) -> int:
        return self._process.wait(timeout=30)

    def left_over(self) -> list[int]:
        """Those of the session that live; nobody may be there to bury the dead."""
        return session_of(self.pid)


def session_of(leader: int) -> list[int]:
    """The processes of a session that live, without its leader."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        facts = _facts(int(folder.name))
        if len(facts) > 3 and facts[3] == str(leader) and facts[0] not in ("Z", "X"):
            found.append(int(folder.name))
    return [process for process in found if process != leader]


def state_of(process: int) -> str:
    return (_facts(process) or [""])[0]


def _facts(process: int) -> list[str]:
    """State, parent, group, session, …; nothing of a process that is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
