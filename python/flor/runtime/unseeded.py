"""Generators of random numbers that the program neither seeds nor draws from: that they differ is no divergence."""

from __future__ import annotations

from ..project import Project
from ..state import process
from ..state.difference import Difference
from ..state.graph import Graph


class UnseededGenerators:
    """What the comparisons of a replay have shown of the process's generators.

    Python, NumPy and PyTorch seed theirs anew in each process, so one that nobody seeds differs from the first comparison on. One
    that is used is in another state at each checkpoint.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen: dict[str, set[tuple[str, str, str]]] = {}
        # Those that did not differ in some comparison.
        self._agreeing: set[str] = set()

    def agree(self) -> None:
        """Nothing differed."""
        self._agreeing |= process.generators()

    def left_out_of(self, told: list[Difference], recorded: Graph) -> list[Difference]:
        """Those of the differences from a recorded state that are none of such a generator."""
        found = [one for one in told if not self._is_unseeded(one)]
        # What only one side has loaded was not compared.
        compared = process.generators() & process.names_in(recorded)
        self._agreeing |= compared - {process.generator_of(one.path) for one in told}
        return found

    def _is_unseeded(self, one: Difference) -> bool:
        generator = process.generator_of(one.path)
        if generator is None or generator in self._agreeing:
            return False
        seen = self._seen.setdefault(generator, set())
        # What is told of a difference is shortened.
        seen.add((one.recorded, one.live, repr(process.value(generator, self._project))))
        return len(seen) == 1
