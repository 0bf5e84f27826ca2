"""What following the calls of a project costs: ten million calls of a tiny function, plain and recorded, in turns.

Nothing is asserted. Each program prints how long its own loop took, so that start-up is in no figure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import presentation

PROGRAMS = {
    "function": """
def tiny(x):
    return x + 1
def work(n):
    x = 0
    for i in range(n):
        x = tiny(x)
    return x
""",
    "method": """
class Counter:
    def __init__(self): self.count = 0
    def step(self): self.count += 1
    def __len__(self): return self.count
def work(n):
    counter = Counter()
    for i in range(n // 2):
        counter.step(); len(counter)
    return len(counter)
""",
    "closure": """
def maker():
    count = 0
    def step():
        nonlocal count
        count += 1
        return count
    return step
def work(n):
    step = maker()
    for i in range(n):
        step()
    return step()
""",
    "two loops in turns": """
def tiny(x):
    return x + 1
def epoch(n):
    x = 0
    for i in range(n):
        x = tiny(x)
    for i in range(n):
        x += 1
    return x
def work(n):
    return sum(epoch(n // 1000) for _ in range(1000))
""",
}
TIMING = """
import time
began = time.perf_counter()
work({calls})
print(time.perf_counter() - began)
"""


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__, results=False)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    return parser.parse_args()


def seconds(words: list[str], folder: str) -> float:
    return float(subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    given = options()
    python, florpy = os.path.abspath(given.python), os.path.abspath(given.florpy)
    plain, recorded = [python, "program.py"], [florpy, "record", "--python", python, "program.py"]
    print(f"{given.calls} calls, {given.pairs} pairs; plain / plain shows the noise")
    print(f"{'':20} {'plain s':>8} {'recorded s':>10} {'recorded / plain':>16} {'plain / plain':>13}")
    for name, program in PROGRAMS.items():
        with tempfile.TemporaryDirectory(prefix="florpy-bench-") as folder:
            (Path(folder) / "program.py").write_text(program + TIMING.format(calls=given.calls))
            rows = [tuple(seconds(words, folder) for words in (plain, recorded, plain)) for _ in range(given.pairs)]
        one, two = median(row[0] for row in rows), median(row[1] for row in rows)
        ratio, noise = (median(row[k] / row[0] for row in rows) for k in (1, 2))
        print(f"{name:20} {one:8.3f} {two:10.3f} {ratio:16.3f} {noise:13.3f}", flush=True)


if __name__ == "__main__":
    main()
