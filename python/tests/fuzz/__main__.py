"""`make fuzz N=2000 SEED=1`: random programs in this process, and a share of them through the binary."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path
from time import monotonic

from .. import both_walks
from . import processes
from .counts import Counts
from .fuzzing import Fuzz, save
from .in_process import Failure
from .program import Program

BATCH = 10
EVERY = 100


def main() -> int:
    options = _options()
    print(f"fuzz: {options.programs} programs, seed {options.seed} (repeat with SEED={options.seed})", flush=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            fuzz = Fuzz(Path(folder) / "programs", options.seed)
            fuzz.on_failure = lambda failure: print(f"a program fails, and is made smaller: {failure.what}", flush=True)
            with both_walks.installed():
                fuzz.run(options.programs, progress=_Progress(options.programs))
        print(f"in process: {fuzz.counts}", flush=True)
        _through_binary(fuzz.kept[:: max(1, len(fuzz.kept) // max(1, options.binary))][: options.binary], options.seed)
    except Failure as failure:
        print(failure.describe())
        print(f"\nfuzz: failed: {failure.what}; saved in {save(failure, Path(options.save) / str(options.seed))}")
        return 1
    return 0


class _Progress:
    """A line now and then."""

    def __init__(self, programs: int) -> None:
        self._programs, self._began = programs, monotonic()

    def __call__(self, counts: Counts) -> None:
        if counts.programs % EVERY == 0:
            print(f"{counts.programs}/{self._programs} in {monotonic() - self._began:.0f} s: {counts}", flush=True)


def _through_binary(programs: list[Program], seed: int) -> None:
    counts, chance = Counts(), random.Random(seed)
    for first in range(0, len(programs), BATCH):
        counts += processes.check(programs[first : first + BATCH], chance.random())
        print(f"through the binary: {counts}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--binary", type=int, default=100, help="how many of them go through the binary as well")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--save", default="build/fuzz", help="where a program that fails is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
