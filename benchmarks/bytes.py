"""What a checkpoint takes of the disk, beside `torch.save` of the model and the optimizer; and how fast the writer writes.

`bytes_workload.py` is recorded with all checkpoints that the writer has time for, and what the checkpoints of its epochs wrote
(packs and manifests) is added up. The writer's speed is that of `writer_workload.py`, whose state does not compress, beside a file
of as many bytes that is written with O_DIRECT and synchronized, in turns. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

import presentation
from presentation import REPOSITORY

WORKLOADS = {
    "scratch": "fp32 transformer and Adam, from scratch",
    "gradients": "the same, its gradients alive at the end of each epoch",
    "bf16": "bf16 transformer and Adam",
    "frozen": "a head of 100 kB parameters on a frozen backbone of 100 MB, Adam",
}
PIECE = 4 << 20


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--steps", type=int, default=20, help="optimizer steps in an epoch")
    parser.add_argument("--mib", type=int, default=256, help="the state of the writer's row")
    parser.add_argument("--rounds", type=int, default=5, help="checkpoints of the writer's row")
    return parser.parse_args()


def record(given: argparse.Namespace, folder: Path, script: str, *words: str) -> list[str]:
    """Records a script of this folder; returns the lines that it printed."""
    shutil.copy(REPOSITORY / "benchmarks" / script, folder)
    command = [os.path.abspath(given.florpy), "record", "--overhead", "0.99", "--python", os.path.abspath(given.python), script]
    done = subprocess.run([*command, *words], cwd=folder, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()


def own_bytes(folder: Path, script: str) -> list[int]:
    """What the checkpoints of the script's inner loop wrote, each; the first one has all that never changes, and is left out."""
    [run] = (folder / ".flor" / "runs").iterdir()
    sites = map(json.loads, (run / "sites.jsonl").read_text(encoding="utf-8").splitlines())
    ordinals = [site["ordinal"] for site in sites if (site["kind"], site["function"]) == ("loop", "<module>")]
    written, since = [], 0
    for manifest in sorted((run / "checkpoints").iterdir()):
        position = json.loads(manifest.read_text(encoding="utf-8").splitlines()[1])
        pack = run / "packs" / manifest.name
        # What functions' checkpoints wrote of the state the next loop's refers to.
        since += manifest.stat().st_size + (pack.stat().st_size if pack.exists() else 0)
        if position["site"] == [script, ordinals[-1]]:
            written.append(since)
            since = 0
    return written[1:]


def row(given: argparse.Namespace, workload: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
        script = "bytes_workload.py"
        saved = record(given, Path(place), script, workload, "--epochs", str(given.epochs), "--steps", str(given.steps))
        written = own_bytes(Path(place), script)
    theirs, ours = mean(map(int, saved)), mean(written)
    return [WORKLOADS[workload], str(len(written)), f"{ours / 1e6:.3f}", f"{theirs / 1e6:.3f}", f"{ours / theirs:.3f}"]


def direct_seconds(folder: Path, byte_count: int) -> float:
    """How long a file of so many bytes takes, past the system's cache and to the end."""
    buffer = mmap.mmap(-1, PIECE)
    buffer.write(os.urandom(PIECE))
    began = time.perf_counter()
    descriptor = os.open(folder / "direct", os.O_CREAT | os.O_WRONLY | os.O_DIRECT, 0o600)
    for _ in range(byte_count // PIECE):
        if os.write(descriptor, buffer) != PIECE:
            sys.exit("benchmark: a write past the cache was cut short")
    os.fsync(descriptor)
    os.close(descriptor)
    seconds = time.perf_counter() - began
    os.unlink(folder / "direct")
    return seconds


def writer_rows(given: argparse.Namespace) -> Iterator[str]:
    """Checkpoints one at a time, each beside a file of its size; medians."""
    byte_count = given.mib << 20
    with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
        folder = Path(place)
        for kind in ("noise", "floats"):
            lines = record(given, folder, "writer_workload.py", kind, "--mib", str(given.mib), "--rounds", str(given.rounds))
            direct = [direct_seconds(folder, byte_count) for _ in range(given.rounds)]
            seconds = [json.loads(line) for line in lines]
            ours, theirs = byte_count / median(seconds) / 1e6, byte_count / median(direct) / 1e6
            yield f"- {kind}, {given.mib} MiB: {ours:.0f} MB/s; O_DIRECT and fsync {theirs:.0f} MB/s; {ours / theirs:.2f}"
            shutil.rmtree(folder / ".flor")


def lines(given: argparse.Namespace) -> Iterator[str]:
    yield "| workload | checkpoints | florpy MB | torch.save MB | ratio |"
    yield "| --- | --: | --: | --: | --: |"
    for workload in WORKLOADS:
        yield f"| {' | '.join(row(given, workload))} |"
    yield "\nHow fast a changed tensor becomes durable:\n"
    yield from writer_rows(given)


def main() -> None:
    given = options()
    told = []
    for line in lines(given):
        print(line, flush=True)
        told.append(line)
    if given.results:
        title, written = "# What checkpoints take of the disk", "Written by `make bench-bytes`, see bytes.py."
        presentation.write_page(given.results, title, written, presentation.known(given.python), "\n".join(told))


if __name__ == "__main__":
    main()
