"""Pass one of a restore: which live object each recorded node is.

Recorded and live graph are walked together from their roots, along equal labels. A recorded node and a live one are paired at
most once each, so that two recorded objects never become one. Objects that are keys (an optimizer's state is keyed by its
parameters) are paired after everything else, when their other places have told which object they are. Nothing is written here.
"""

from __future__ import annotations

from .edges import edges, identity, keyed
from .graph import Graph, Reference, is_reference


class Match:
    """Pairs of recorded and live nodes: `live_of[r]`, `recorded_of[l]`, None where there is no partner."""

    def __init__(self, recorded: Graph, live: Graph) -> None:
        self.recorded = recorded
        self.live = live
        self.live_of: list[int | None] = [None] * len(recorded.nodes)
        self.recorded_of: list[int | None] = [None] * len(live.nodes)
        self._queue: list[int] = []
        self._with_keys: list[int] = []
        for label, reference in recorded.roots.items():
            self._pair(reference, live.roots.get(label))
        self._run()

    def _pair(self, recorded: Reference, live: Reference) -> None:
        if not (is_reference(recorded) and is_reference(live)):
            return
        if self.live_of[recorded] is not None or self.recorded_of[live] is not None:
            return
        if identity(self.recorded, self.recorded.nodes[recorded]) != identity(self.live, self.live.nodes[live]):
            return
        self.live_of[recorded] = live
        self.recorded_of[live] = recorded
        self._queue.append(recorded)

    def _run(self) -> None:
        while self._queue or self._with_keys:
            while self._queue:
                self._follow(self._queue.pop())
            waiting, self._with_keys = self._with_keys, []
            for number in waiting:
                self._pair_values_of_known_keys(number)
            if not self._queue:
                for number in waiting:
                    self._pair_keys_in_order(number)

    def _follow(self, number: int) -> None:
        node = self.recorded.nodes[number]
        partner = self.live.nodes[self._partner(number)]
        live_edges = dict(edges(self.live, partner))
        for label, reference in edges(self.recorded, node):
            self._pair(reference, live_edges.get(label))
        if keyed(node) and keyed(partner):
            self._with_keys.append(number)

    def _partner(self, number: int) -> int:
        partner = self.live_of[number]
        assert partner is not None
        return partner

    def _pair_values_of_known_keys(self, number: int) -> None:
        live_items = dict(keyed(self.live.nodes[self._partner(number)]))
        for key, value in keyed(self.recorded.nodes[number]):
            partner = self.live_of[key]
            if partner in live_items:
                self._pair(value, live_items[partner])

    def _pair_keys_in_order(self, number: int) -> None:
        """Keys that nothing else tells apart: the first with the first."""
        live_items = [(k, v) for k, v in keyed(self.live.nodes[self._partner(number)]) if self.recorded_of[k] is None]
        recorded_items = [(k, v) for k, v in keyed(self.recorded.nodes[number]) if self.live_of[k] is None]
        for (key, value), (live_key, live_value) in zip(recorded_items, live_items):
            self._pair(key, live_key)
            if self.live_of[key] == live_key:
                self._pair(value, live_value)
