"""What the programs of a fuzz have proved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..simulation import Outcome


@dataclass
class Counts:
    """How much was restored, executed and compared, over all replays of all programs."""

    programs: int = 0
    checkpoints: int = 0
    restored: int = 0
    executed: int = 0
    compared: int = 0
    jumped: int = 0  # to a place between two iterations
    retries: int = 0
    failed: int = 0  # programs that ended by an exception, as they should
    restoring_programs: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, replayed: Outcome) -> None:
        """One more replay of a program."""
        self.restored += sum(replayed.restored.values())
        self.executed += sum(replayed.executed.values())
        self.compared += sum(replayed.compared.values())
        self.jumped += sum(replayed.jumped.values())
        self.retries += replayed.retries
        self.failed = max(self.failed, bool(replayed.error))
        self.restoring_programs = int(self.restored > 0)
        for report in replayed.session.reports.values():
            self.reasons.update(report.reasons)

    def __iadd__(self, other: Counts) -> Counts:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
        return self

    def __str__(self) -> str:
        return (
            f"{self.programs} programs ({self.failed} end by an exception, {self.restoring_programs} restore something): "
            f"{self.checkpoints} checkpoints, loops {self.restored} times restored, {self.executed} executed, "
            f"{self.compared} compared, {self.jumped} entered in their middle; {self.retries} replays begun again"
        )
