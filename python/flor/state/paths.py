"""Where an object of a state is, as a programmer would write it: `model.conv1.weight`, `history[3]['loss']`.

For messages only: finding the paths walks everything. `Sources/StateGraph/Paths.swift` finds the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .edges import Edge, edges, keyed, spelled
from .graph import SAVED_OBJECTS, Graph, Node, Tag, is_reference

# A module keeps what its users write as attributes in dicts of these names.
_DICTS_OF_PARTS = frozenset({"_modules", "_parameters", "_buffers"})
# What nobody writes: the memory under a tensor, the payload of an object that is a dict as well.
_UNSPOKEN = frozenset({"storage", "memory", "payload"})
_WITH_ATTRIBUTES = frozenset({Tag.INSTANCE, Tag.CLASS})
# Of a longer path only the end is told: a list that is linked through a million objects has a path of a million steps.
_LONGEST_PATH = 48


@dataclass(frozen=True)
class _Key:
    """The n-th key that is an object, or its value."""

    number: int
    key: int | None = None


class Paths:
    """The cheapest path from a root to each node: a step by name costs less than one by number."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._steps: list[tuple[int, Any] | None] = [None] * len(graph.nodes)
        self._labels: dict[int, str] = {}
        for label, reference in graph.roots.items():
            if is_reference(reference):
                self._labels.setdefault(reference, label)
        self._walk()

    def _walk(self) -> None:
        """Dial's algorithm: the costs are small integers."""
        cost = dict.fromkeys(self._labels, 0)
        levels = [list(self._labels)]
        for level, waiting in enumerate(levels):  # both grow while they are walked
            for number in waiting:
                if cost[number] != level:
                    continue
                node = self._graph.nodes[number]
                for label, target in self._steps_from(node):
                    price = level + self._price(label, node)
                    if target in cost and cost[target] <= price:
                        continue
                    cost[target] = price
                    self._steps[target] = (number, label)
                    levels.extend([] for _ in range(price + 1 - len(levels)))
                    levels[price].append(target)
            waiting.clear()

    def _steps_from(self, node: Node) -> list[Edge]:
        found = list(edges(self._graph, node))
        for number, (key, value) in enumerate(keyed(node)):
            found.append((_Key(number), key))
            if is_reference(value):
                found.append((_Key(number, key), value))
        return found

    @staticmethod
    def _price(label: Any, node: Node) -> int:
        if isinstance(label, _Key):
            return 5
        if _holds_parts(label, node) or _is_unspoken(label, node):
            return 0
        by_name = label[0] == "item" if isinstance(label, tuple) else node[0] in _WITH_ATTRIBUTES and label != "class"
        return 1 if by_name or (node[0] == Tag.TENSOR and label == "grad") else 4

    def get(self, number: int, default: str = "an object", is_key: bool = False) -> str:
        """The path of a node; `default` where no root leads there. That of a key is told without its scope, and without keys."""
        way: list[tuple[int, Any]] = []
        while (step := self._steps[number]) is not None and len(way) < _LONGEST_PATH:
            way.append(step)
            number = step[0]
        is_whole = self._steps[number] is None
        if is_whole and number not in self._labels:
            return default
        text = self._labels[number] if is_whole else "…"
        scope = scope_of(text)
        scope = "" if is_key and scope is not None else scope
        for origin, label in reversed(way):
            node = self._graph.nodes[origin]
            if _holds_parts(label, node):
                scope = f"{text}."
                continue
            if scope is not None and isinstance(label, tuple) and label[0] == "item" and isinstance(label[1][1], str):
                text = scope + label[1][1]
            elif isinstance(label, _Key):
                text += self._key(label, is_key)
            elif not _is_unspoken(label, node):
                text += spelled(label, node)
            scope = None
        return text

    def _key(self, label: _Key, in_key: bool) -> str:
        if label.key is None:
            return f"[{label.number}. key]"
        by_number = f"key {label.number}"
        return f"[{by_number if in_key else self.get(label.key, by_number, True)}]"


def scope_of(root: str) -> str | None:
    """What the names in a root that is a scope are written after; a script's own globals need no word."""
    if root == SAVED_OBJECTS:
        return ""
    kind, _, name = root.partition(" ")
    if kind == "module":
        return "" if name == "__main__" else f"{name}."
    if kind == "frame":
        return f"{name.rpartition(':')[2]}() "
    return None


def _holds_parts(label: Any, node: Node) -> bool:
    return node[0] == Tag.INSTANCE and isinstance(label, str) and label in _DICTS_OF_PARTS


def _is_unspoken(label: Any, node: Node) -> bool:
    """Parts that are no attribute of the program's: an attribute may well be called `memory`."""
    if node[0] == Tag.INSTANCE:
        return label == "payload" and node[2] is not None
    if node[0] == Tag.FROZEN:
        return True
    return node[0] in (Tag.TENSOR, Tag.ARRAY) and isinstance(label, str) and label in _UNSPOKEN
