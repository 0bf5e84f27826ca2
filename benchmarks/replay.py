"""What a replay costs: outer and inner probes, one place, restoring, the estimate, and FlorDB's beside it. One table each.

`device.py` waits for a simulated device (`time.sleep`), so that the replay is measured and not the machine. A plain run of the
edited script, its ideal, and the replays are taken in turns; times are medians. Nothing is asserted about times; what a replay
prints is compared with a plain run of the edited script, and a difference ends the benchmark.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import presentation
from presentation import REPOSITORY
from replay_rivals import HEADER, rivals
from training import Timed, Tools, Training

sys.path.insert(0, str(REPOSITORY / "scripts"))

from example_set import all_examples


def without_skipped(text: str) -> str:
    """The script with the loops deleted that a replay skips."""
    return re.sub(r"# skipped begins\n.*?# skipped ends\n", "\n", text, flags=re.S)


def same(replayed: Timed, plain: Timed, what: str) -> None:
    if replayed.output != plain.output:
        sys.exit(f"benchmark: the replay of {what} did not print what the edited script prints")


def disk_bytes_per_second(folder: Path) -> float:
    """Of the packs, read in order, when the system does not have them in memory."""
    files = sorted(folder.glob(".flor/runs/*/packs/*"))
    forget(folder)
    began, total = time.perf_counter(), 0
    for path in files:
        with open(path, "rb", buffering=0) as file:
            while piece := file.read(4 << 20):
                total += len(piece)
    return total / (time.perf_counter() - began)


def forget(folder: Path) -> None:
    """Has the system forget the packs."""
    for path in folder.glob(".flor/runs/*/packs/*"):
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def outer(tools: Tools, place: Path, given: argparse.Namespace) -> list[list[str]]:
    """One probe at the end of each epoch."""
    epochs, step_milliseconds = given.epochs, given.milliseconds
    training = Training(tools, "device.py", place / "outer", ["--epochs", str(epochs), "--milliseconds", str(step_milliseconds)])
    training.record()
    edited = training.with_probe("outer")
    training.write(edited)
    plain = training.plain(edited)
    ideals, replays, read = [], [], 0
    for _ in range(tools.turns):
        ideals.append(training.plain(without_skipped(edited)).seconds)
        forget(training.folder)
        done, report = tools.replay(training.folder)
        same(done, plain, "an outer probe")
        replays.append(done.seconds)
        read = report["bytes_read"]
    ideal = statistics.median(ideals) + read / disk_bytes_per_second(training.folder)
    seconds = statistics.median(replays)
    epoch = step_milliseconds * 75 / 1000
    return [
        [
            f"{epochs} epochs of {epoch:.2g} s", f"{plain.seconds:.1f}", f"{seconds:.2f}", f"{plain.seconds / seconds:.1f}",
            f"{ideal:.2f}", f"{1.15 * ideal + 0.3:.2f}", "yes" if seconds <= 1.15 * ideal + 0.3 else "no",
        ]
    ]  # fmt: skip


def inner(tools: Tools, place: Path, given: argparse.Namespace) -> list[list[str]]:
    """A probe in the innermost loop, of steps that wait for 20 ms. Start-up is until the first byte of output."""
    training = Training(tools, "device.py", place / "inner", ["--epochs", "64", "--steps", "50", "--size", "10000"])
    training.record("--overhead", "unlimited")
    edited = training.with_probe("inner")
    training.write(edited)
    plain = training.plain(edited)
    work = plain.seconds - plain.first_seconds
    rows = [["plain run", f"{plain.first_seconds:.2f}", f"{work:.2f}", "", "", ""]]
    for workers in (1, 2, 4, 8, 16):
        found = []
        for _ in range(tools.turns if workers > 1 else 1):
            done, report = tools.replay(training.folder, "-j", workers)
            same(done, plain, "an inner probe")
            found.append((done.seconds - done.first_seconds, done.first_seconds, report["workers"]))
        seconds, start, used = sorted(found)[len(found) // 2]
        times = work / seconds
        enough = "yes" if times >= 0.92 * workers else "no"
        rows.append(
            [f"-j {workers}, {used} used", f"{start:.2f}", f"{seconds:.2f}", f"{times:.2f}", f"{times / workers:.2f}", enough]
        )
    return rows


def one_place(tools: Tools, place: Path, given: argparse.Namespace) -> list[list[str]]:
    """The first value of one iteration, beside what has to be done in any case."""
    epochs = 30
    training = Training(tools, "device.py", place / "at", ["--epochs", str(epochs), "--size", "3000000"])
    training.record()
    edited = training.with_probe("outer")
    training.write(edited)
    rows = []
    for at in (epochs // 2, epochs - 1):
        firsts, needed = [], []
        for _ in range(tools.turns):
            prologue = training.plain(without_skipped(edited)).first_seconds
            done, report = tools.replay(training.folder, "--at", f"epoch={at}")
            restores = [loop for loop in report["loops"] if loop["restored"]]
            once = sum(loop["restore_seconds"] for loop in restores) / max(1, sum(loop["restored"] for loop in restores))
            firsts.append(done.first_seconds)
            needed.append(prologue + once)
        first, least = statistics.median(firsts), statistics.median(needed)
        rows.append([f"epoch={at} of {epochs}", f"{first:.2f}", f"{least:.2f}", f"{first / least:.2f}"])
    return rows


def restoring(tools: Tools, place: Path, given: argparse.Namespace) -> list[list[str]]:
    """How fast checkpoints of 300 MB are read, verified and written into the program."""
    training = Training(tools, "large_state.py", place / "large", ["--epochs", "8"])
    training.record("--overhead", "unlimited")
    training.write(training.text.replace('    print(f"epoch', '    print("probe", epoch)\n    print(f"epoch'))
    rows = []
    for name, is_cold in (("in the system's memory", False), ("on the disk", True)):
        speeds = []
        for _ in range(tools.turns):
            if is_cold:
                forget(training.folder)
            _, report = tools.replay(training.folder, "-j", 1)
            seconds = sum(loop["restore_seconds"] for loop in report["loops"] if loop["restored"])
            speeds.append(report["bytes_read"] / seconds if seconds else 0.0)
        disk = disk_bytes_per_second(training.folder)
        speed = statistics.median(speeds)
        rows.append([name, f"{speed / 1e9:.2f}", f"{disk / 1e9:.2f}", f"{speed / disk:.2f}"])
    return rows


def estimates(tools: Tools, place: Path, given: argparse.Namespace) -> list[list[str]]:
    """What was said beforehand, and what it took, on the examples."""
    rows = []
    for example in all_examples():
        script = example.copy_to(place / f"estimate-{example.name}")
        tools.run(script.parent, tools.florpy, "record", script.name)
        for probe in ("outer", "inner"):
            example.switch_on(probe, script.parent)
            for workers in (1, 2, 4):
                told = tools.run(script.parent, tools.florpy, "replay", "--dry-run", "--json", "-j", workers, script.name)
                plan = json.loads(told.output)
                report = script.parent / "report.json"
                tools.run(script.parent, tools.florpy, "replay", "--report", report, "-j", workers, script.name)
                took = json.loads(report.read_text(encoding="utf-8"))["seconds"]
                said = plan["estimate_seconds"]
                used = f"-j {workers}, {plan['workers']} used"
                rows.append([f"{example.name}, {probe}", used, f"{said:.1f}", f"{took:.1f}", f"{said / took - 1:+.0%}"])
    return rows


Measure = Callable[[Tools, Path, argparse.Namespace], list[list[str]]]
PARTS: dict[str, tuple[list[str], Measure]] = {
    "outer": (["outer probe", "plain run s", "replay s", "times faster", "ideal s", "1.15 ideal + 0.3 s", "within"], outer),
    "inner": (["inner probe", "start-up s", "the rest s", "times faster", "by N", "0.92 N"], inner),
    "at": (["--at", "first value s", "start, prologue, one restore s", "ratio"], one_place),
    "restore": (["restoring from what is", "restore GB/s", "reading the same GB/s", "ratio"], restoring),
    "estimate": (["example", "workers", "estimate s", "took s", "off by"], estimates),
    "rivals": (HEADER, rivals),
}


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=200, help="of the outer probe's training")
    parser.add_argument("--milliseconds", type=float, default=20, help="for which each of its 75 steps waits")
    parser.add_argument("--environments", metavar="FOLDER", help="where FlorDB is installed and kept; in a temporary folder else")
    parser.add_argument("--only", action="append", default=[], choices=list(PARTS))
    return parser.parse_args()


def main() -> None:
    given = options()
    tools = Tools(os.path.abspath(given.python), os.path.abspath(given.florpy), given.turns)
    pages = []
    with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        place = Path(folder)
        for name, (header, measure) in PARTS.items():
            if not given.only or name in given.only:
                print(f"{name} …", file=sys.stderr, flush=True)
                pages.append(presentation.table([header, *measure(tools, place, given)]))
                print(pages[-1] + "\n", flush=True)
    if given.results:
        written = f"Written by `make bench-replay`, see replay.py. Medians of {given.turns} runs."
        presentation.write_page(given.results, "# Replay", written, presentation.known(given.python), *pages)


if __name__ == "__main__":
    main()
