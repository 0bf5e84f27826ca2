"""How fast many runs with many logged points answer: `florpy runs`, `florpy logs`, `flor.dataframe` of one name.

    benchmarks/catalogue.py --florpy .build/release/florpy [--runs 10000] [--points 10000000] [--results FILE]

The catalogue is made first, and timed; then every question is asked `--repeats` times, each time by a new process.
The median counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import logged_store
import presentation
from presentation import REPOSITORY

NAMES = ["loss", "accuracy", "gradient_norm", "rate_now"]
DATAFRAME = """
from time import perf_counter
import resource, sys, pandas, numpy
from flor.reading.tables import dataframe
def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)
began, before = perf_counter(), used()
table = dataframe("loss", store=sys.argv[1])
print(perf_counter() - began, used() - before, len(table))
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
        lines = [presentation.known(sys.executable), "", "| question | seconds | of a processor | answer |", "|---|---|---|---|"]
        print("\n".join(lines), flush=True)
        for line in measured(florpy, store, options.repeats):
            print(line, flush=True)
            lines.append(line)
    if options.results:
        options.results.write_text("# What the catalogue answers, and how fast\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def measured(florpy: Path, store: Path, repeats: int) -> list[str]:
    def ask(*words: str) -> tuple[float, float, int]:
        began, before = perf_counter(), processor_seconds()
        done = subprocess.run([florpy, *words, "--store", store], check=True, capture_output=True, text=True)
        return perf_counter() - began, processor_seconds() - before, done.stdout.count("\n")

    def median(*words: str) -> str:
        answers = [ask(*words) for _ in range(repeats)]
        return row(f"florpy {' '.join(words)}", answers, f"{answers[0][2]} lines")

    made = ask("reindex")
    rows = [row("florpy reindex", [made], f"{(store / 'catalogue.sqlite').stat().st_size / 1e6:.0f} MB")]
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
    told = [
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split() for _ in range(repeats)
    ]
    return row('flor.dataframe("loss")', [(float(wall), float(used), int(rows)) for wall, used, rows in told], f"{told[0][2]} rows")


def row(question: str, answers: Sequence[tuple[float, float, int]], answer: str) -> str:
    wall, used = (statistics.median(one[place] for one in answers) for place in (0, 1))
    return f"| `{question}` | {wall:.2f} | {used:.2f} | {answer} |"


def processor_seconds() -> float:
    """Of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
