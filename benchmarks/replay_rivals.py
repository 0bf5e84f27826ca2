"""Replays beside FlorDB's: the same probe, added to the same training after it was recorded by each.

FlorDB 3.4.10 keeps what the script names in `flor.checkpointing`, at the end of each iteration of the outermost `flor.loop`, and
loads it where that iteration begins again; 4.0.1 keeps nothing for a replay and runs all again. Both need a git repository, a
`flor.loop` around what they are to tell apart, and a value logged outside of all loops, which `flor.arg` gives; a probe is a
`flor.log` to them. So the probe, which prints elsewhere, is one in their scripts. Their replay is the one that their manuals tell
of, answered `y`. Where that of 3.4.10 has a nested loop do one step an epoch only, its script is also asked for each step, in the
words in which that replay asks it.

Equal is the replay whose values of the probe, all and in their order, are those of a full run of the edited script under plain
Python, compared as the texts that `str` makes of them, which tell any two numbers apart: what florpy's replay prints, and what
FlorDB's has put into its database. Nothing else is compared here. Times are of the whole command, from its start to its end. Lines
are those that the recorded script does not share with the one that knows of no tool. Each version has an environment of its own.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from training import Tools, Training

HEADER = ["replay by", "probe", "full re-run s", "replay s", "times faster", "equal to a full re-run", "lines changed"]
PROBES = ("outer", "inner")


@dataclass(frozen=True)
class Way:
    """How a replay is asked for: what follows `python`, with `{epochs}` and `{steps}` for the numbers of them all, with commas."""

    name: str
    words: tuple[str, ...]
    probes: tuple[str, ...] = PROBES


@dataclass(frozen=True)
class Rival:
    """A version of FlorDB: what installs it, how the script is told of it, and its ways to replay."""

    name: str
    packages: tuple[str, ...]
    edits: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]

    def told(self, text: str) -> str:
        for old, new in self.edits:
            if text.count(old) != 1:
                sys.exit(f"benchmark: the workload has not one {old!r}, for {self.name} to be told of")
            text = text.replace(old, new)
        return text


LOOPS = (
    ("import time\n", "import time\nimport flordb as flor\n"),
    ("epochs = 20\n", 'epochs = flor.arg("epochs", 20)\n'),
    ("in range(epochs):\n", 'in flor.loop("epoch", range(epochs)):\n'),
    ("in range(steps):\n", 'in flor.loop("step", range(steps)):\n'),
)
# What stands for a `with`, which would move every line of the loop. The generator of random numbers is not among what is kept:
# what is no array, no table and not of torch, 3.4.10 loads as if it were a dict, and fails.
KEPT = (
    ("for epoch", "kept = flor.checkpointing(weights=weights, moments=moments)\nkept.__enter__()\nfor epoch"),
    ('print("ends"', 'kept.__exit__(None, None, None)\nprint("ends"'),
)
RIVALS = (
    Rival(
        "flordb 3.4.10",
        ("flordb==3.4.10", "pandas<3", "setuptools<81"),  # it merges columns of text with columns of time, which pandas 3 refuses
        LOOPS + KEPT,
        (
            Way("flordb 3.4.10", ("-m", "flordb", "replay", "probe")),
            Way(
                "flordb 3.4.10, each step asked for",
                ("train.py", "--replay_flor", "probe", "epoch={epochs}", "step={steps}"),
                probes=("inner",),
            ),
        ),
    ),
    Rival(
        "flordb 4.0.1",
        ("flordb==4.0.1", "setuptools<81"),
        LOOPS,
        (Way("flordb 4.0.1", ("-m", "flordb", "replay", "--apply", "probe", "--iter", "epoch=all", "--iter", "step=all")),),
    ),
)


@dataclass
class Replayed:
    """One replay: how long it took, and the probe's values; or why there are none."""

    seconds: float
    values: list[str] = field(default_factory=list)
    failure: str = ""


