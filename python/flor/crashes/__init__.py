"""What is kept of the exception that ends a script: `crash.json` in `docs/run-format.md`."""

from .hook import crashed, when_crashed
from .record import describe
from .stack import is_crash

__all__ = ["crashed", "describe", "is_crash", "when_crashed"]
