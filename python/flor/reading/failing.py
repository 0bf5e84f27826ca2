"""How the commands of this package end when they cannot do what they were asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NOT_FOUND, _NO_PACKAGE, _INTERNAL, _CANNOT_CREATE = 66, 69, 70, 73


class MissingPackage(Exception):
    """The user's Python lacks a package."""


@contextmanager
def needs(package: str) -> Iterator[None]:
    """Around the import of a package that is the user's to install."""
    try:
        yield
    except ImportError as error:
        raise MissingPackage(
            f"this needs the package {package}, which {sys.executable} does not have: {error}\n\nhint: pip install {package}"
        ) from error


@contextmanager
def stops() -> Iterator[None]:
    """Around a command: what went wrong becomes a message and an exit status (README, exit codes)."""
    try:
        yield
    except MissingPackage as error:
        _stop(error, _NO_PACKAGE)
    except LookupError as error:
        _stop(error.args[0], _NOT_FOUND)
    except OSError as error:
        # Ours have no number of the system's.
        _stop(error, _NOT_FOUND if error.errno is None else _CANNOT_CREATE)
    except ValueError as error:  # a library knows no such format of a file
        _stop(error, _CANNOT_CREATE)
    except RuntimeError as error:
        _stop(error, _INTERNAL)


def _stop(why: object, status: int) -> None:
    print(f"error: {why}", file=sys.stderr)
    raise SystemExit(status)
