"""What recording costs a training: each workload plainly, plainly once more, and recorded under several allowances, in turns.

All times are of whole processes, start-up included. A cost is the median of the ratios to the plain run of the same turn; the
second plain run shows what of it is the machine's noise. `told` is what the run says of itself, for what it says in `florpy show`.
Outputs are compared, and a difference ends the benchmark; nothing is asserted about times.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import presentation
from presentation import REPOSITORY, table
from recorded_run import RecordedRun, latest_run

WORKLOADS = REPOSITORY / "benchmarks" / "workloads"
EXAMPLES = REPOSITORY / "examples"


@dataclass(frozen=True)
class Workload:
    """A script with the arguments that make it long enough to mean something: 20 seconds, on a machine of 2026."""

    name: str
    script: Path
    arguments: tuple[str, ...] = ()
    device: str = "cpu"


def _own(name: str, script: str, *arguments: str, device: str = "cpu") -> Workload:
    return Workload(name, WORKLOADS / script, arguments, device)


ALL = (
    Workload("digits_cnn", EXAMPLES / "digits_cnn.py"),
    Workload("char_transformer", EXAMPLES / "char_transformer.py"),
    Workload("trainer", EXAMPLES / "trainer" / "train.py"),
    Workload("numpy_mlp", EXAMPLES / "numpy_mlp.py"),
    _own("cnn, 11 M, Adam", "cnn.py"),
    _own("transformer, 25 M, AdamW", "transformer.py"),
    _own("transformer, fused", "transformer.py", "--fused"),
    _own("transformer, bf16", "transformer.py", "--bfloat16", "--width", "128", "--blocks", "2"),
    _own("fine-tuning, 100 MB frozen", "finetuning.py"),
    _own("recurrent, by .data", "recurrent.py"),
    _own("Python and NumPy", "numeric.py"),
    _own("300 MB, epochs of 0.3 s", "large_state.py"),
    _own("cnn, on CUDA", "cnn.py", "--device", "cuda", "--epochs", "25", "--batches", "40", "--batch", "512", device="cuda"),
)


@dataclass(frozen=True)
class Settings:
    """The two programs, as absolute paths; how many turns; the shares of time that recordings may take, None if none is said."""

    python: str
    florpy: str
    turns: int
    allowed: tuple[float | None, ...]


@dataclass
class Row:
    """Seconds of one workload, turn by turn; of recordings by what was allowed."""

    name: str
    plain: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    recorded: dict[float | None, list[float]] = field(default_factory=dict)
    runs: dict[float | None, list[RecordedRun]] = field(default_factory=dict)

    def cost(self, seconds: list[float]) -> float:
        """The median of the ratios to the plain runs, less one."""
        return median(one / plain for one, plain in zip(seconds, self.plain, strict=True)) - 1


def timed(words: list[str], folder: Path, python: str) -> tuple[float, bytes]:
    """Seconds and standard output of a command, on one core; a failure ends the benchmark."""
    path = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    began = time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"benchmark: {' '.join(words)} ended with status {done.returncode}")
    return seconds, done.stdout


def measure(workload: Workload, settings: Settings) -> Row:
    row = Row(workload.name)
    for turn in range(settings.turns):
        with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
            print(f"{workload.name}: turn {turn + 1} of {settings.turns} …", file=sys.stderr, flush=True)
            _take_turn(workload, settings, row, Path(place))
    return row


def _take_turn(workload: Workload, settings: Settings, row: Row, place: Path) -> None:
    folder = place / "script"
    shutil.copytree(workload.script.parent, folder, ignore=shutil.ignore_patterns("__pycache__", ".flor"))
    script = [workload.script.name, *workload.arguments]
    seconds, printed = timed([settings.python, *script], folder, settings.python)
    row.plain.append(seconds)
    for allowed in settings.allowed:
        said = [] if allowed is None else ["--overhead", str(allowed)]
        record = [settings.florpy, "record", *said, *script]
        seconds, output = timed(record, folder, settings.python)
        if output != printed:
            sys.exit(f"benchmark: {workload.name} did not print the same when it was recorded")
        row.recorded.setdefault(allowed, []).append(seconds)
        row.runs.setdefault(allowed, []).append(latest_run(settings.florpy, folder))
        shutil.rmtree(folder / ".flor")
    row.again.append(timed([settings.python, *script], folder, settings.python)[0])


def cells(row: Row) -> Iterator[list[str]]:
    """A line for each allowance."""
    for allowed, seconds in row.recorded.items():
        runs = row.runs[allowed]
        yield [
            row.name,
            f"{median(row.plain):.1f}",
            f"{100 * row.cost(row.again):+.1f} %",
            "default" if allowed is None else f"{100 * allowed:.1f} %",
            f"{100 * row.cost(seconds):+.1f} %",
            f"{100 * median(run.overhead for run in runs):.1f} %",
            f"{median(run.checkpoints for run in runs):.0f}",
            f"{median(run.bytes for run in runs) / 1e6:.1f}",
        ]


HEADER = ["workload", "plain s", "plain again", "allowed", "cost", "told", "checkpoints", "MB"]


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument(
        "--overhead",
        type=lambda text: None if text == "default" else float(text),
        action="append",
        default=[],
        metavar="SHARE",
        help="what recording may cost, or `default` to say nothing of it; may be repeated",
    )
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="workloads with it in their names; repeatable")
    return parser.parse_args()


def main() -> None:
    given = options()
    allowed = tuple(given.overhead) or (None, 1 / 15, 0.02, 0.005)
    settings = Settings(os.path.abspath(given.python), os.path.abspath(given.florpy), given.turns, allowed)
    chosen = [one for one in ALL if not given.only or any(text in one.name for text in given.only)]
    if not chosen:
        sys.exit("benchmark: no workload has that name\n\nhint: " + "; ".join(one.name for one in ALL))
    lines = [HEADER]
    for workload in chosen:
        if workload.device == "cuda" and not presentation.has_cuda(settings.python):
            lines.append([workload.name, "not measured", *[""] * (len(HEADER) - 2)])
        else:
            lines += cells(measure(workload, settings))
    text = table(lines)
    print(text)
    if given.results:
        written = f"Written by `make bench-record`, see recording.py; {settings.turns} turns."
        presentation.write_page(given.results, "# What recording costs", written, presentation.known(settings.python), text)


if __name__ == "__main__":
    main()
