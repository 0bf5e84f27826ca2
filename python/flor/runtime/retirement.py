"""Functions that are called often and never long get the user's own code back, at no cost whatever from then on.

Which functions ran under which loop must still be known, so a retired function *rests* only where it makes no difference: when an
execution begins of a site under which the function is not known to run, it is *woken*: its rewritten code is put back until its
next call. For all other sites it counts as having run, which can only make a replay execute more.

A retired site takes no part in anything else: its executions are not counted any more, nor are those of the loops inside it.
"""

from __future__ import annotations

import gc
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from types import CodeType, FunctionType
from typing import Any

from .sites import FunctionMarks, Site, Sites

# Of the first calls of a function many may be short: a training warms up.
RETIRE_AFTER_CALLS = 2000
RETIRE_BELOW_SECONDS = 0.0001

# To look through all objects for the functions that share a code takes tens of milliseconds: not more of the run's time than this.
SEARCH_SHARE = 0.005

OwnCode = Callable[[CodeType], "CodeType | None"]


@dataclass
class Retired:
    """The functions of one site: `watched` has the rewritten code, `own` the user's."""

    site: Site
    watched: CodeType
    own: CodeType
    functions: list[FunctionType]
    is_resting: bool = False


@dataclass
class Retirement:
    """All functions that were retired so far. `own_code` finds the code that Python would have made; None: it must not be used."""

    marks: FunctionMarks
    own_code: OwnCode
    _retired: dict[int, Retired] = field(default_factory=dict)
    _resting: int = 0  # as a set of marks
    _began: float = field(default_factory=perf_counter)
    _searched_seconds: float = 0.0

    def is_due(self, site: Site) -> bool:
        return site.is_retirable and not site.is_retired and site.ended >= site.look_at

    def consider(self, site: Site, sites: Sites, code: CodeType) -> None:
        """A call of `site`, which is due, has ended; `sites` are all of the process."""
        site.look_at = 2 * site.ended
        inner = sites.loops_in(site)
        if site.seconds > RETIRE_BELOW_SECONDS * site.ended or any(one.has_checkpoints for one in (site, *inner)):
            return
        own = self.own_code(code)
        functions = [] if own is None else self._functions(code)
        if own is None or not functions:
            site.is_retirable = own is not None  # its function may be found another time
            return
        for one in (site, *inner):
            one.is_retired = True
        self._retired[site.index] = Retired(site, code, own, functions)
        self.rest(site)

    def rest(self, site: Site) -> None:
        """The function has left its mark: its own code will do."""
        one = self._retired[site.index]
        for function in one.functions:
            function.__code__ = one.own
        one.is_resting = True
        self._resting |= self.marks.mark(site.index)

    def wake_for(self, site: Site) -> None:
        """An execution of `site` begins: whether the others run in it is to be seen."""
        if not self._resting & ~site.ran:
            return
        for one in self._retired.values():
            mark = self.marks.mark(one.site.index)
            if one.is_resting and not mark & site.ran:
                for function in one.functions:
                    function.__code__ = one.watched
                one.is_resting = False
                self._resting &= ~mark

    def resting_in(self, site: Site) -> int:
        """The marks that resting functions would have left in an execution of `site`, for all that is known."""
        return self._resting & site.ran

    def _functions(self, code: CodeType) -> list[FunctionType]:
        """The functions with this code: by name, or else by a search, within its share of the run's time."""
        named = _function_by_name(code)
        if named is not None:
            return [named]
        began = perf_counter()
        if self._searched_seconds > SEARCH_SHARE * (began - self._began):
            return []
        found = [one for one in gc.get_referrers(code) if type(one) is FunctionType and one.__code__ is code]
        self._searched_seconds += perf_counter() - began
        return found


def _function_by_name(code: CodeType) -> FunctionType | None:
    """The function where the program's text puts it, whatever wraps it there."""
    name = getattr(code, "co_qualname", code.co_name)
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) != code.co_filename:
            continue
        try:
            found: Any = operator.attrgetter(name)(module)
        except AttributeError:
            continue
        for candidate in _unwrapped(found):
            if isinstance(candidate, FunctionType) and candidate.__code__ is code:
                return candidate
    return None


def _unwrapped(value: Any) -> Iterator[Any]:
    while value is not None:
        yield value
        value = getattr(value, "__wrapped__", None) or getattr(value, "__func__", None) or getattr(value, "fget", None)
