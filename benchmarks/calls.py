"""What following the calls of a project costs: ten million calls of a tiny function, plain and recorded, in turns.

Nothing is asserted. Each program prints how long its own loop took, so that start-up is in no figure. Checkpoints have a budget of
their own, 1/15 by default: what following costs without them is shown beside it (`--overhead 0.0001`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import presentation

# So many calls stand in a body that counting the loop's iterations is next to nothing; what that costs as well, the last
# two programs show.
CALLS_IN_A_BODY = 20

FUNCTION = """
def tiny(x):
    return x + 1
"""
PROGRAMS = {
    "function": FUNCTION
    + """
def work(n):
    x = 0
    for i in range(n // 20):
        {body}
    return x
""".replace("{body}", "x = tiny(x); " * CALLS_IN_A_BODY),
    "method": """
class Counter:
    def __init__(self): self.count = 0
    def step(self): self.count += 1
    def __len__(self): return self.count
def work(n):
    counter = Counter()
    for i in range(n // 20):
        {body}
    return len(counter)
""".replace("{body}", "counter.step(); len(counter); " * (CALLS_IN_A_BODY // 2)),
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
    for i in range(n // 20):
        {body}
    return step()
""".replace("{body}", "step(); " * CALLS_IN_A_BODY),
    "a call an iteration": FUNCTION
    + """
def work(n):
    x = 0
    for i in range(n):
        x = tiny(x)
    return x
""",
    "two loops in turns": FUNCTION
    + """
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
    plain, record = [python, "program.py"], [florpy, "record", "--python", python]
    ways = [plain, [*record, "--overhead", "0.0001", "program.py"], [*record, "program.py"], plain]
    print(f"{given.calls} calls, {given.pairs} pairs; plain / plain shows the noise")
    print(f"{'':20} {'plain s':>8} {'followed / plain':>17} {'recorded / plain':>17} {'plain / plain':>14}")
    for name, program in PROGRAMS.items():
        with tempfile.TemporaryDirectory(prefix="florpy-bench-") as folder:
            (Path(folder) / "program.py").write_text(program + TIMING.format(calls=given.calls))
            rows = [[seconds(words, folder) for words in ways] for _ in range(given.pairs)]
        followed, recorded, noise = (median(row[k] / row[0] for row in rows) for k in (1, 2, 3))
        print(f"{name:20} {median(row[0] for row in rows):8.3f} {followed:17.3f} {recorded:17.3f} {noise:14.3f}", flush=True)


if __name__ == "__main__":
    main()
