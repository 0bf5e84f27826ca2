"""Every kind of object in the table of docs/state.md, held to what the table says of it."""

from __future__ import annotations

import importlib
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from .kinds import code, devices, iterators, loading, numerics, objects, process, tensors, training, values
from .marked import check_loops

FAMILIES = (values, objects, code, iterators, process, numerics, tensors, training, loading, devices)
PROGRAMS: dict[str, str] = {name: program for family in FAMILIES for name, program in family.PROGRAMS.items()}

DOCUMENT = Path(__file__).parents[3] / "docs" / "state.md"

LIBRARIES = ("torch", "numpy", "scipy", "sklearn", "pandas")


def _needed(program: str) -> list[str]:
    """Libraries that a program imports."""
    imports = " ".join(line for line in program.splitlines() if "import" in line)
    return [library for library in LIBRARIES if library in imports]


def _rows() -> dict[str, str]:
    """What the table says, by kind."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    rows = [row for row in cells if row[1] in ("restored", "executed again", "either")]
    found = {row[0]: row[1] for row in rows}
    assert len(found) == len(rows), "a kind has two rows"
    return found


def _claim(program: str) -> str:
    """What a program's marks hold florpy to."""
    if "# skip" in program:
        return "restored"
    return "executed again" if "# run" in program else "either"


def test_each_row_has_its_program_and_each_program_its_row() -> None:
    assert sum(len(family.PROGRAMS) for family in FAMILIES) == len(PROGRAMS), "two families have one kind"
    assert _rows() == {name: _claim(program) for name, program in PROGRAMS.items()}


def family_of(name: str) -> ModuleType:
    return next(family for family in FAMILIES if name in family.PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_kind(name: str) -> None:
    program = PROGRAMS[name]
    for library in _needed(program):
        try:
            importlib.import_module(library)
        except ImportError:
            pytest.skip(f"{library} is not installed")
    if family_of(name) is devices and not importlib.import_module("torch").cuda.is_available():
        pytest.skip("there is no CUDA device")
    check_loops(textwrap.dedent(program))
