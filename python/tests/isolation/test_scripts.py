"""What scripts do with files, on each interpreter: standard library only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..host.conftest import INTERPRETERS
from .cycle import Cycle
from .scripts import FILES, LOOP, SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("version", INTERPRETERS)
def test_a_replay_prints_what_a_fresh_run_does_and_changes_nothing(name: str, version: str, tmp_path: Path) -> None:
    Cycle(tmp_path, SCRIPTS[name] + LOOP.replace("\n", "\n        "), FILES, INTERPRETERS[version]).check()


def test_files_that_were_not_there_are_not_there_again(tmp_path: Path) -> None:
    tree = Cycle(tmp_path, SCRIPTS["resume"], FILES).check()
    assert "checkpoint.pkl" in tree


def test_what_the_user_changed_since_is_not_what_the_script_sees(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, SCRIPTS["existing_files"], FILES)
    recorded = cycle.record()
    cycle.project.write("notes.txt", "something else\n")
    replayed = cycle.project.replay("train.py")
    assert replayed.text == recorded.text, replayed.complaint
    assert (cycle.project.folder / "notes.txt").read_text() == "something else\n"


def test_allow_writes_lets_the_script_write(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, SCRIPTS["append_log"], FILES)
    cycle.record()
    cycle.project.replay("--allow-writes", "train.py")
    assert (cycle.project.folder / "log.txt").read_text() == "start\n0\n1\n2\n" * 2


def test_a_write_past_the_overlay_is_refused(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, 'import io\nio.FileIO("raw.txt", "a").write(b"x")\n', FILES)
    assert cycle.record().status == 0
    replayed = cycle.project.replay("train.py")
    assert b"would be changed outside of the replay's own folder" in replayed.stderr
    assert (cycle.project.folder / "raw.txt").read_bytes() == b"x"


def test_other_programs_are_noted(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, 'import subprocess\nsubprocess.run(["true"])\n', FILES)
    cycle.record()
    report = tmp_path / "report.json"
    cycle.project.replay("--report", report, "train.py")
    assert "the script started 1 other programs (the first: true)" in report.read_text()


def test_a_file_that_was_not_kept_is_seen_as_it_is_now_and_noted(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, SCRIPTS["csv"], FILES)
    cycle.record()
    index = cycle.project.the_run() / "files.jsonl"
    index.write_text(re.sub(r'"kept":"\w+"', '"kept":null', index.read_text()))
    report = tmp_path / "report.json"
    replayed = cycle.project.replay("--report", report, "train.py")
    assert "{'a': '2', 'b': '4'}, {'a': '0'" in replayed.text
    assert "data.csv` was not kept when it was recorded" in report.read_text()


def test_a_run_with_originals_is_sound_until_one_is_gone(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, SCRIPTS["existing_files"], FILES)
    cycle.record()
    assert cycle.project.florpy("verify").status == 0
    for original in (cycle.project.the_run() / "originals").iterdir():
        original.unlink()
    assert b"original" in cycle.project.florpy("verify").stdout
