"""One recording that goes wrong, and what has to hold afterwards whatever it was."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..endtoend.project import Outcome, Project
from ..florpy_binary import built_florpy
from .faults import Fault, Faults, Met

# About what a line of the output takes.
LINE_SECONDS = 0.01
INTERRUPTED_STATUS, NOT_FOUND_STATUS, DAMAGED_STATUS = 74, 66, 65
# It prints, keeps state in three kinds of objects, and writes files.
TRAINING = """
    import random, time
    random.seed(5)
    weights = [0.0] * 1000
    history, best = [], {}
    for epoch in range(4):
        total = 0.0
        for step in range(3):
            time.sleep(0.002)
            weights[step] += random.gauss(0, 1)
            total += weights[step]
            print("step", epoch, step, repr(total))
        history.append(total)
        best[epoch] = max(weights)
        with open("best.txt", "a") as file:
            file.write(repr(best[epoch]))
        print("epoch", epoch, repr(sum(history)))
    print("done", repr(sum(weights)), flush=True)
"""
PROBE = ("history.append(total)", 'print("probe", epoch, len(history), repr(max(weights)))')


class Broken(AssertionError):
    """Something does not hold after a crash."""


@dataclass(frozen=True)
class Aftermath:
    """What a trial came to: `unrecorded`, `interrupted` or `finished`, with so many checkpoints."""

    end: str
    checkpoints: int
    met: Met | None = None


class Trials:
    """Recordings of one training, each in a folder of its own below `folder`, in memory where there is room for files there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._faults = Faults(folder)
        pristine = Project(folder / "pristine")
        pristine.write("train.py", TRAINING)
        self._plain = pristine.copy(folder / "plain")
        self.printed = self._plain.plain("train.py")
        edited = pristine.copy(folder / "edited")
        edited.after("train.py", *PROBE)
        self._edited_text = (edited.folder / "train.py").read_bytes()
        self._expected = edited.plain("train.py")
        self._pristine = pristine
        with self._project() as project:
            began = time.monotonic()
            project.record("train.py")
            self.seconds = time.monotonic() - began
        with self._project() as project:
            # How many calls a recording makes on its store; some come in another order each time, or not at all.
            self.calls = self._recorded(project, Fault("count"))[1].calls

    def killed(self, chance: random.Random) -> Aftermath:
        """Supervisor, host, or both, at an instant that has nothing to do with what they do.

        It is counted from a line of the output, so that trials lie all over the run however fast the machine is.
        """
        with self._project() as project, self._started(project) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(len(self.printed.stdout.splitlines()) + 1)):
                process.stdout.readline()
            time.sleep(chance.uniform(0, LINE_SECONDS if chance.random() < 0.9 else self.seconds))
            victims = [process.pid, *_children(process.pid)]
            chance.shuffle(victims)
            for victim in victims[: chance.randint(1, 2)]:
                _kill(victim)
            process.communicate(timeout=60)
            _wait_until_unlocked(project)
            return self._aftermath(project)

    def faulty(self, fault: Fault) -> Aftermath:
        with self._project() as project:
            outcome, met = self._recorded(project, fault)
            if fault.kind == "kill":
                _wait_until_unlocked(project)
            else:
                self._hold_to_plain(project, outcome)
            return self._aftermath(project, met)

    @contextmanager
    def _project(self) -> Iterator[Project]:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            yield self._pristine.copy(Path(folder) / "project")

    def _recorded(self, project: Project, fault: Fault) -> tuple[Outcome, Met]:
        counter = project.folder.parent / "counter"
        environment = self._faults.environment(fault, project.store, counter)
        outcome = project.record("train.py", **environment)
        return outcome, self._faults.met(counter)

    def _started(self, project: Project) -> subprocess.Popen[bytes]:
        command = [built_florpy(), "record", "--python", project.python, "--overhead", "unlimited", "train.py"]
        environment = project.environment(PYTHONUNBUFFERED="1")
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(command, cwd=project.folder, env=environment, stdin=nowhere, stdout=pipe, stderr=nowhere)

    def _hold_to_plain(self, project: Project, outcome: Outcome) -> None:
        """The training never fails because of us."""
        if (outcome.stdout, outcome.status) != (self.printed.stdout, self.printed.status):
            raise Broken(f"the training was disturbed: status {outcome.status}\n{outcome.text}\n{outcome.complaint}")
        if (project.folder / "best.txt").read_bytes() != (self._plain.folder / "best.txt").read_bytes():
            raise Broken("the training wrote another file")

    def _aftermath(self, project: Project, met: Met | None = None) -> Aftermath:
        """What was committed verifies, and a replay prints what the edited script would, as far as the record goes."""
        checkpoints = self._verified(project)
        (project.folder / "train.py").write_bytes(self._edited_text)
        answer = project.replay("train.py")
        end = self._end(project, answer)
        if _untold(answer.complaint):
            raise Broken(f"a replay that says nothing of why it ended with {answer.status}:\n{answer.complaint}")
        return Aftermath(end, checkpoints, met)

    def _verified(self, project: Project) -> int:
        if not (project.store / "runs").is_dir() or not project.runs():
            return 0
        outcome = project.florpy("verify", "--json")
        (verdict,) = json.loads(outcome.stdout)
        if (outcome.status, verdict["sound"]) != (0, True):
            raise Broken(f"the run is not sound: {verdict}")
        count: int = verdict["checkpoints"]
        return count

    def _end(self, project: Project, answer: Outcome) -> str:
        if answer.status == NOT_FOUND_STATUS and not answer.stdout:
            return "unrecorded"
        if answer.status == DAMAGED_STATUS and not answer.stdout and "not all of its sources could be kept" in answer.complaint:
            return "unrecorded"
        ended = (project.the_run() / "end.json").exists()
        whole = answer.stdout == self._expected.stdout
        if ended and whole and answer.status == 0:
            return "finished"
        if not ended and answer.status == INTERRUPTED_STATUS and self._expected.stdout.startswith(answer.stdout):
            return "interrupted"
        raise Broken(f"a replay that ended with {answer.status} and printed\n{answer.text}\n{answer.complaint}")


def _untold(complaint: str) -> bool:
    return "Traceback" in complaint or "Fatal error" in complaint


def _children(process: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait_until_unlocked(project: Project) -> None:
    """The host dies with its supervisor, but not in the same instant."""
    for run in project.runs() if (project.store / "runs").is_dir() else []:
        if (run / "lock").exists():
            subprocess.run(["flock", "-w", "30", "-s", run / "lock", "true"], check=True)


def memory_folder() -> str | None:
    """Where files are in memory: a trial waits for the disk a hundred times."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 1 << 28 else None
