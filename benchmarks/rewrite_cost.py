"""What the rewriting itself costs: loops and calls that are only counted, iterations, and the import of a large project.

Plain and recorded in turns, medians. Nothing is asserted. Each program prints how long its own work took, so that start-up is in no
figure; the caches (Python's own, and the one of rewrites) are warm.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import presentation

COUNT = 1_000_000

# Each `work` does as many of its thing as it is told. The inner function keeps one from getting its own code back.
PROGRAMS = {
    "loop, entered and left": """
def work(n):
    for i in range(n):
        for j in (): pass
""",
    "loop with `break` and `else`": """
def work(n):
    once = (1,)
    for i in range(n):
        for j in once: break
        else: pass
""",
    "call": """
def tiny(x):
    if x is None:
        def inner(): pass
    return x
def work(n):
    for i in range(n):
        tiny(i)
""",
    "call that returns out of a loop": """
def tiny(x):
    if x is None:
        def inner(): pass
    for one in (x,):
        return one
def work(n):
    for i in range(n):
        tiny(i)
""",
    "call that returns out of `with`": """
from contextlib import nullcontext
nothing = nullcontext()
def tiny(x):
    if x is None:
        def inner(): pass
    with nothing:
        return x
def work(n):
    for i in range(n):
        tiny(i)
""",
    "call of a retired function": """
def tiny(x):
    return x
def work(n):
    for i in range(n):
        tiny(i)
""",
    "iteration": """
def work(n):
    for i in range(20 * n): pass
""",
}
UNITS = {"iteration": 20}
TIMING = """
import time
work(5000)
began = time.perf_counter()
work({count})
print(time.perf_counter() - began)
"""

MODULE = '''
"""Module {number} of a generated project."""
import math

LIMIT_{number} = {number}


class Sample{number}:
    """One sample, with its label."""

    def __init__(self, values, label={number}):
        self.values = values
        self.label = label

    def __len__(self):
        return len(self.values)
'''
# Two functions and three loops, the comprehension not counted.
BLOCK = '''

def prepare_{number}_{block}(samples, scale=1.0, *, shuffle=False):
    """What is done to the samples before they are used."""
    found = []
    for index, sample in enumerate(samples):
        if not sample:
            continue
        values = [scale * value for value in sample]
        found.append((index, sum(values) / len(values), math.sqrt(abs(values[0]))))
    while shuffle and len(found) > {block}:
        found.insert(0, found.pop())
    return found


def evaluate_{number}_{block}(model, batches):
    total, count = 0.0, 0
    for batch in batches:
        total += model(batch)
        count += len(batch)
    return total / max(1, count)
'''
BLOCKS = 9
IMPORTING = """
import math, time
began = time.perf_counter()
{imports}
print(time.perf_counter() - began)
"""

Row = tuple[float, float, float]


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__, results=False)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--lines", type=int, default=20_000)
    return parser.parse_args()


def seconds(words: list[str], folder: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def rows(given: argparse.Namespace, folder: str) -> list[Row]:
    """Plain, recorded and plain again, for each pair. Once before, for the caches."""
    plain, recorded = [given.python, "program.py"], [given.florpy, "record", "--python", given.python, "program.py"]
    for words in (plain, recorded):
        seconds(words, folder)
    return [(seconds(plain, folder), seconds(recorded, folder), seconds(plain, folder)) for _ in range(given.pairs)]


def write_project(folder: Path, lines: int) -> int:
    """Modules of some two hundred lines each, and the program that imports them; how many lines they have."""
    count, written = 0, 0
    while written < lines:
        text = MODULE.format(number=count) + "".join(BLOCK.format(number=count, block=block) for block in range(BLOCKS))
        (folder / f"module_{count}.py").write_text(text)
        count, written = count + 1, written + text.count("\n")
    (folder / "program.py").write_text(IMPORTING.format(imports="\n".join(f"import module_{n}" for n in range(count))))
    return written


def main() -> None:
    given = options()
    given.python, given.florpy = os.path.abspath(given.python), os.path.abspath(given.florpy)
    print(f"{given.count} times each, {given.pairs} pairs; plain / plain shows the noise")
    print(f"{'':34} {'plain ns':>9} {'recorded ns':>11} {'difference ns':>13} {'noise ns':>9}")
    for name, program in PROGRAMS.items():
        with tempfile.TemporaryDirectory(prefix="florpy-bench-") as folder:
            (Path(folder) / "program.py").write_text(program + TIMING.format(count=given.count))
            found = rows(given, folder)
        unit = 1e9 / given.count / UNITS.get(name, 1)
        one, two = (median(row[k] for row in found) * unit for k in (0, 1))
        more, noise = (median(row[k] - row[0] for row in found) * unit for k in (1, 2))
        print(f"{name:34} {one:9.1f} {two:11.1f} {more:13.1f} {noise:9.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="florpy-bench-") as folder:
        lines = write_project(Path(folder), given.lines)
        found = rows(given, folder)
    one, two = (median(row[k] for row in found) * 1e3 for k in (0, 1))
    ratio, noise = (median(row[k] / row[0] for row in found) for k in (1, 2))
    print(f"import of {lines} lines: plain {one:.1f} ms, recorded {two:.1f} ms, ratio {ratio:.3f}, plain / plain {noise:.3f}")


if __name__ == "__main__":
    main()
