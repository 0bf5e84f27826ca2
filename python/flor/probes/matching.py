"""Which statements of two blocks are the same ones.

A shortest path through the grid (recorded statements, present statements): a step to the right adds one, a step down
loses one, a diagonal step matches two. Losing any statement costs more than adding all of them. Where two statements
are equal the diagonal is always on a shortest path, so that it is the only step that is tried: with few edits
the path is found in about linear time, however long the block is.
"""

from __future__ import annotations

import ast
import difflib
import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from flor.probes.logged import LoggedExpressions
from flor.probes.shape import Fingerprints, blocks

_LOST = 1 << 40
_ADDED = 2
# Less than an addition: an equal statement is the better match, and `pass` stays where it can.
_LOST_PASS = 1
_LOGGED = 1
# A block that only got probes is matched in about one state a statement. Beyond this many, the texts have so
# little in common that the best match is not worth its time.
_EXPLORED_STATES_A_STATEMENT = 8
_EXPLORED_STATES_AT_LEAST = 1000


@dataclass(frozen=True)
class Step:
    """One statement of a block or of both: matched, lost (`new` is None) or added (`old` is None)."""

    old: ast.stmt | None
    new: ast.stmt | None


_Point = tuple[int, int]


class Matcher:
    """Aligns blocks of two trees; remembers the cost of each pair of statements that it has compared."""

    def __init__(self, logged: LoggedExpressions) -> None:
        self.exact = Fingerprints()
        self._loose = Fingerprints(logged.bare) if logged else self.exact
        self._logged = logged
        self._costs: dict[tuple[ast.stmt, ast.stmt], int | None] = {}
        self._sizes: dict[ast.stmt, int] = {}

    def steps(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> list[Step]:
        """The cheapest way from the recorded block to the present one."""
        return self._path(old, new)[1]

    def same_header(self, old: ast.stmt, new: ast.stmt) -> bool:
        if self.exact.header(old) == self.exact.header(new):
            return True
        return self._loose.header(old) == self._loose.header(new) and self._logged.same_header(old, new)

    def _equal(self, old: ast.stmt, new: ast.stmt) -> bool:
        return self.exact.statement(old) == self.exact.statement(new)

    def _match_cost(self, old: ast.stmt, new: ast.stmt) -> int | None:
        """What differs between two statements with the same header; None where the headers differ."""
        pair = (old, new)
        if pair not in self._costs:
            self._costs[pair] = self._blocks_cost(old, new) if self.same_header(old, new) else None
        return self._costs[pair]

    def _blocks_cost(self, old: ast.stmt, new: ast.stmt) -> int:
        logged = _LOGGED if self.exact.header(old) != self.exact.header(new) else 0
        return logged + sum([self._path(below, above)[0] for below, above in zip(blocks(old), blocks(new))])

    def _size(self, statement: ast.stmt) -> int:
        size = self._sizes.get(statement)
        if size is None:
            below = [self._size(s) for block in blocks(statement) for s in block]
            size = self._sizes[statement] = 1 + sum(below)
        return size

    def _loss(self, statement: ast.stmt) -> int:
        return _LOST_PASS if isinstance(statement, ast.Pass) else _LOST * self._size(statement)

    def _path(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> tuple[int, list[Step]]:
        came_from: dict[_Point, _Point | None] = {}
        heap: list[tuple[int, _Point, _Point | None]] = [(0, (0, 0), None)]
        most = _EXPLORED_STATES_AT_LEAST + _EXPLORED_STATES_A_STATEMENT * (len(old) + len(new))
        while heap and len(came_from) < most:
            cost, point, previous = heapq.heappop(heap)
            if point in came_from:
                continue
            came_from[point] = previous
            at = self._along_equals(old, new, point)
            if at == (len(old), len(new)):
                return cost, _traced(old, new, came_from, point)
            for step_cost, reached in self._ways_on(old, new, at):
                if reached not in came_from:
                    heapq.heappush(heap, (cost + step_cost, reached, point))
        return self._coarse_path(old, new)

    def _along_equals(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], point: _Point) -> _Point:
        i, j = point
        while i < len(old) and j < len(new) and self._equal(old[i], new[j]):
            i, j = i + 1, j + 1
        return i, j

    def _ways_on(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], at: _Point) -> list[tuple[int, _Point]]:
        i, j = at
        ways: list[tuple[int, _Point]] = []
        if i < len(old) and j < len(new):
            cost = self._match_cost(old[i], new[j])
            if cost is not None:
                ways.append((cost, (i + 1, j + 1)))
        if j < len(new):
            ways.append((_ADDED * self._size(new[j]), (i, j + 1)))
        if i < len(old):
            ways.append((self._loss(old[i]), (i + 1, j)))
        return ways

    def _coarse_path(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> tuple[int, list[Step]]:
        """Match equal statements only; used where so much was rewritten that it is refused in any case."""
        numbers = [self.exact.statement(s) for s in old], [self.exact.statement(s) for s in new]
        steps: list[Step] = []
        i = j = 0
        for match in difflib.SequenceMatcher(None, *numbers, autojunk=False).get_matching_blocks():
            steps += [Step(s, None) for s in old[i : match.a]] + [Step(None, s) for s in new[j : match.b]]
            i, j = match.a + match.size, match.b + match.size
            steps += [Step(*pair) for pair in zip(old[match.a : i], new[match.b : j])]
        lost = sum(self._loss(step.old) for step in steps if step.old and not step.new)
        return lost + sum(_ADDED * self._size(step.new) for step in steps if step.new and not step.old), steps


def _traced(old: Sequence[ast.stmt], new: Sequence[ast.stmt], came_from: dict[_Point, _Point | None], last: _Point) -> list[Step]:
    """The steps from the start to the end, over the points at which something differed."""
    points: list[_Point] = [(len(old), len(new)), last]
    while (previous := came_from[points[-1]]) is not None:
        points.append(previous)
    points.reverse()
    steps: list[Step] = []
    for (i, j), (to_i, to_j) in itertools.pairwise(points):
        steps += _between(old[i:to_i], new[j:to_j])
    return steps


def _between(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> list[Step]:
    """Equal statements, and then at most one that was added, lost or matched: it is the last of its list."""
    equal = min(len(old), len(new))
    steps = [Step(*pair) for pair in zip(old, new)]
    return steps + [Step(s, None) for s in old[equal:]] + [Step(None, s) for s in new[equal:]]
