"""The Python side of florpy: what runs beside the user's script, and the public names that a script may use itself.

`docs/logging.md` and `docs/checkpointing.md` say what those do. They are loaded when they are first asked for: under florpy
every script has this package, and most need none of them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _flor import log as log

    from .logged import Histogram as Histogram
    from .logged import Image as Image
    from .logged import Run as Run
    from .logged import arg as arg
    from .logged import histogram as histogram
    from .logged import image as image
    from .logged import iteration as iteration
    from .logged import loop as loop
    from .logged import run as run
    from .reading.tables import dataframe as dataframe
    from .reading.tables import query as query
    from .saved import Checkpointing as Checkpointing
    from .saved import Saved as Saved
    from .saved import checkpointing as checkpointing

__version__ = "0.1.0"

__all__ = ["Checkpointing", "Histogram", "Image", "Run", "Saved", "arg", "checkpointing", "dataframe", "histogram", "image"]
__all__ += ["iteration", "log", "loop", "query", "run"]

# Where those are that `.logged` does not have.
_HOMES = dict.fromkeys(("dataframe", "query"), ".reading.tables") | dict.fromkeys(
    ("Checkpointing", "Saved", "checkpointing"), ".saved"
)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(_HOMES.get(name, ".logged"), __name__)
    found = globals()[name] = getattr(home, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
