"""Reading and writing the variables of a frame leaves no trace in it."""

from __future__ import annotations

import gc
import sys
import weakref

from flor.state.frames import local_variables, write_local_variables

from ..memory_core import MemoryCore


class Thing:
    """Something that can be watched being collected."""


def test_what_a_variable_named_once_is_not_kept_alive() -> None:
    thing = Thing()
    watched = weakref.ref(thing)
    assert local_variables(sys._getframe())["thing"] is thing
    del thing
    gc.collect()
    assert watched() is None


def test_variables_of_a_running_frame_are_written() -> None:
    def program() -> tuple[int, str]:
        number, inner = 1, "a"

        def closure() -> str:
            return inner

        write_local_variables(sys._getframe(), {"number": 5, "inner": "b"}, set(), MemoryCore())
        return number, closure()

    assert program() == (5, "b")
