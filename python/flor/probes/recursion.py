"""Room for trees that are deeper than Python recurses by default: each `elif` of a chain is one level."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# The parser's own nodes and, before Python 3.11, each level of Python cost C stack, which is 8 MiB as a rule. This deep
# they stay well inside it, and what is deeper raises RecursionError instead of ending the process.
_DEEPEST = 6_000


@contextmanager
def room_for_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
