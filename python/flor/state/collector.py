"""The garbage collector, kept out of the way where state is read.

A collection in there could run the program's own finalizers at another place than without us. It would set in, too: the collector
counts what is made, so whoever reads keeps it away until all that was read is gone again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Nothing is collected in here; afterwards as before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
