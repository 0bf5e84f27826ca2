"""A small project in a folder of its own: run plainly, recorded, edited, replayed, and what each of these showed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..florpy_binary import REPOSITORY, built_florpy

# Only so that nothing hangs for ever: a loaded machine takes long for what is short.
STEP_SECONDS = 300


@dataclass(frozen=True)
class Outcome:
    """What a command left for whoever started it."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="backslashreplace")

    @property
    def complaint(self) -> str:
        return self.stderr.decode(errors="backslashreplace")


class Project:
    """Files, a store, and the commands on them. `python` is the interpreter that everything runs with."""

    between_iterations = False

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.folder, self.python = folder, python
        self._plain: dict[Any, Outcome] = {}
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def of_recorded(cls, training: str, folder: Path) -> Project:
        """With one script, recorded."""
        project = cls(folder / "project")
        project.write("train.py", training)
        project.recorded("train.py")
        return project

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def after(self, name: str, line: str, added: str) -> None:
        """Adds a line with the indentation of the one before."""
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = [number for number, one in enumerate(lines) if one.strip() == line]
        indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        lines.insert(place + 1, indent + added + "\n")
        (self.folder / name).write_text("".join(lines), encoding="utf-8")

    def line_of(self, name: str, line: str) -> int:
        """Where a line that is there once stands now."""
        lines = [one.strip() for one in (self.folder / name).read_text(encoding="utf-8").splitlines()]
        (place,) = [number for number, one in enumerate(lines, 1) if one == line]
        return place

    def environment(self, **variables: str) -> dict[str, str]:
        """One core, the interpreter first on PATH, and nothing that would change how Python writes."""
        found = {name: value for name, value in os.environ.items() if name not in ("PYTHONUNBUFFERED", "PYTHONPATH")}
        found["PATH"] = os.pathsep.join([str(Path(self.python).parent), found.get("PATH", os.defpath)])
        found.setdefault("FLORPY_PYTHON_DIR", str(REPOSITORY / "python"))
        found.pop("VIRTUAL_ENV", None)
        return found | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"} | variables

    def run(self, *words: Any, cwd: Path | None = None, **variables: str) -> Outcome:
        done = subprocess.run(
            [str(word) for word in words],
            cwd=cwd or self.folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def plain(self, *words: Any, **options: Any) -> Outcome:
        return self.run(self.python, *words, **options)

    def florpy(self, command: str, *words: Any, **options: Any) -> Outcome:
        chosen = ("--python", self.python) if command in ("record", "replay") else ()
        return self.run(built_florpy(), command, *chosen, *words, **options)

    def record(self, *words: Any, **options: Any) -> Outcome:
        """With a checkpoint at each end, unless the test says otherwise; there are no others, of which nobody knows how many."""
        between = () if self.between_iterations else ("--only-ends",)
        return self.florpy("record", "--overhead", "unlimited", *between, *words, **options)

    def recorded(self, *words: Any, **options: Any) -> Outcome:
        """Recorded, with nothing to be seen of it."""
        plain, outcome = self.plain(*words, **options), self.record(*words, **options)
        assert outcome == plain, (outcome.text, plain.text, outcome.complaint, plain.complaint)
        return outcome

    def replay(self, *words: Any, **options: Any) -> Outcome:
        return self.florpy("replay", *words, **options)

    def replayed(self, *words: Any, **options: Any) -> dict[str, Any]:
        """Replayed by one worker, exactly as the edited script would run; the replay's report."""
        return self.replayed_by(1, *words, **options)

    def replayed_until(self, checkpoint: int, *words: Any, **options: Any) -> dict[str, Any]:
        """The same with nothing restored after that checkpoint."""
        return self._replayed(("--restore-until", checkpoint), words, options)

    def replayed_by(self, workers: int, *words: Any, **options: Any) -> dict[str, Any]:
        """By so many workers at most."""
        return self._replayed(("-j", workers), words, options)

    def report_of(self, *words: Any, **options: Any) -> dict[str, Any]:
        """The report of a replay, whatever it printed."""
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "report.json"
            outcome = self.replay("--report", place, *words, **options)
            assert place.exists(), outcome.complaint
            report: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return report

    def _replayed(self, settings: tuple[Any, ...], words: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
        """`words` are what was recorded; a replay takes the arguments from the run."""
        named = words[:2] if words[0] == "-m" else words[:1]
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "report.json"
            outcome = self.replay("--report", place, *settings, *named, **options)
            report: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        plain = self._plain_as_edited(words, options)
        assert outcome.text == plain.text, outcome.complaint
        assert (outcome.stdout, outcome.status) == (plain.stdout, plain.status), outcome.complaint
        return report

    def _plain_as_edited(self, words: tuple[Any, ...], options: dict[str, Any]) -> Outcome:
        """Run once for each text of the project."""
        texts = tuple((str(path), path.read_bytes()) for path in sorted(self.folder.rglob("*.py")))
        key = (texts, tuple(map(str, words)), repr(options))
        if key not in self._plain:
            self._plain[key] = self.plain(*words, **options)
        return self._plain[key]

    @property
    def store(self) -> Path:
        return self.folder / ".flor"

    def runs(self) -> list[Path]:
        return sorted((self.store / "runs").iterdir())

    def the_run(self) -> Path:
        (run,) = self.runs()
        return run

    def copy(self, folder: Path) -> Project:
        return Project(Path(shutil.copytree(self.folder, folder, symlinks=True)), self.python)


def by_line(report: dict[str, Any], what: str) -> Counter[str]:
    """`restored` or `executed` of a report, by `path:line`."""
    return Counter({f"{loop['site'][0]}:{loop['line']}": loop[what] for loop in report["loops"]})
