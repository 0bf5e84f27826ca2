"""How a replay can be divided: the pieces between checkpoints, with what it costs to execute them and to pass them.

A piece ends at the checkpoint of an execution that has to run. Whoever executes another piece restores that checkpoint instead.
What no checkpoint covers is executed by every worker, and so is what lies around the pieces.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .probes import ProjectDiff, imported_modules, what_is_kept
from .record_of_run import RecordedRun
from .runtime.output import records
from .runtime.sites import SiteKey

# Where no replay has measured it: what a checkpoint costs however small it is, and the bytes that are read in a second.
_RESTORE_SECONDS = 0.005
_RESTORE_BYTES_PER_SECOND = 1e9

# Names by which a program reads what is typed or piped into it. Workers cannot share that.
_INPUT_NAMES = frozenset({"stdin", "fileinput", "getpass", "breakpoint", "pdb", "set_trace"})


@dataclass
class Piece:
    """One execution with a checkpoint, and those with checkpoints inside it."""

    checkpoint: int
    site: SiteKey
    execution: int
    seconds: float
    restore_seconds: float
    inside: list[Piece] = field(default_factory=list)

    @property
    def own_seconds(self) -> float:
        return max(0.0, self.seconds - sum(one.seconds for one in self.inside))


def tree(checkpoints: list[tuple[int, dict[str, Any]]], restore_seconds: Mapping[int, float]) -> list[Piece]:
    """The outermost pieces, in program order. An execution had begun before those inside it ended."""
    stack: list[Piece] = []
    counts: list[dict[SiteKey, int]] = []
    for number, manifest in checkpoints:
        path, ordinal = manifest["site"]
        piece = Piece(number, (path, ordinal), manifest["execution"], manifest["seconds"], restore_seconds[number])
        while stack and counts[-1].get(piece.site, 0) > piece.execution:
            piece.inside.insert(0, stack.pop())
            counts.pop()
        stack.append(piece)
        counts.append({(path, one): count for path, ones in manifest["counters"].items() for one, count in ones})
    return stack


@dataclass
class Division:
    """What the pieces come to: segments as `plan.json` has them, and the seconds of what every worker executes."""

    must_run: Collection[SiteKey]
    never_restored: Collection[SiteKey]
    segments: list[dict[str, Any]] = field(default_factory=list)
    shared_seconds: float = 0.0

    def add(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if piece.site not in self.must_run:
                self.shared_seconds += piece.restore_seconds
            elif any(one.site in self.must_run for one in piece.inside):
                self.add(piece.inside)
                self.shared_seconds += piece.own_seconds
            else:
                self._add_innermost(piece)

    def _add_innermost(self, piece: Piece) -> None:
        seconds = piece.own_seconds + sum(one.restore_seconds for one in piece.inside)
        if piece.site in self.never_restored:
            self.shared_seconds += seconds
            return
        # Its state is compared at its end, which costs about what restoring it does.
        seconds += piece.restore_seconds
        self.segments.append({"end": piece.checkpoint, "seconds": seconds, "restore_seconds": piece.restore_seconds})


def divided(
    pieces: list[Piece], must_run: Collection[SiteKey], never_restored: Collection[SiteKey], run_seconds: float
) -> Division:
    """The last segment goes to the program's end."""
    division = Division(must_run, never_restored)
    division.shared_seconds = max(0.0, run_seconds - sum(piece.seconds for piece in pieces))
    division.add(pieces)
    division.segments.append({"end": None, "seconds": 0.0, "restore_seconds": 0.0})
    return division


def restore_costs(core: Any, checkpoints: list[tuple[int, dict[str, Any]]], run_folder: str) -> dict[int, float]:
    """Seconds by checkpoint: as the latest replay measured them at that site, or by their size."""
    measured = _measured(run_folder)
    return {
        number: measured.get(tuple(manifest["site"]))
        or _RESTORE_SECONDS + core.checkpoint_bytes(number) / _RESTORE_BYTES_PER_SECOND
        for number, manifest in checkpoints
    }


def _measured(run_folder: str) -> dict[Any, float]:
    found: dict[Any, float] = {}
    replays = os.path.join(run_folder, "replays")
    for name in sorted(os.listdir(replays)) if os.path.isdir(replays) else ():
        path = os.path.join(replays, name, "report.json")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            for loop in json.load(file)["loops"]:
                if loop["restored"]:
                    found[tuple(loop["site"])] = loop["restore_seconds"] / loop["restored"]
    return found


def why_one_worker(run: RecordedRun, diff: ProjectDiff, present: Mapping[str, bytes], root: str) -> str | None:
    """Why several workers would not print what one does; None where they would."""
    for path, source in sorted(present.items()):
        name = next((name for name in _names(ast.parse(source)) if name in _INPUT_NAMES), None)
        if name is not None:
            return f"{path} may read standard input (`{name}`), which workers cannot share"
    for path, caution in diff.warnings:
        return f"the probe at {path}:{caution.line} {caution.reason}"
    kept = what_is_kept(diff)
    if kept is not None:
        return kept
    for name in sorted(imported_modules(diff)):
        if os.path.exists(os.path.join(root, f"{name}.py")) or os.path.isdir(os.path.join(root, name)):
            return f"a probe imports `{name}`, which was not there when the run was recorded"
    if _has_foreign_output(run):
        return "something other than sys.stdout wrote to standard output, a child process or C code"
    return None


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input":
            yield "stdin"
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.name for alias in node.names)
            yield getattr(node, "module", None) or ""


def _has_foreign_output(run: RecordedRun) -> bool:
    """More left the process than went through its streams. Where both are one channel, `stdout.log` has both."""
    kept = {name: _size(os.path.join(run.folder, name)) for name in ("stdout.log", "stderr.log")}
    written = {"t": 0, "T": 0}
    for kind, payload in records(run.output()):
        letter = kind.decode().replace("b", "t").replace("B", "T")
        if letter in written:
            written[letter] += len(payload)
    return kept["stdout.log"] > (written["t"] if kept["stderr.log"] else written["t"] + written["T"])


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except FileNotFoundError:
        return 0
