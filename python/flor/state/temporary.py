"""Names that are others in each run: `tmp` and eight characters, which `tempfile` draws, and those with the number of the process.

A recorded state speaks of the recorded run's files, the live program of its own. Where both hold such a name at the same place, the
one stands for the other, and all strings of the recorded graph are read with the live name. In a name with the process's number, as
that of an events file of TensorBoard, the time may stand as well.
"""

from __future__ import annotations

import operator
import os
import re
from typing import Any

from .edges import fields
from .graph import Graph, Node
from .match import Match

_DRAWN = re.compile(r"\btmp[a-z0-9_]{8}\b")
_DIGITS = re.compile(r"[0-9]+")
# Of seconds since 1970, or of a part of them.
_TIME_DIGITS = 9
# Shorter ones may be any number.
_PROCESS_DIGITS = 4
# Bytes that are longer are no path.
_LONGEST_NAME_BYTES = 4096
_recorded_process = ""


def know_recorded_process(number: int) -> None:
    """Told where the names of another process are read with those of this one."""
    global _recorded_process
    _recorded_process = str(number) if len(str(number)) >= _PROCESS_DIGITS <= len(str(os.getpid())) else ""


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
            other = live.get(label, "")
            mine, theirs = _DRAWN.findall(recorded), _DRAWN.findall(other)
            if len(mine) == len(theirs) and _DRAWN.sub("", recorded) == _DRAWN.sub("", other):
                names.update((a, b) for a, b in zip(mine, theirs) if a != b)
            names.update(_names_of_process(recorded, other))
    return names


def _names_of_process(recorded: str, live: str) -> dict[str, str]:
    """From the first number that differs to the last, where nothing else does, and one of them is that of the process."""
    if not _recorded_process or _recorded_process not in recorded or _DIGITS.sub("0", recorded) != _DIGITS.sub("0", live):
        return {}
    pairs = [(a, b) for a, b in zip(_DIGITS.finditer(recorded), _DIGITS.finditer(live)) if a[0] != b[0]]
    is_process = [(a[0], b[0]) == (_recorded_process, str(os.getpid())) for a, b in pairs]
    is_time = [min(len(a[0]), len(b[0])) >= _TIME_DIGITS for a, b in pairs]
    if not any(is_process) or not all(map(operator.or_, is_process, is_time)):
        return {}
    (first, first_live), (last, last_live) = pairs[0], pairs[-1]
    return {recorded[first.start() : last.end()]: live[first_live.start() : last_live.end()]}


def _holds_drawn_name(value: Any) -> bool:
    if isinstance(value, str):
        is_of_process = bool(_recorded_process) and _recorded_process in value
        return is_of_process or ("tmp" in value and _DRAWN.search(value) is not None)
    if isinstance(value, bytes):
        return len(value) <= _LONGEST_NAME_BYTES and _holds_drawn_name(_text(value))
    return isinstance(value, tuple) and any(map(_holds_drawn_name, value))


def _text(name: bytes) -> str:
    """As it is, byte by byte."""
    return name.decode("latin-1")


def _strings(graph: Graph, node: Node) -> dict[Any, str]:
    return {label: value for label, value in fields(graph, node).items() if isinstance(value, str)}


def _renamed(value: Any, pattern: re.Pattern[str], names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda found: names[found[0]], value)
    if isinstance(value, bytes) and _holds_drawn_name(value):
        return _renamed(_text(value), pattern, names).encode("latin-1", "surrogateescape")
    if isinstance(value, tuple) and _holds_drawn_name(value):
        return tuple(_renamed(item, pattern, names) for item in value)
    return value
