"""Random sequences of file operations on the overlay and on a copy of the tree: the same answers, the same tree."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flor.isolation.opening import Opening
from flor.isolation.overlay import Overlay
from flor.isolation.reading import Reading
from flor.isolation.writing import Writing

from .plain_core import PlainCore

Step = tuple[Any, ...]
NAMES = ("a", "b", "d", "d/a", "d/e", "d/e/f", "l", "d/l", "new/x")
paths = st.sampled_from(NAMES)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["remove", "rmdir", "mkdir", "listdir", "stat", "lstat", "scan", "readlink"]), paths),
        st.tuples(st.sampled_from(["rename", "replace", "link"]), paths, paths),
        st.tuples(st.just("symlink"), st.sampled_from(["a", "d", "../b", "nowhere", "l"]), paths),
        st.tuples(st.just("open"), paths, st.sampled_from(["r", "w", "a", "r+", "x"])),
        st.tuples(st.just("truncate"), paths, st.integers(0, 3)),
        st.tuples(st.just("chmod"), paths, st.sampled_from([0o600, 0o755])),
    ),
    max_size=14,
)


def make_tree(folder: Path) -> None:
    (folder / "d" / "e").mkdir(parents=True)
    for name, text in (("a", "text of a"), ("d/a", "below"), ("d/e/f", "deep")):
        (folder / name).write_text(text)
    (folder / "l").symlink_to("d")
    (folder / "d" / "l").symlink_to("../a")


class Machine:
    """Does steps with the functions that it is given, and says what came of each."""

    def __init__(self, folder: Path, functions: Any) -> None:
        self.folder, self.functions = str(folder), functions

    def do(self, step: Step) -> Any:
        name, *arguments = step
        call: Callable[..., Any] = getattr(self, f"_{name}", None) or self._plain(name)
        try:
            return call(*arguments)
        except OSError as error:
            return type(error).__name__, error.errno, self._shown(error.filename), self._shown(error.filename2)

    def _shown(self, path: Any) -> Any:
        return path.replace(self.folder, "") if isinstance(path, str) else path

    def at(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _plain(self, name: str) -> Callable[..., Any]:
        function = getattr(self.functions, name)

        def call(*arguments: Any) -> Any:
            return function(*[self.at(one) if isinstance(one, str) else one for one in arguments])

        return call

    def _listdir(self, name: str) -> Any:
        return sorted(self.functions.listdir(self.at(name)))

    def _scan(self, name: str) -> Any:
        with self.functions.scandir(self.at(name)) as entries:
            return sorted((one.name, self._shown(one.path), one.is_dir(), one.is_file(), one.is_symlink()) for one in entries)

    def _stat(self, name: str) -> Any:
        found = self.functions.stat(self.at(name))
        return oct(found.st_mode), None if found.st_mode & 0o40000 else found.st_size

    def _lstat(self, name: str) -> Any:
        found = self.functions.lstat(self.at(name))
        return oct(found.st_mode)

    def _symlink(self, target: str, name: str) -> Any:
        return self.functions.symlink(target, self.at(name))

    def _open(self, name: str, mode: str) -> Any:
        with self.functions.open(self.at(name), mode) as file:
            if mode == "r":
                return file.read(), self._shown(file.name)
            file.write("more")
            return file.tell()

    def tree(self, name: str = "") -> Any:
        """All that can be seen."""
        found = []
        for one in sorted(self.functions.listdir(self.at(name))):
            path = f"{name}/{one}".lstrip("/")
            kind = self.functions.lstat(self.at(path)).st_mode & 0o170000
            if kind == 0o40000:
                found.append((path, self.tree(path)))
            elif kind == 0o120000:
                found.append((path, self.functions.readlink(self.at(path))))
            else:
                found.append((path, self._open(path, "r")))
        return found


def system_functions() -> Any:
    return SimpleNamespace(**{name: getattr(os, name) for name in dir(os)} | {"open": open})


def overlay_functions(folder: Path) -> Any:
    overlay = Overlay(str(folder), lambda path: False)
    reading, writing = Reading(overlay), Writing(overlay)
    names = {name: getattr(one, name) for one in (reading, writing) for name in dir(one) if not name.startswith("_")}
    return SimpleNamespace(**names | {"open": Opening(overlay, PlainCore()).open})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_the_overlay_answers_as_a_real_tree(program: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        real, lower, replay = (Path(os.path.realpath(scratch)) / name for name in ("real", "lower", "replay"))
        for folder in (real, lower):
            folder.mkdir()
            make_tree(folder)
        replay.mkdir()
        untouched = Machine(lower, system_functions()).tree()
        expected, found = Machine(real, system_functions()), Machine(lower, overlay_functions(replay))
        for step in program:
            assert found.do(step) == expected.do(step), step
        assert found.tree() == expected.tree()
        assert Machine(lower, system_functions()).tree() == untouched
        shutil.rmtree(replay)
