"""Runs are the user's own files, and what is in another's is not executed unasked."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from .project import Project

REFUSED = 76
TRAINING = """
    total = 0
    for epoch in range(3):
        for step in range(20000):
            total += step
        with open("notes.txt", "a") as file:
            file.write("x")
        print("epoch", epoch, total)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of_recorded(TRAINING, tmp_path)


def test_everything_in_a_store_is_for_the_user_alone(project: Project) -> None:
    """Except what the script writes in a replay, which is as it would be outside, in a folder that is not."""
    project.after("train.py", 'print("epoch", epoch, total)', 'print("probe")')
    before = os.umask(0)
    try:
        for arguments in (["-j", "1"], ["-j", "2"], ["--only-new"]):
            assert project.replay(*arguments, "train.py").status == 0
        for command in ("runs", "show", "verify", "gc"):
            assert project.florpy(command).status == 0
        project.record("train.py")
    finally:
        os.umask(before)
    wrong = []
    for folder, _, files in os.walk(project.store):
        if "/files" in folder.removeprefix(str(project.store)):
            continue
        wrong += [folder] if stat.S_IMODE(os.stat(folder).st_mode) != 0o700 else []
        paths = [os.path.join(folder, file) for file in files]
        wrong += [path for path in paths if stat.S_IMODE(os.stat(path).st_mode) != 0o600]
    assert wrong == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_another_users_run_is_replayed_only_where_that_is_asked_for(project: Project) -> None:
    run = project.the_run()
    os.chown(run / "checkpoints", 65534, 65534)
    answer = project.replay("train.py")
    assert (answer.status, answer.stdout) == (REFUSED, b"")
    assert f"run {run.name} is " in answer.complaint and "and not yours" in answer.complaint
    assert "\n\nhint: " in answer.complaint and "--trust" in answer.complaint
    assert project.replay("--trust", "train.py").status == 0
    for command in ("runs", "show", "verify"):
        assert project.florpy(command).status == 0


def test_a_run_that_everybody_may_write_to_is_nobodys(project: Project) -> None:
    (project.the_run() / "packs").chmod(0o777)
    answer = project.replay("train.py")
    assert (answer.status, answer.stdout) == (REFUSED, b"")
    assert "by everybody" in answer.complaint


def test_code_from_a_cache_that_others_may_write_to_is_not_executed(project: Project) -> None:
    """What is cached is compiled code."""
    cache = project.store / "cache" / "rewrites"
    assert any(cache.iterdir())
    for rewrite in cache.iterdir():
        rewrite.unlink()
    cache.chmod(0o777)
    project.recorded("train.py")
    assert not any(cache.iterdir())
