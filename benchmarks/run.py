"""What recording costs and what replaying saves: one table, side by side, from one run over the examples.

A plain and a recorded run are taken in turns, so that a change of the machine's load meets both, and the ratio is the
median of the pairs' ratios. The same goes for the edited script (its outer hindsight line switched on), run plainly and
replayed. Nothing is asserted about times; outputs are compared, and a difference ends the benchmark.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import presentation
from presentation import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "scripts"))

from example_set import Example, all_examples
from recorded_run import RecordedRun, latest_run


@dataclass(frozen=True)
class Tools:
    """The two programs that are timed, as absolute paths, and how often."""

    python: str
    florpy: str
    pairs: int


@dataclass
class Pairs:
    """Seconds of two commands that were run in turns."""

    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)

    def add(self, first: float, second: float) -> None:
        self.first.append(first)
        self.second.append(second)

    @property
    def ratio(self) -> float:
        """The median of second over first, pair by pair."""
        return median(b / a for a, b in zip(self.first, self.second, strict=True))


@dataclass(frozen=True)
class Row:
    """What was measured of one example."""

    name: str
    recording: Pairs
    replaying: Pairs
    run: RecordedRun


def timed(words: list[str], script: Path, tools: Tools) -> tuple[float, bytes]:
    """Seconds and standard output of a command in the script's folder, on one core; a failure ends the benchmark."""
    path = os.pathsep.join([str(Path(tools.python).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    began = time.perf_counter()
    done = subprocess.run(words, cwd=script.parent, env=environment, stdout=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"benchmark: {' '.join(words)} ended with status {done.returncode}")
    return seconds, done.stdout


def in_turns(first: tuple[list[str], Path], second: tuple[list[str], Path], tools: Tools) -> Pairs:
    """A B A B …: the seconds of both; both have to print the same."""
    pairs = Pairs()
    for _ in range(tools.pairs):
        seconds, output = timed(*first, tools)
        other_seconds, other_output = timed(*second, tools)
        if other_output != output:
            sys.exit(f"benchmark: {' '.join(second[0])} did not print what {' '.join(first[0])} printed")
        pairs.add(seconds, other_seconds)
    return pairs


def measure(example: Example, place: Path, tools: Tools) -> Row:
    """One example: plain beside recorded, then edited beside replayed."""
    plain = example.copy_to(place / "plain")
    recorded = example.copy_to(place / "recorded")
    run_plainly = [tools.python, plain.name]
    recording = in_turns((run_plainly, plain), ([tools.florpy, "record", recorded.name], recorded), tools)
    for folder in (plain.parent, recorded.parent):
        example.switch_on("outer", folder)
    replaying = in_turns((run_plainly, plain), ([tools.florpy, "replay", recorded.name], recorded), tools)
    return Row(example.name, recording, replaying, latest_run(tools.florpy, recorded.parent))


HEADER = ["example", "plain s", "recorded s", "cost", "edited s", "replayed s", "times faster", "checkpoints", "MB"]


def cells(row: Row) -> list[str]:
    return [
        row.name,
        f"{median(row.recording.first):.2f}",
        f"{median(row.recording.second):.2f}",
        f"{100 * (row.recording.ratio - 1):+.1f} %",
        f"{median(row.replaying.first):.2f}",
        f"{median(row.replaying.second):.2f}",
        f"{1 / row.replaying.ratio:.1f}",
        str(row.run.checkpoints),
        f"{row.run.bytes / 1e6:.2f}",
    ]


def table(rows: list[Row]) -> str:
    return presentation.table([HEADER, *(cells(row) for row in rows)])


def page(rows: list[Row], tools: Tools) -> tuple[str, ...]:
    """The results with the facts of the machine."""
    written = (
        "Written by `make bench`, see run.py. "
        f"Medians of {tools.pairs} runs taken in turns; cost and speed-up are medians of the pairs' ratios.\n"
        "Start-up (the import of torch, a second or more) is in every time.\n"
        "The edited and the replayed script have the outer hindsight line switched on."
    )
    return "# Benchmark results", written, presentation.known(tools.python), table(rows)


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__)
    parser.add_argument("--pairs", type=int, default=3, help="how often each pair is run")
    parser.add_argument("--only", action="append", default=[], metavar="EXAMPLE", help="may be repeated")
    return parser.parse_args()


def main() -> None:
    given = options()
    # A virtual environment's python is a link that must not be resolved; both are started in other folders.
    tools = Tools(os.path.abspath(given.python), os.path.abspath(given.florpy), given.pairs)
    rows = []
    for example in all_examples():
        if given.only and example.name not in given.only:
            continue
        print(f"{example.name}: {4 * tools.pairs} runs …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="florpy-bench-") as place:
            rows.append(measure(example, Path(place), tools))
    if not rows:
        sys.exit("benchmark: no example has that name\n\nhint: the names are in examples/examples.json")
    print(table(rows))
    if given.results:
        presentation.write_page(given.results, *page(rows, tools))


if __name__ == "__main__":
    main()
