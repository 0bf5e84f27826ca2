"""Names that `tempfile` draws anew in each run: `tmp` and eight characters.

A recorded state speaks of the recorded run's temporary files, the live program of its own. Where both hold such a name at the same
place, the one stands for the other, and all strings of the recorded graph are read with the live name.
"""

from __future__ import annotations

import re
from typing import Any

from .edges import fields
from .graph import Graph, Node
from .match import Match

_DRAWN = re.compile(r"\btmp[a-z0-9_]{8}\b")


def adopt_live_names(match: Match) -> None:
    """Replaces the recorded run's temporary names in the recorded graph by those of the live program."""
    names = _pairs(match)
    if not names:
        return
    pattern = re.compile("|".join(map(re.escape, names)))
    graph = match.recorded
    for number, node in enumerate(graph.nodes):
        graph.nodes[number] = _renamed(node, pattern, names)


def _pairs(match: Match) -> dict[str, str]:
    names: dict[str, str] = {}
    if not any(_holds_drawn_name(node) for node in match.recorded.nodes):
        return names
    for number, node in enumerate(match.recorded.nodes):
        partner = match.live_of[number]
        if partner is None or not _holds_drawn_name(node):
            continue
        live = _strings(match.live, match.live.nodes[partner])
        for label, recorded in _strings(match.recorded, node).items():
            mine, theirs = _DRAWN.findall(recorded), _DRAWN.findall(live.get(label, ""))
            if len(mine) == len(theirs) and _DRAWN.sub("", recorded) == _DRAWN.sub("", live.get(label, "")):
                names.update((a, b) for a, b in zip(mine, theirs) if a != b)
    return names


def _holds_drawn_name(value: Any) -> bool:
    if isinstance(value, str):
        return "tmp" in value and _DRAWN.search(value) is not None
    return isinstance(value, tuple) and any(map(_holds_drawn_name, value))


def _strings(graph: Graph, node: Node) -> dict[Any, str]:
    return {label: value for label, value in fields(graph, node).items() if isinstance(value, str)}


def _renamed(value: Any, pattern: re.Pattern[str], names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda found: names[found[0]], value)
    if isinstance(value, tuple) and _holds_drawn_name(value):
        return tuple(_renamed(item, pattern, names) for item in value)
    return value
