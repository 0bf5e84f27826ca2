"""Checkpoints between the iterations of a loop, while replaying: restoring one passes over those before it.

Twin of `recorded_iterations`.

A loop that has begun may *jump*: from the boundary where it is to a later one, whose checkpoint is restored. Everything around
the loop has really been executed, or restored, so that only what its iterations do is left out, as when a loop is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..state.build import Unrestorable
from .boundaries import NEVER, Aim, Boundary
from .executions import Execution
from .sites import Site

if TYPE_CHECKING:
    from .replaying import Replayer

# Where a checkpoint is refused, an earlier one may do.
MAX_ATTEMPTS = 3


class Kept(NamedTuple):
    """A boundary that has a checkpoint."""

    iteration: int
    number: int
    manifest: dict[str, Any]


class Jumps:
    """The boundaries that a replay hears of."""

    def __init__(self, replayer: Replayer) -> None:
        self._replayer = replayer
        self._kept: dict[tuple[str, int, int], list[Kept]] = {}
        self._refused: set[int] = set()

    def add(self, number: int, manifest: dict[str, Any]) -> None:
        path, ordinal = manifest["site"]
        self._kept.setdefault((path, ordinal, manifest["execution"]), []).append(Kept(manifest["iteration"], number, manifest))

    def concern(self, execution: Execution) -> bool:
        return _execution(execution) in self._kept

    def forget(self) -> None:
        """Nobody jumps any more."""
        self._kept.clear()

    def come(self, execution: Execution, boundary: Boundary) -> Aim:
        kept = self._kept.get(_execution(execution))
        if kept is None:
            return Aim(NEVER)
        here = next((one for one in kept if one.iteration == boundary.number), None)
        if here is not None:
            self._arrive(execution, boundary, here)
        # Where the program is in the recorded output: known before the first iteration, and where there is a checkpoint.
        ops = here.manifest["ops"] if here is not None else kept[0].manifest["ops_began"] if boundary.number == 0 else None
        for _ in range(MAX_ATTEMPTS):
            target = self._target(execution, boundary, kept, ops)
            if target is None:
                break
            if self._jump(execution, boundary, target, ops):
                ops = target.manifest["ops"]
        following = min((one.iteration for one in kept if one.iteration > boundary.number), default=NEVER)
        return Aim(following - boundary.number)

    def _arrive(self, execution: Execution, boundary: Boundary, here: Kept) -> None:
        replayer, position = self._replayer, self._position(execution, here.iteration)
        replayer.compare_at(execution.site, position, here.number, here.manifest, boundary)
        replayer.passed(here.number, position)

    def _position(self, execution: Execution, iteration: int) -> str:
        return f"{self._replayer.position(execution.site, execution.number)} iteration {iteration}"

    def _target(self, execution: Execution, boundary: Boundary, kept: list[Kept], ops: int | None) -> Kept | None:
        """The furthest checkpoint that everything up to it may be left out for."""
        later: list[Kept] = [one for one in kept if one.iteration > boundary.number and one.number not in self._refused]
        if not later:
            return None
        source = None if boundary.iterations is None else boundary.iterations.source
        key, last = execution.site.key, later[-1].iteration
        free_until: int = self._replayer.choice.free_until(key, boundary.number, last, source)
        del source  # it counts as a reference
        one: Kept
        for one in reversed(later):
            if self._may_jump(execution.site, boundary, one, ops, one.iteration <= free_until):
                return one
        return None

    def _may_jump(self, site: Site, boundary: Boundary, one: Kept, ops: int | None, is_free: bool) -> bool:
        replayer = self._replayer
        if replayer.why_not(site, one.number, one.manifest["seconds"] - boundary.seconds) is not None:
            return False
        if replayer.segments.leaves_to_others(one.number):
            return site.key not in replayer.plan.never_restored
        if not is_free:
            return False
        if replayer.choice.is_hidden:
            return site.key not in replayer.plan.never_restored
        return ops is not None and site.key not in replayer.plan.must_run

    def _jump(self, execution: Execution, boundary: Boundary, target: Kept, ops: int | None) -> bool:
        replayer, site = self._replayer, execution.site
        try:
            with replayer.restoring(site, target.number, target.manifest, boundary.frame, boundary.iterations) as restoration:
                restoration.commit()
                if boundary.iterations is not None:
                    boundary.iterations.source = restoration.iterator()
        except Unrestorable as refusal:
            self._refused.add(target.number)
            replayer.report(site).reasons[f"iteration {target.iteration} was not jumped to: {refusal}"] += 1
            return False
        if ops is None:
            replayer.output.jump_to(target.manifest["ops"])
        else:
            replayer.output.skip_to(ops, target.manifest["ops"])
        replayer.choice.jumped(site.key, target.iteration - boundary.number)
        boundary.number, boundary.seconds = target.iteration, target.manifest["seconds"]
        replayer.report(site).jumped += 1
        replayer.passed(target.number, self._position(execution, target.iteration))
        return True


def _execution(execution: Execution) -> tuple[str, int, int]:
    return (*execution.site.key, execution.number)
