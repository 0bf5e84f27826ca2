"""Each case file holds a source and the text of its rewrite."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rewriting import readable

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
SEPARATOR = "=== rewritten ===\n"


def needed_version(path: Path) -> tuple[int, int]:
    """`except_star.3.11.txt` needs Python 3.11."""
    parts = path.name.split(".")
    return (int(parts[1]), int(parts[2])) if len(parts) == 4 else (3, 10)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_the_rewrite_is_the_one_on_file(path: Path) -> None:
    if sys.version_info < needed_version(path):
        pytest.skip("syntax of a later Python")
    source, _, expected = path.read_text().partition(SEPARATOR)
    assert readable(source) == expected


def test_there_are_cases() -> None:
    assert len(CASES) > 10


if __name__ == "__main__":  # python test_rewrite_golden.py: writes the texts anew, to be read before they are committed
    for case in CASES:
        if sys.version_info >= needed_version(case):
            source = case.read_text().partition(SEPARATOR)[0]
            case.write_text(source + SEPARATOR + readable(source))
