"""The end of an overlay whose script goes on: its files take the place of the user's."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest

from flor.isolation.overlay import Overlay
from flor.isolation.publishing import Unpublishable, publish


class Script:
    """What a script has done in an overlay on a folder."""

    def __init__(self, place: Path) -> None:
        self.folder, self.aside = place / "project", place / "run" / "aside"
        self.folder.mkdir()
        (place / "run" / "way").mkdir(parents=True)
        self.overlay = Overlay(str(place / "run" / "way"), lambda path: path == str(place / "run"))

    def write(self, name: str, text: str) -> Path:
        """Its own version of a file."""
        place = self.overlay.resolver.place(str(self.folder / name), follow=False)
        self.overlay.make_room(place)
        self.overlay.hide(place)
        Path(place.upper).write_text(text)
        return Path(place.upper)

    def remove(self, name: str) -> None:
        self.overlay.hide(self.overlay.resolver.place(str(self.folder / name), follow=False))

    def set_aside(self, name: str) -> Path:
        return Path(f"{self.aside}{self.folder}") / name


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    made = Script(tmp_path)
    monkeypatch.chdir(made.folder)
    return made


def test_the_scripts_files_are_the_users(script: Script) -> None:
    for name in ("changed", "removed", "untouched"):
        (script.folder / name).write_text(f"the user's {name}")
    own = script.write("changed", "the script's")
    own.chmod(0o640)
    script.write("made", "new")
    script.remove("removed")
    found = publish(script.overlay, str(script.aside))
    assert {path.name: path.read_text() for path in script.folder.iterdir()} == {
        "changed": "the script's", "made": "new", "untouched": "the user's untouched",
    }  # fmt: skip
    assert (script.folder / "changed").stat().st_mode & 0o777 == 0o640
    assert sorted(os.path.basename(path) for path in found) == ["changed", "removed"]
    assert script.set_aside("changed").read_text() == "the user's changed"
    assert script.set_aside("removed").read_text() == "the user's removed"


def test_what_is_open_goes_on(script: Script) -> None:
    (script.folder / "log").write_text("one\ntwo\nthree\n")
    with open(script.write("log", "one\n"), "a", encoding="utf-8") as log:
        publish(script.overlay, str(script.aside))
        log.write("two again\n")
    assert (script.folder / "log").read_text() == "one\ntwo again\n"


def test_folders_and_links(script: Script) -> None:
    (script.folder / "kept").mkdir()
    (script.folder / "kept" / "of the user").write_text("")
    (script.folder / "emptied").mkdir()
    (script.folder / "emptied" / "old").write_text("")
    script.remove("emptied")
    upper = Path(script.overlay.upper + str(script.folder))
    script.write("kept/own", "x")
    script.overlay.hide(script.overlay.resolver.place(str(script.folder / "emptied"), follow=False))
    (upper / "emptied").mkdir(mode=0o750)
    (upper / "emptied" / "new").write_text("y")
    (upper / "link").symlink_to("kept")
    publish(script.overlay, str(script.aside))
    assert sorted(os.listdir(script.folder / "kept")) == ["of the user", "own"]
    assert os.listdir(script.folder / "emptied") == ["new"]
    assert os.readlink(script.folder / "link") == "kept"
    assert os.listdir(script.set_aside("emptied")) == ["old"]


def test_every_path_is_the_users_afterwards(script: Script) -> None:
    script.write("made", "new")
    publish(script.overlay, str(script.aside))
    place = script.overlay.place(str(script.folder / "another"))
    assert place.is_outside and place.real == str(script.folder / "another")


def test_the_current_folder_comes_along(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    own = script.write("inside/file", "x") if (script.folder / "inside").mkdir() is None else None
    assert own is not None
    monkeypatch.chdir(own.parent)
    publish(script.overlay, str(script.aside))
    assert os.getcwd() == str(script.folder / "inside")


def test_what_is_mapped_cannot_be_exchanged(script: Script) -> None:
    (script.folder / "memory").write_text("the user's")
    own = script.write("memory", "x" * 4096)
    with open(own, "r+b") as file, mmap.mmap(file.fileno(), 4096), pytest.raises(Unpublishable, match="is mapped into memory"):
        publish(script.overlay, str(script.aside))
    assert (script.folder / "memory").read_text() == "the user's" and not script.aside.exists()