def last_line(text: str) -> str:
    """The line in which a program says why it ended, short enough for a cell."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].replace("|", "/")[:80] if lines else "no word why"


def installed(rival: Rival, python: str, environments: Path) -> Path:
    """The python of an environment with this version, made where it is not there yet, and with the NumPy of `python`."""
    environment = environments / rival.name.replace(" ", "-")
    found = environment / "bin" / "python"
    if not found.exists():
        print(f"installing {rival.packages[0]} …", file=sys.stderr, flush=True)
        subprocess.run([python, "-m", "venv", str(environment)], check=True, capture_output=True, text=True)
    asked = [python, "-c", "import numpy; print(numpy.__version__)"]
    numpy = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    pip = [str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1"]
    subprocess.run([*pip, *rival.packages, f"numpy=={numpy}"], check=True, capture_output=True, text=True)
    return found


class Recorded:
    """A training that FlorDB has recorded, in a repository of its own, with a home of its own. Each replay is of a copy of both."""

    def __init__(self, rival: Rival, python: Path, text: str, place: Path) -> None:
        self.python, self.text, self.place = python, rival.told(text), place
        project = place / "project"
        project.mkdir(parents=True)
        (place / "home").mkdir()
        (project / "train.py").write_text(self.text, encoding="utf-8")
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "begin"]):
            self.run(place, "git", *words).check_returncode()
        self.run(place, str(python), "train.py").check_returncode()

    def run(self, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Consents to whatever it asks. FlorDB itself runs `python`, commits, and may write into the home."""
        environment = os.environ | {"HOME": str(place / "home"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment["PATH"] = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "benchmark", f"GIT_{who}_EMAIL": "benchmark@localhost"}
        return subprocess.run(words, cwd=place / "project", env=environment, input="y\n", capture_output=True, text=True)

    def replayed(self, way: Way, probe: str) -> Replayed:
        copy = self.place.with_name(f"{self.place.name}-replayed")
        shutil.copytree(self.place, copy, symlinks=True)
        try:
            edited = re.sub(rf"# {probe}: print\((.*), flush=True\)", r"flor.log(\1)", self.text)
            (copy / "project" / "train.py").write_text(edited, encoding="utf-8")
            all_of = {size: numbers_below(self.text, size) for size in ("epochs", "steps")}
            began = time.perf_counter()
            done = self.run(copy, str(self.python), *(word.format(**all_of) for word in way.words))
            seconds = time.perf_counter() - began
            if done.returncode != 0:
                return Replayed(seconds, failure=f"failed: {last_line(done.stderr)}")
            values = logged(copy)  # its own status is 0 where the script that it ran has failed
            return Replayed(seconds, values, failure="" if values else f"no values: {last_line(done.stderr)}")
        finally:
            shutil.rmtree(copy)


def numbers_below(text: str, size: str) -> str:
    """All numbers below what the script has as that size, with commas."""
    stated = re.search(rf"^{size} = \D*(\d+)\)?$", text, flags=re.M)
    assert stated, f"the workload does not state {size}"
    return ",".join(str(number) for number in range(int(stated[1])))


def logged(place: Path) -> list[str]:
    """The probe's values in the database of a recording that had none: those that its replay has put there, as they came."""
    (database,) = place.rglob("*.db")
    connection = sqlite3.connect(database)
    try:
        return [value for (value,) in connection.execute("SELECT value FROM logs WHERE value_name = 'probe' ORDER BY rowid")]
    finally:
        connection.close()


def printed(output: bytes) -> list[str]:
    return [line.removeprefix("probe ") for line in output.decode().splitlines() if line.startswith("probe ")]


def agreement(replayed: Replayed, wanted: list[str]) -> str:
    if replayed.failure:
        return replayed.failure
    if replayed.values == wanted:
        return f"yes, {len(wanted)} values"
    if len(replayed.values) == len(wanted):
        return f"no, {sum(one != other for one, other in zip(replayed.values, wanted, strict=True))} of {len(wanted)} values differ"
    return f"no, {len(replayed.values)} values for {len(wanted)}, {len(set(replayed.values) & set(wanted))} of them among those"


def lines_changed(before: str, after: str) -> int:
    """Lines that are new, or not what they were."""
    return sum(line.startswith("+ ") for line in difflib.ndiff(before.splitlines(), after.splitlines()))


@dataclass
class Row:
    """One way beside full re-runs: both turn by turn."""

    name: str
    probe: str
    lines: int
    plain: list[float] = field(default_factory=list)
    replays: list[Replayed] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)

    def add(self, plain_seconds: float, wanted: list[str], replayed: Replayed) -> None:
        self.plain.append(plain_seconds)
        self.replays.append(replayed)
        self.verdicts.append(agreement(replayed, wanted))

    def cells(self) -> list[str]:
        """A difference in any turn is the verdict."""
        plain, seconds = median(self.plain), median(replay.seconds for replay in self.replays)
        verdict = min(self.verdicts, key=lambda verdict: verdict.startswith("yes"))
        has_failed = any(replay.failure for replay in self.replays)
        times = ["", ""] if has_failed else [f"{seconds:.1f}", f"{plain / seconds:.1f}"]
        return [self.name, self.probe, f"{plain:.1f}", *times, verdict, str(self.lines)]


def recorded_by_rivals(text: str, python: str, place: Path, environments: Path) -> dict[str, Recorded | str]:
    """Each version's recording, or why there is none."""
    found: dict[str, Recorded | str] = {}
    for rival in RIVALS:
        try:
            found[rival.name] = Recorded(rival, installed(rival, python, environments), text, place / rival.name)
        except subprocess.CalledProcessError as error:
            found[rival.name] = f"not measured: {last_line(error.stderr or '')}"
        except OSError as error:
            found[rival.name] = f"not measured: {last_line(str(error))}"
    return found


def beside(tools: Tools, training: Training, probe: str, recordings: dict[str, Recorded | str]) -> list[list[str]]:
    """The rows of one probe; every turn has a full re-run and each replay once."""
    edited = training.with_probe(probe)
    training.write(edited)
    own = Row("florpy", probe, 0)
    others: list[tuple[Row, Recorded, Way]] = []
    for rival in RIVALS:
        if isinstance(recording := recordings[rival.name], Recorded):
            lines = lines_changed(training.text, recording.text)
            others += [(Row(way.name, probe, lines), recording, way) for way in rival.ways if probe in way.probes]
    for _ in range(tools.turns):
        plain = training.plain(edited)
        wanted = printed(plain.output)
        done, _ = tools.replay(training.folder)
        own.add(plain.seconds, wanted, Replayed(done.seconds, printed(done.output)))
        for row, recording, way in others:
            row.add(plain.seconds, wanted, recording.replayed(way, probe))
    return [row.cells() for row in (own, *(row for row, _, _ in others))]


def rivals(tools: Tools, place: Path, given: argparse.Namespace) -> list[list[str]]:
    """An outer and an inner probe, replayed by florpy and by each version of FlorDB."""
    training = Training(tools, "nested.py", place / "nested", [])
    training.record()
    environments = Path(given.environments).absolute() if given.environments else place / "environments"
    recordings = recorded_by_rivals(training.text, tools.python, place / "rivals", environments)
    rows = [row for probe in PROBES for row in beside(tools, training, probe, recordings)]
    return rows + [[name, "", "", "", "", why, ""] for name, why in recordings.items() if isinstance(why, str)]
