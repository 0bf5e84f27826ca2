"""What static data costs a recording: figures of `static_data.py`, recorded with all checkpoints that the writer has time for.

Nothing is asserted. The budget is as large as it may be: how often a checkpoint pays is the policy's question, this asks what one
costs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import presentation
from presentation import REPOSITORY

SCRIPT = "static_data.py"


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__, results=False)
    parser.add_argument("--gib", type=float, default=2.0, help="the size of the array, and of the tensor")
    parser.add_argument("--epochs", type=int, default=24)
    return parser.parse_args()


def record(given: argparse.Namespace, folder: Path) -> list[tuple[float, float]]:
    """Milliseconds at the end of each epoch's inner loop, and those of the processor: other processes may hold it meanwhile."""
    shutil.copy(REPOSITORY / "benchmarks" / SCRIPT, folder)
    words = [os.path.abspath(given.florpy), "record", "--overhead", "0.99", "--python", os.path.abspath(given.python), SCRIPT]
    words += ["--gib", str(given.gib), "--epochs", str(given.epochs)]
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def checkpoints(folder: Path) -> dict[int, int]:
    """By epoch: the bytes that its checkpoint wrote, manifest and pack."""
    [run] = (folder / ".flor" / "runs").iterdir()
    sites = map(json.loads, (run / "sites.jsonl").read_text(encoding="utf-8").splitlines())
    inner_loop = [SCRIPT, max(site["ordinal"] for site in sites if site["kind"] == "loop")]
    found = {}
    for manifest in sorted((run / "checkpoints").iterdir()):
        position = json.loads(manifest.read_text(encoding="utf-8").splitlines()[1])
        if position["site"] != inner_loop:
            continue  # of the outer loop, at its end
        pack = run / "packs" / manifest.name
        found[position["execution"]] = manifest.stat().st_size + (pack.stat().st_size if pack.exists() else 0)
    return found


def main() -> None:
    given = options()
    with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
        milliseconds = record(given, Path(place))
        written = checkpoints(Path(place))
    first, *later = sorted(written)
    print(f"first checkpoint: {milliseconds[first][0]:.1f} ms of the training thread, {written[first] / 1e6:.1f} MB")
    if later:
        print(f"the {len(later)} later ones: {max(written[epoch] for epoch in later) / 1e6:.1f} MB at most")
        for kind, name in enumerate(("milliseconds", "milliseconds of processor")):
            stalls = [milliseconds[epoch][kind] for epoch in later]
            print(f"{name}: {median(stalls):.1f} in the median, {max(stalls):.1f} at worst")
            print("  " + " ".join(f"{stall:.1f}" for stall in stalls))
    without = [milliseconds[epoch][0] for epoch in range(given.epochs) if epoch not in written]
    print(f"{len(without)} epochs without a checkpoint" + (f": {median(without):.1f} ms in the median" if without else ""))


if __name__ == "__main__":
    main()
