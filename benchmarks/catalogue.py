"""How fast many runs with many logged points answer: `florpy runs`, `florpy logs`, `flor.dataframe` of one name.

    benchmarks/catalogue.py --florpy .build/release/florpy [--runs 10000] [--points 10000000] [--results FILE]

The catalogue is made first, and timed; then every question is asked `--repeats` times, each time by a new process.
The median counts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import logged_store
import machine

REPOSITORY = Path(__file__).resolve().parents[1]
NAMES = ["loss", "accuracy", "gradient_norm", "rate_now"]
DATAFRAME = """
from time import perf_counter
import sys, pandas, numpy
from flor.reading.tables import dataframe
began = perf_counter()
table = dataframe("loss", store=sys.argv[1])
print(perf_counter() - began, len(table))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--florpy", required=True, type=Path)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    florpy = options.florpy.resolve()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / ".flor"
        logged_store.make(store, options.runs, options.points // options.runs, NAMES)
        facts = [f"- {name}: {fact}" for name, fact in machine.facts(sys.executable, REPOSITORY).items()]
        lines = [*facts, "", "| question | seconds | answer |", "|---|---|---|"]
        print("\n".join(lines), flush=True)
        for line in measured(florpy, store, options.repeats):
            print(line, flush=True)
            lines.append(line)
    if options.results:
        options.results.write_text("# What the catalogue answers, and how fast\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def measured(florpy: Path, store: Path, repeats: int) -> list[str]:
    def ask(*words: str) -> tuple[float, int]:
        began = perf_counter()
        done = subprocess.run([florpy, *words, "--store", store], check=True, capture_output=True, text=True)
        return perf_counter() - began, done.stdout.count("\n")

    def median(*words: str) -> str:
        answers = [ask(*words) for _ in range(repeats)]
        return (
            f"| `florpy {' '.join(words)}` | {statistics.median(seconds for seconds, _ in answers):.2f} | {answers[0][1]} lines |"
        )

    seconds, _ = ask("reindex")
    rows = [f"| `florpy reindex` (once) | {seconds:.1f} | {(store / 'catalogue.sqlite').stat().st_size / 1e6:.0f} MB |"]
    rows.append(median("runs"))
    rows.append(median("runs", "--where", "loss<0.5", "--sort", "-accuracy", "--show", "loss", "--show", "rate"))
    rows.append(median("runs", "--json"))
    rows.append(median("logs", "latest"))
    rows.append(median("logs", "latest", "loss", "--format", "csv"))
    rows.append(dataframe(florpy, store, repeats))
    return rows


def dataframe(florpy: Path, store: Path, repeats: int) -> str:
    """Without the time that it takes to import pandas."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "python"), "FLORPY": str(florpy)}
    command: Sequence[str | Path] = [sys.executable, "-c", DATAFRAME, store]
    answers = [
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split() for _ in range(repeats)
    ]
    return f'| `flor.dataframe("loss")` | {statistics.median(float(answer[0]) for answer in answers):.2f} | {answers[0][1]} rows |'


if __name__ == "__main__":
    main()
