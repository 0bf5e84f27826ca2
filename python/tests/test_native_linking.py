"""The native linker does what the one in Python does (`rewrite/linking.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from flor.modules import SiteBindings, linked_by
from flor.rewrite import compile_module, link
from flor.rewrite.placeholders import PREFIX, placeholders_in

from . import native

PROGRAMS = sorted((Path(__file__).parent / "rewrite" / "programs").glob("*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_both_make_the_same_code(path: Path) -> None:
    ours, theirs = (compile_module(path.read_bytes(), str(path)) for _ in range(2))
    asked = {text.removeprefix(PREFIX) for text in placeholders_in(ours)}
    bindings = SiteBindings(1000, {name: object() for name in asked if ":" not in name})
    assert linked_by(native.core().link)(theirs, bindings) is theirs
    assert link(ours, bindings) == theirs
    assert asked and not list(placeholders_in(theirs))


def test_what_has_no_binding_is_named() -> None:
    with pytest.raises(ValueError, match=r"^enter$"):
        linked_by(native.core().link)(compile_module(b"for i in x: pass\n", "f.py"), SiteBindings(0, {}))


def test_texts_of_the_program_stay() -> None:
    code = compile_module(rb'a = ("\x00flo", "\ud800", "", "flor:enter", b"\x00flor:enter")', "f.py")
    assert linked_by(native.core().link)(code, SiteBindings(0, {})) == compile_module(
        rb'a = ("\x00flo", "\ud800", "", "flor:enter", b"\x00flor:enter")', "f.py"
    )
