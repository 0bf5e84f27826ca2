"""How long a checkpoint stops a training, part by part, beside one memcpy of what changed, in the same run.

Each workload is recorded with a checkpoint at the end of each of its loops. The target of a stall: 1.25 times the memcpy, 2 ms, and
3 µs a tensor. Where the training is on a device, the memcpy is one copy of as many bytes from there into pinned memory.
docs/checkpoint-cost.md says what the parts are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import presentation
from presentation import REPOSITORY, table

HEADER = ["workload", "MB", "tensors", "stall ms", "memcpy ms", "target ms", "within"]
PARTS = ["process", "walk", "references", "encode", "copy", "rest"]
# The first checkpoints fault the staging memory in, and copy what never changes.
LEFT_OUT = 3


@dataclass(frozen=True)
class Workload:
    """A script of the benchmarks or the examples, and what makes it short: it is the checkpoints that count."""

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    device: str = "cpu"


ALL = (
    Workload("digits_cnn", "examples/digits_cnn.py", ("--epochs", "12")),
    Workload("numpy_mlp", "examples/numpy_mlp.py"),
    Workload("cnn, 11 M, Adam", "benchmarks/workloads/cnn.py", ("--epochs", "12", "--batches", "2")),
    Workload("transformer, 25 M, AdamW", "benchmarks/workloads/transformer.py", ("--epochs", "12", "--steps", "2")),
    Workload("transformer, fused", "benchmarks/workloads/transformer.py", ("--epochs", "12", "--steps", "2", "--fused")),
    Workload("fine-tuning, 100 MB frozen", "benchmarks/workloads/finetuning.py", ("--epochs", "12", "--batches", "3")),
    Workload("Python and NumPy", "benchmarks/workloads/numeric.py"),
    Workload("cnn, 11 M, on CUDA", "benchmarks/workloads/cnn.py", ("--epochs", "12", "--device", "cuda"), "cuda"),
)


@dataclass(frozen=True)
class Row:
    """Medians over the checkpoints of a run: milliseconds by part, bytes that changed, tensors."""

    workload: Workload
    figures: dict[str, float]

    @property
    def target(self) -> float:
        return 1.25 * self.figures["memcpy"] + 2 + 0.003 * self.figures["tensors"]

    def cells(self) -> list[str]:
        one = self.figures
        numbers = [f"{one['bytes'] / 1e6:.1f}", f"{one['tensors']:.0f}"]
        times = [f"{milliseconds:.2f}" for milliseconds in (one["stall"], one["memcpy"], self.target)]
        return [self.workload.name, *numbers, *times, "yes" if one["stall"] <= self.target else "no"]

    def parts(self) -> list[str]:
        one = self.figures
        known = sum(one[part] for part in PARTS[:-1])
        return [
            self.workload.name,
            f"{one['nodes']:.0f}",
            *(f"{one[part]:.2f}" for part in PARTS[:-1]),
            f"{one['stall'] - known:.2f}",
        ]


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="workloads with it in their names; repeatable")
    return parser.parse_args()


def measure(workload: Workload, given: argparse.Namespace) -> Row:
    with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
        script, stalls = Path(place) / "script.py", Path(place) / "stalls"
        text = (REPOSITORY / workload.script).read_text(encoding="utf-8")
        script.write_text(text.replace("\nimport ", "\nimport stall_watch\nimport ", 1), encoding="utf-8")
        words = [os.path.abspath(given.florpy), "record", "--overhead", "unlimited", "--python", os.path.abspath(given.python)]
        # The watch is not in the script's folder: it is no part of the program.
        environment = os.environ | {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": str(REPOSITORY / "benchmarks"),
        }
        environment |= {"FLORPY_STALLS": str(stalls)}
        subprocess.run(
            [*words, script.name, *workload.arguments], cwd=place, env=environment, stdout=subprocess.DEVNULL, check=True
        )
        told = [json.loads(line) for line in stalls.read_text(encoding="utf-8").splitlines()]
    later = told[LEFT_OUT:] or told
    # Where an outer loop ends right behind an inner one, next to nothing has changed.
    later = [one for one in later if one["bytes"] > max(one["bytes"] for one in later) / 2]
    return Row(workload, {part: median(one.get(part, 0.0) for one in later) for part in later[0]})


def main() -> None:
    given = options()
    chosen = [one for one in ALL if not given.only or any(text in one.name for text in given.only)]
    if not chosen:
        sys.exit("benchmark: no workload has that name\n\nhint: " + "; ".join(one.name for one in ALL))
    rows, without = [], []
    for workload in chosen:
        if workload.device == "cuda" and not presentation.has_cuda(given.python):
            without.append([workload.name, "not measured", *[""] * (len(HEADER) - 2)])
            continue
        print(f"{workload.name} …", file=sys.stderr, flush=True)
        rows.append(measure(workload, given))
    stalls = table([HEADER, *(row.cells() for row in rows), *without])
    parts = table([["ms by part", "nodes", *PARTS], *(row.parts() for row in rows)])
    print(f"{stalls}\n\n{parts}")
    if given.results:
        title, written = "# How long a checkpoint stops a training", "Written by `make bench-stall`, see stall.py."
        presentation.write_page(given.results, title, written, presentation.known(given.python), stalls, parts)


if __name__ == "__main__":
    main()
