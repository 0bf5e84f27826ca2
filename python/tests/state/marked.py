"""Programs that say with markers what a replay has to do: recorded, replayed, replayed by halves, and held to their markers.

Each execution of a loop or call whose line ends in `# skip` is restored, each of one that ends in `# run` is executed again, and
`# probe` keeps a loop running, so that what was restored is executed on from.
"""

from __future__ import annotations

import textwrap

from flor.runtime.replaying import Plan
from flor.runtime.sites import SiteKey

from ..simulation import Outcome, plain, record, replay


def check(source: str) -> Outcome:
    """Calls are skipped as loops are; the whole replay."""
    return _Marked(source).replayed({})


def check_loops(source: str) -> None:
    """And once more by loops alone: a call that is skipped would hide those inside it."""
    marked = _Marked(source)
    marked.prints_the_same({})
    marked.replayed({site.key: "a call" for site in marked.recorded.session.runtime.sites if site.is_call})


class _Marked:
    def __init__(self, source: str) -> None:
        self.source = textwrap.dedent(source).strip() + "\n"
        self.lines = self.source.splitlines()
        self.expected = plain(self.source)
        self.recorded = record(self.source)
        assert self.recorded.text == self.expected
        sites = {site.line: site.key for site in self.recorded.session.runtime.sites}
        self.probes = {sites[n]: "probe" for n, line in enumerate(self.lines, 1) if line.endswith("# probe")}

    def replayed(self, must_run: dict[SiteKey, str]) -> Outcome:
        """As the markers say; and what is restored up to the middle is executed on from to the end."""
        replayed = self.prints_the_same(must_run)
        for n, line in enumerate(self.lines, 1):
            if line.endswith("# skip"):
                assert replayed.restored[n] > 0 and replayed.executed[n] == 0, (line, replayed.reasons[n])
            elif line.endswith("# run"):
                assert replayed.restored[n] == 0 and replayed.executed[n] > 0, line
        self.prints_the_same(must_run, restore_until=len(self.recorded.core.taken) // 2)
        return replayed

    def prints_the_same(self, must_run: dict[SiteKey, str], restore_until: int | None = None) -> Outcome:
        plan = Plan(must_run=self.probes | must_run, restore_until=restore_until, restores_slow_ones=True)
        replayed = replay(self.source, self.recorded, plan)
        assert replayed.text == self.expected
        assert replayed.session.divergences == []
        return replayed
