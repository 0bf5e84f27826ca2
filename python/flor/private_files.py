"""Files of the store that Python writes: for the user alone."""

from __future__ import annotations

import os


def write_text(path: str, text: str) -> None:
    """Makes the file hold `text`, as UTF-8, mode 0600."""
    with open(path, "w", encoding="utf-8", opener=_private) as file:
        file.write(text)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
