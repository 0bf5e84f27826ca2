"""How a replay can be divided: the pieces between checkpoints, with what it costs to execute them and to pass them.

A piece ends at the checkpoint of an execution that has to run, or at one between its iterations. Whoever executes another piece
restores that checkpoint instead. What no checkpoint covers is executed by every worker, and so is what lies around the pieces.
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
class Cut:
    """A checkpoint between two iterations of an execution, which had taken `seconds`; `open` has that, and those around it."""

    checkpoint: int
    execution: tuple[SiteKey, int]
    seconds: float
    restore_seconds: float
    open: frozenset[tuple[SiteKey, int]]


@dataclass
class Piece:
    """One execution, with the checkpoint of its end, if it has one, and what has checkpoints inside it, in program order."""

    checkpoint: int | None
    site: SiteKey
    execution: int
    seconds: float
    restore_seconds: float
    counters: dict[SiteKey, int]
    inside: list[Piece | Cut] = field(default_factory=list)

    def holds(self, other: Piece | Cut) -> bool:
        """Whether this execution was open when an earlier checkpoint was taken."""
        if isinstance(other, Cut):
            return (self.site, self.execution) in other.open
        return other.counters.get(self.site, 0) > self.execution

    def chunks(self) -> Iterator[tuple[list[Piece], float, Cut | None]]:
        """What lies between its own cuts: the pieces there, the seconds that they do not account for, and the cut at the end."""
        began, pieces = 0.0, list[Piece]()
        for one in self.inside:
            if isinstance(one, Piece):
                pieces.append(one)
            elif one.execution == (self.site, self.execution):
                yield pieces, max(0.0, one.seconds - began - sum(piece.seconds for piece in pieces)), one
                began, pieces = one.seconds, []
        yield pieces, max(0.0, self.seconds - began - sum(piece.seconds for piece in pieces)), None


def tree(checkpoints: list[tuple[int, dict[str, Any]]], restore_seconds: Mapping[int, float]) -> list[Piece]:
    """The outermost pieces, in program order. An execution had begun before those inside it ended."""
    ended = {_execution(manifest) for _, manifest in checkpoints if "iteration" not in manifest}
    last_cut = {_execution(manifest): number for number, manifest in checkpoints if "iteration" in manifest}
    stack: list[Piece | Cut] = []
    for number, manifest in checkpoints:
        execution = _execution(manifest)
        seconds, cost = manifest["seconds"], restore_seconds[number]
        if "iteration" in manifest:
            around = {((path, ordinal), one) for path, ordinal, one, _ in manifest["around"]}
            stack.append(Cut(number, execution, seconds, cost, frozenset({execution, *around})))
            if execution in ended or last_cut[execution] != number:
                continue
        is_end = "iteration" not in manifest
        counters = {(path, one): count for path, ones in manifest["counters"].items() for one, count in ones}
        piece = Piece(number if is_end else None, *execution, seconds, cost, counters)
        while stack and piece.holds(stack[-1]):
            piece.inside.insert(0, stack.pop())
        stack.append(piece)
    return [one for one in stack if isinstance(one, Piece)]


def _execution(manifest: dict[str, Any]) -> tuple[SiteKey, int]:
    path, ordinal = manifest["site"]
    return (path, ordinal), manifest["execution"]


@dataclass
class Division:
    """What the pieces come to: segments as `plan.json` has them, and the seconds of what every worker executes."""

    must_run: Collection[SiteKey]
    never_restored: Collection[SiteKey]
    segments: list[dict[str, Any]] = field(default_factory=list)
    shared_seconds: float = 0.0

    def add(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if piece.site in self.must_run:
                self._divide(piece)
            else:
                self.shared_seconds += piece.restore_seconds

    def _divide(self, piece: Piece) -> None:
        before, count = self._last_end, len(self.segments)
        can_be_restored = piece.site not in self.never_restored
        for pieces, own_seconds, cut in piece.chunks():
            began = len(self.segments)
            for one in pieces:
                if one.site in self.must_run:
                    self._divide(one)
                else:
                    own_seconds += one.restore_seconds
            if cut is not None and can_be_restored:
                self._end(cut.checkpoint, own_seconds, own_seconds, Leap(cut.restore_seconds, before, True))
            elif cut is not None or piece.checkpoint is None or not can_be_restored or len(self.segments) > began:
                self.shared_seconds += own_seconds
            elif len(self.segments) > count:
                self._end(piece.checkpoint, own_seconds, own_seconds, Leap(piece.restore_seconds, before, False))
            else:
                self._end(piece.checkpoint, own_seconds, piece.restore_seconds, None)

    @property
    def _last_end(self) -> int:
        return self.segments[-1]["end"] if self.segments else 0

    def _end(self, checkpoint: int, own_seconds: float, pass_seconds: float, leap: Leap | None) -> None:
        # The state is compared there, which costs about what restoring it does.
        seconds = own_seconds + (pass_seconds if leap is None else leap.seconds)
        described = None if leap is None else vars(leap)
        self.segments.append({"end": checkpoint, "seconds": seconds, "restore_seconds": pass_seconds, "leap": described})


@dataclass
class Leap:
    """How a worker may come to the end of a segment without passing all that lies before it: from the place where the loop begins
    (behind the checkpoint `since`) or, `from_inside`, from any place in it."""

    seconds: float
    since: int
    from_inside: bool


def divided(
    pieces: list[Piece], must_run: Collection[SiteKey], never_restored: Collection[SiteKey], run_seconds: float
) -> Division:
    """The last segment goes to the program's end."""
    division = Division(must_run, never_restored)
    division.shared_seconds = max(0.0, run_seconds - sum(piece.seconds for piece in pieces))
    division.add(pieces)
    division.segments.append({"end": None, "seconds": 0.0, "restore_seconds": 0.0, "leap": None})
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
                count = loop["restored"] + loop.get("jumped", 0)
                if count:
                    found[tuple(loop["site"])] = loop["restore_seconds"] / count
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
