"""Pass one of a restore: which live object each recorded node is.

Recorded and live graph are walked together from their roots, along equal labels. A recorded node and a live one are paired at
most once each, so that two recorded objects never become one.

Where an object stands in several places, the first to be looked at decides. A variable is a weak sign: a loop's variable names one
object after the other, while the model that holds them stays as it is. So what a variable and something else refer to is paired by
the variable only when all other places have been seen; and objects that are keys (an optimizer's state is keyed by its parameters)
after everything else. Nothing is written here.
"""

from __future__ import annotations

from collections import Counter

from .edges import edges, identity, keyed
from .graph import ARGUMENTS, VALUE, Graph, Node, Reference, Tag, is_reference

# What nothing is reached through: by a variable last of all.
_ENDS = frozenset({Tag.TENSOR, Tag.STORAGE, Tag.ARRAY, Tag.OBJECT_ARRAY})


class Match:
    """Pairs of recorded and live nodes: `live_of[r]`, `recorded_of[l]`, None where there is no partner."""

    def __init__(self, recorded: Graph, live: Graph) -> None:
        self.recorded = recorded
        self.live = live
        self.live_of: list[int | None] = [None] * len(recorded.nodes)
        self.recorded_of: list[int | None] = [None] * len(live.nodes)
        self._queue: list[int] = []
        self._with_keys: list[int] = []
        self._variables: list[tuple[Reference, Reference]] = []
        self._places = places(recorded), places(live)
        self._scopes = {reference for label, reference in recorded.roots.items() if label not in (VALUE, ARGUMENTS)}
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
        while self._queue or self._variables or self._with_keys:
            while self._queue:
                self._follow(self._queue.pop())
            if self._variables:
                self._pair_a_variable()
                continue
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
        # A view's memory is that of its base: the live view may be one of another tensor, whose memory is another's.
        is_view = _is_view(self.recorded, node) or _is_view(self.live, partner)
        for label, reference in edges(self.recorded, node):
            partner_there = live_edges.get(label)
            if number in self._scopes and self._is_elsewhere_too(reference, partner_there):
                self._variables.append((reference, partner_there))
            elif not (is_view and label == "storage"):
                self._pair(reference, partner_there)
        if keyed(node) and keyed(partner):
            self._with_keys.append(number)

    def _is_elsewhere_too(self, recorded: Reference, live: Reference) -> bool:
        recorded_places, live_places = self._places
        return is_reference(recorded) and is_reference(live) and (recorded_places[recorded] > 1 or live_places[live] > 1)

    def _pair_a_variable(self) -> None:
        """The first that leads on to other objects, which may then decide about the next."""
        nodes = self.recorded.nodes
        chosen = next((i for i, (recorded, _) in enumerate(self._variables) if nodes[recorded][0] not in _ENDS), 0)
        self._pair(*self._variables.pop(chosen))

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


def _is_view(graph: Graph, node: Node) -> bool:
    """Whether a tensor has its memory from its base; one that was given other memory, by `.data`, has it no more."""
    if node[0] != Tag.TENSOR or node[9] is None:
        return False
    base = graph.nodes[node[9]]
    return bool(base[0] != Tag.TENSOR or base[2] == node[2])


def places(graph: Graph) -> Counter[Reference]:
    """In how many places each node stands."""
    return Counter(reference for node in graph.nodes for _, reference in edges(graph, node) if is_reference(reference))
