"""What it costs to log a number, beside other loggers: in one run, each in a process of its own, with the same loop.

`median` and `p99.9` are of single calls on the calling thread, less what asking the clock costs; `a second` is how many were
taken in a row, everything written out at the end included. `flor.log` is also held against a copy of a 4 MB array.
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

import presentation
from presentation import REPOSITORY, table

LOGGERS = REPOSITORY / "build" / "loggers"

MEASURE = """
import json, time
from time import perf_counter, perf_counter_ns

def run(log, finish, calls, single_calls):
    log(0, 0.5)
    clock = sorted(-perf_counter_ns() + perf_counter_ns() for _ in range(10000))[5000]
    single = []
    for step in range(1, single_calls):
        before = perf_counter_ns()
        log(step, 0.5)
        single.append(perf_counter_ns() - before - clock)
    began = perf_counter()
    for step in range(single_calls, single_calls + calls):
        log(step, 0.5)
    finish()
    seconds = perf_counter() - began
    single.sort()
    print(json.dumps({"median": single[len(single) // 2], "rare": single[len(single) * 999 // 1000], "rate": calls / seconds}))
"""


@dataclass(frozen=True)
class Logger:
    """How one logger is begun (`begin`), logs a number (`log`), and is brought to the end (`finish`)."""

    name: str
    begin: str
    log: str
    finish: str = "pass"
    calls: int = 20_000
    packages: tuple[str, ...] = ()
    needs_git: bool = False

    def script(self) -> str:
        single = min(self.calls, 200_000)
        body = f"def log(step, value):\n    {self.log}\n\ndef finish():\n    {self.finish}\n"
        return f"{MEASURE}\n{self.begin}\n{body}\nrun(log, finish, {self.calls}, {single})\n"


RIVALS = (
    Logger(
        "logging to a file",
        "import logging\nlogging.basicConfig(filename='log.txt', level='INFO', format='%(asctime)s %(message)s')",
        "logging.info('%s step %d: %r', 'loss', step, value)",
    ),
    Logger(
        "tensorboard writer",
        "from torch.utils.tensorboard import SummaryWriter\nwriter = SummaryWriter('runs')",
        "writer.add_scalar('loss', value, step)",
        "writer.close()",
        packages=("tensorboard", "setuptools<81"),
    ),
    Logger(
        "wandb, offline",
        "import wandb\nrun_ = wandb.init(mode='offline', project='benchmark', settings=wandb.Settings(silent=True))",
        "run_.log({'loss': value}, step=step)",
        "run_.finish()",
        packages=("wandb",),
    ),
    Logger(
        "mlflow, local store",
        "import mlflow\nmlflow.set_tracking_uri('sqlite:///mlflow.db')\nmlflow.start_run()",
        "mlflow.log_metric('loss', value, step=step)",
        "mlflow.end_run()",
        calls=300,
        packages=("mlflow-skinny", "sqlalchemy", "alembic"),
    ),
    Logger(
        "flordb 4.0.1",
        "import flordb",
        "flordb.log('loss', value)",
        "flordb.commit()",
        packages=("flordb==4.0.1", "setuptools<81"),
        needs_git=True,
    ),
)


def flor(record: bool) -> Logger:
    name = "`flor.log`" + (" under `florpy record`" if record else ", plain python")
    return Logger(name, "import flor", "flor.log('loss', value)", "flor.run().flush()", calls=3_000_000)


ARRAY = """
import json, flor, numpy
from time import perf_counter
array, copy, pairs = numpy.ones(1 << 20, dtype=numpy.float32), numpy.zeros(1 << 20, dtype=numpy.float32), []
for number in range(60):
    array[0] = number
    before = perf_counter()
    flor.log("weights", array)
    between = perf_counter()
    copy[:] = array
    pairs.append((between - before, perf_counter() - between))
    flor.run().flush()
logged, copied = (sorted(column)[30] * 1e3 for column in zip(*pairs))
print(json.dumps({"logged": logged, "copied": copied}))
"""


class Bench:
    def __init__(self, python: str, florpy: Path) -> None:
        self.python, self.florpy = python, florpy.resolve()

    def measured(self, logger: Logger, record: bool = False) -> dict[str, float]:
        return self._printed(logger.script(), self._packages(logger), logger.needs_git, record)

    def array(self) -> dict[str, float]:
        return self._printed(ARRAY, self._module(), False, False)

    def _printed(self, text: str, packages: Path, needs_git: bool, record: bool) -> dict[str, float]:
        with tempfile.TemporaryDirectory(prefix="florpy-bench-") as folder:
            script = Path(folder) / "measure.py"
            script.write_text(text)
            if needs_git:
                begin = "git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm begin"
                subprocess.run(begin, shell=True, cwd=folder, check=True)
            environment = {**os.environ, "PYTHONPATH": str(packages), "OMP_NUM_THREADS": "1"}
            command = [str(self.florpy), "record", "--python", self.python, str(script)] if record else [self.python, str(script)]
            done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
            if done.returncode:
                sys.exit(f"benchmark: {command}\n{done.stderr}")
            found: dict[str, float] = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
            return found

    def _module(self) -> Path:
        folder = LOGGERS / "flor"
        folder.mkdir(parents=True, exist_ok=True)
        for name, target in (
            ("_flor.abi3.so", self.florpy.parent / "lib_flor.so"),
            ("flor", REPOSITORY / "python" / "flor"),
        ):
            link = folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        return folder

    def _packages(self, logger: Logger) -> Path:
        if logger.name.startswith("`flor"):
            return self._module()
        folder = LOGGERS / "".join(letter for letter in logger.name if letter.isalnum())
        if logger.packages and not folder.exists():
            install = [self.python, "-m", "pip", "install", "--quiet", "--target", str(folder), *logger.packages]
            subprocess.run(install, check=True)
        return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--florpy", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    bench = Bench(options.python, options.florpy)
    found = [(flor(False).name, bench.measured(flor(False))), (flor(True).name, bench.measured(flor(True), record=True))]
    found += [(rival.name, bench.measured(rival)) for rival in RIVALS]
    fastest = found[0][1]["median"]
    rows = [["logger", "median µs", "p99.9 µs", "a second", "of `flor.log`'s median"]]
    rows += [
        [name, f"{one['median'] / 1e3:.2f}", f"{one['rare'] / 1e3:.2f}", f"{one['rate']:,.0f}", f"{one['median'] / fastest:.1f}"]
        for name, one in found
    ]
    array = bench.array()
    parts = [
        "# What it costs to log a number",
        presentation.known(options.python),
        table(rows),
        f"A float32 array of 4 MB: `flor.log` {array['logged']:.2f} ms, a copy of it {array['copied']:.2f} ms (medians of 60).",
    ]
    print("\n\n".join(parts))
    if options.results:
        presentation.write_page(options.results, *parts)


if __name__ == "__main__":
    main()
