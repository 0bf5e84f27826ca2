"""Restored values whose history was not recorded, and what happens when a gradient reaches one.

The history of a tensor (`grad_fn`) is in no checkpoint. After nearly every training loop it is spent anyway: the last `loss` still
refers to it. Such a value is restored without it; if a gradient does reach it, skipping that loop was wrong, and nothing that
was computed since can be trusted: the worker stops, and the replay begins again with that site executed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

SiteKey = tuple[str, int]

# Must not return. Set by whoever restores; the site is the loop whose skipping was wrong.
on_needed: Callable[[SiteKey, str], None] | None = None

_restoring: SiteKey | None = None


@contextmanager
def restoring(site: SiteKey) -> Iterator[None]:
    """Values restored inside the block belong to this site."""
    global _restoring
    _restoring = site
    try:
        yield
    finally:
        _restoring = None


def reporter(operation: str) -> Callable[[], None]:
    """What the value's backward step calls."""
    site = _restoring

    def needed() -> None:
        if on_needed is not None and site is not None:
            on_needed(site, operation)
        raise RuntimeError(f"florpy: a gradient reached a restored value of {operation}, whose history was not recorded")

    return needed
