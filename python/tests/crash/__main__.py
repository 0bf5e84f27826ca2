"""`make crash N=1000`: N recordings killed at random instants, and one for each call on the store and each way it can fail."""

from __future__ import annotations

import argparse
import errno
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from time import monotonic

from .faults import Fault
from .trials import Aftermath, Broken, Trials, memory_folder

ERRORS = [errno.ENOSPC, errno.EIO, errno.EINTR, errno.EDQUOT]
EVERY = 100


def main() -> int:
    options = _options()
    print(f"crash: seed {options.seed} (repeat with SEED={options.seed}), {options.jobs} at once", flush=True)
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        trials = Trials(Path(folder))
        print(f"a recording takes {trials.seconds:.2f} s and makes {trials.calls} calls on its store", flush=True)
        table = [_run(name, trial, options.jobs) for name, trial in _rows(options, trials)]
    print("\n| what goes wrong | trials | not recorded | interrupted | finished | checkpoints | wrong |")
    print("|---|---|---|---|---|---|---|")
    for row in table:
        print(row)
    return 1 if any(row.wrong for row in table) else 0


class Row:
    """A line of the matrix."""

    def __init__(self, name: str) -> None:
        self.name, self.trials, self.checkpoints, self.wrong = name, 0, 0, 0
        self.ends: Counter[str] = Counter()

    def add(self, found: Aftermath) -> None:
        self.trials += 1
        self.ends[found.end] += 1
        self.checkpoints += found.checkpoints

    def __str__(self) -> str:
        ends = [self.ends[end] for end in ("unrecorded", "interrupted", "finished")]
        return "| " + " | ".join(map(str, [self.name, self.trials, *ends, self.checkpoints, self.wrong])) + " |"


Trial = Callable[[], Aftermath]


def _rows(options: argparse.Namespace, trials: Trials) -> Iterator[tuple[str, list[tuple[str, Trial]]]]:
    """Some calls come only now and then: beyond the count nothing goes wrong, and that is a trial as well."""
    chance = random.Random(options.seed)
    if options.kills:
        seeds = [chance.randrange(1 << 30) for _ in range(options.kills)]
        yield "SIGKILL at a random instant", [(f"SIGKILL, seed {seed}", _killed(trials, seed)) for seed in seeds]
    numbers = range(1 + chance.randrange(options.step), trials.calls + 1, options.step)
    faults = {"SIGKILL inside the n-th call": [Fault("kill", call) for call in numbers]}
    for kind, words in (("once", "the n-th call fails with"), ("after", "from the n-th call on all fail with")):
        for code in ERRORS if kind == "once" else (code for code in ERRORS if code != errno.EINTR):
            faults[f"{words} {errno.errorcode[code]}"] = [Fault(kind, call, code) for call in numbers]
    faults["short writes of 7 bytes"] = [Fault("short")]
    faults["every second call is interrupted"] = [Fault("interrupt")]
    for name, row in faults.items():
        yield name, [(str(fault), _faulty(trials, fault)) for fault in row]


def _killed(trials: Trials, seed: int) -> Trial:
    return lambda: trials.killed(random.Random(seed))


def _faulty(trials: Trials, fault: Fault) -> Trial:
    return lambda: trials.faulty(fault)


def _run(name: str, trials: list[tuple[str, Trial]], jobs: int) -> Row:
    row, began = Row(name), monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(trial): what for what, trial in trials}
        for number, done in enumerate(as_completed(running), 1):
            try:
                row.add(done.result())
            except Broken as broken:
                row.wrong += 1
                print(f"\nwrong after {running[done]}: {broken}", flush=True)
            if number % EVERY == 0:
                print(f"{name}: {number}/{len(trials)} in {monotonic() - began:.0f} s", flush=True)
    print(row, flush=True)
    return row


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how many recordings are killed at random instants")
    parser.add_argument("--step", type=int, default=1, help="every how many calls one is chosen")
    parser.add_argument("--jobs", type=int, default=2, help="how many trials at a time")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
