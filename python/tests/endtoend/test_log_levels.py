"""Replays that show log lines which were suppressed when the run was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .project import Project, by_line

TRAINING = """
    import logging, random, sys, time
    import helper

    LEVEL = logging.INFO
    logging.basicConfig(stream=sys.stdout, level=LEVEL, format="%(name)s %(levelname)s %(message)s")
    log = logging.getLogger("training")
    random.seed(1)
    weights = [0.0] * 5

    def train(epoch):
        for step in range(4):
            time.sleep(0.005)
            weights[step] += random.gauss(0, 1)
            log.debug("epoch %d step %d weight %r", epoch, step, weights[step])

    def validate():
        for step in range(4):
            time.sleep(0.005)
        return sum(weights)

    for epoch in range(3):
        train(epoch)
        for part in range(2):
            helper.prepare(part)
        log.info("epoch %d: %r", epoch, validate())
    print("done", repr(random.random()))
"""
HELPER = """
    import logging, time

    own = logging.getLogger("helping")
    own.setLevel(logging.ERROR)

    def prepare(part):
        time.sleep(0.01)
        own.warning("part %d", part)
"""


def recorded_in(folder: Path, training: str = TRAINING) -> Project:
    project = Project(folder)
    project.write("helper.py", HELPER)
    project.write("train.py", training)
    project.recorded("train.py")
    return project


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return recorded_in(tmp_path_factory.mktemp("levels") / "project")


@pytest.fixture
def copy(recorded: Project, tmp_path: Path) -> Project:
    return recorded.copy(tmp_path / "project")


def replayed(project: Project, *words: Any) -> tuple[str, dict[str, Any]]:
    report = project.folder / "report.json"
    outcome = project.replay("--report", report, *words, "train.py")
    assert outcome.status == 0, outcome.complaint
    return outcome.text, json.loads(report.read_text())


@pytest.mark.parametrize("workers", [1, 2])
def test_debug_lines_are_as_if_the_levels_had_been_lower(copy: Project, workers: int) -> None:
    text, report = replayed(copy, "--log-level", "DEBUG", "-j", workers)
    copy.edit("train.py", "LEVEL = logging.INFO", "LEVEL = logging.DEBUG")
    copy.edit("helper.py", "logging.ERROR", "logging.DEBUG")
    assert text == copy.plain("train.py").text
    assert report["divergences"] == []


def test_only_what_suppressed_something_of_the_level_is_executed(copy: Project) -> None:
    text, report = replayed(copy, "--log-level", "WARNING")
    copy.edit("helper.py", "logging.ERROR", "logging.WARNING")
    assert text == copy.plain("train.py").text
    assert "DEBUG" not in text and text.count("helping WARNING") == 6
    because = {
        f"{loop['site'][0]}:{loop['line']}" for loop in report["loops"] if any("suppressed" in why for why in loop["reasons"])
    }
    loops = ["for epoch in range(3):", "for part in range(2):"]
    assert because == {f"train.py:{copy.line_of('train.py', loop)}" for loop in loops} | {"helper.py:6"}


def test_only_new_lines_of_the_log(copy: Project) -> None:
    text, _ = replayed(copy, "--log-level", "DEBUG", "--only-new")
    lines = text.splitlines()
    assert len(lines) == 3 * 4 + 3 * 2
    assert not any("INFO" in line or "done" in line for line in lines)


def test_handlers_have_levels_too(tmp_path: Path) -> None:
    handled = TRAINING.replace(
        'log = logging.getLogger("training")',
        'log = logging.getLogger("training"); log.setLevel(1); logging.root.handlers[0].setLevel(logging.INFO)',
    )
    project = recorded_in(tmp_path / "project", handled)
    text, _ = replayed(project, "--log-level", "DEBUG")
    project.edit("train.py", "handlers[0].setLevel(logging.INFO)", "handlers[0].setLevel(logging.DEBUG)")
    project.edit("train.py", "LEVEL = logging.INFO", "LEVEL = logging.DEBUG")
    project.edit("helper.py", "logging.ERROR", "logging.DEBUG")
    assert text == project.plain("train.py").text


def test_a_logger_that_is_named_after_a_library_stays_quiet(tmp_path: Path) -> None:
    quiet = TRAINING.replace("random.seed(1)", 'random.seed(1)\n    logging.getLogger("random").setLevel(logging.ERROR)')
    quiet = quiet.replace("random.random()", 'logging.getLogger("random").info("noise") or random.random()')
    project = recorded_in(tmp_path / "project", quiet)
    assert "noise" not in replayed(project, "--log-level", "DEBUG")[0]


@pytest.mark.parametrize(
    "probe",
    [
        "logging.getLogger().setLevel(logging.DEBUG)",
        'log.setLevel("DEBUG")',
        "logging.root.addHandler(logging.StreamHandler(sys.stdout))",
        "logging.getLogger('helping').setLevel(logging.WARNING)",
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_probe_that_sets_up_logging(copy: Project, probe: str, workers: int) -> None:
    copy.after("train.py", "random.seed(1)", probe)
    report = copy.replayed_by(workers, "train.py")
    assert report["divergences"] == []


def test_logging_is_set_up_by_a_probe_only(tmp_path: Path) -> None:
    """What was not heard comes on standard output, and what is restored afterwards leaves the probe's work alone."""
    bare = "\n".join(line for line in TRAINING.splitlines() if "basicConfig" not in line)
    project = recorded_in(tmp_path / "project", bare)
    project.after("train.py", "random.seed(1)", "logging.basicConfig(stream=sys.stdout, level=logging.DEBUG)")
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert sum(by_line(report, "restored").values()) > 0


def test_a_level_that_is_none(copy: Project) -> None:
    outcome = copy.replay("--log-level", "LOUD", "train.py")
    assert outcome.status == 64 and "LOUD" in outcome.complaint
