"""What a recording keeps of the exception that ended it, and what `florpy show` says of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .project import Project


def recorded(folder: Path, text: str) -> Project:
    project = Project(folder / "project")
    project.write("train.py", text)
    project.recorded("train.py")
    assert project.florpy("verify").status == 0
    return project


def crash_of(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.the_run() / "crash.json").read_text(encoding="utf-8"))
    return found


def test_a_crash_is_kept_and_shown(tmp_path: Path) -> None:
    project = recorded(
        tmp_path,
        """
        def step(rate, names):
            text = "x" * 1000
            while True:
                rate -= 1
                if rate == -2:
                    raise RuntimeError(f"rate is {rate}") from KeyError("first")

        for epoch in range(3):
            sum(range(10000))
            if epoch == 2:
                step(epoch, {"a": [1, 2.5, None], "b": ("c", b"d")})
        """,
    )
    crash = crash_of(project)
    assert (crash["type"], crash["message"], crash["position"].split(",")[0]) == ("RuntimeError", "rate is -2", "epoch=2")
    assert [(one["line"], one["variables"]) for one in crash["loops"]] == [(8, {"epoch": 2}), (3, {})]
    outer, inner = crash["frames"]
    assert (outer["line"], outer["function"], outer["locals"]) == (11, "<module>", {"epoch": "2"})
    assert inner["locals"]["names"] == "{'a': [1, 2.5, None], 'b': ('c', b'd')}"
    assert len(inner["locals"]["text"]) <= 160
    assert [(one["relation"], one["type"]) for one in crash["earlier"]] == [("cause", "KeyError")]
    shown = project.florpy("show")
    assert "crash        RuntimeError: rate is -2 (train.py:6 in step, at epoch=2" in shown.text
    assert "      rate = -2" in shown.text
    assert json.loads(project.florpy("show", "--json").text)["crash"]["frames"] == crash["frames"]


def test_nothing_of_the_programs_runs_for_it(tmp_path: Path) -> None:
    project = recorded(
        tmp_path,
        """
        class Odd(Exception):
            def __str__(self):
                print("asked")
                return "odd"

        class Value:
            def __repr__(self):
                print("shown")
                return "value"

            @property
            def __class__(self):
                print("class")
                return int

        class Items(list):
            def __iter__(self):
                print("iterated")
                return iter(())

        value, items = Value(), Items()
        raise Odd(value)
        """,
    )
    crash = crash_of(project)
    assert (crash["type"], crash["message"]) == ("Odd", None)
    assert crash["frames"][0]["locals"] == {"value": "<Value>", "items": "<Items>"}


@pytest.mark.parametrize(
    "text",
    [
        "raise SystemExit(3)",
        "raise KeyboardInterrupt",
        "import threading\nthread = threading.Thread(target=lambda: [][0])\nthread.start()\nthread.join()",
        "import os\nif os.fork() == 0:\n    raise ValueError('child')\nos.wait()",
        "import os\nos._exit(4)",
    ],
)
def test_what_is_no_crash_leaves_none(tmp_path: Path, text: str) -> None:
    project = Project(tmp_path / "project")
    project.write("train.py", text)
    assert project.record("train.py").status == project.plain("train.py").status
    assert not (project.the_run() / "crash.json").exists()
    assert json.loads(project.florpy("show", "--json").text).get("crash") is None


def test_odd_values_are_told_as_json_can_say_them(tmp_path: Path) -> None:
    project = recorded(
        tmp_path,
        """
        for x in [float("nan"), "\\ud800", 10 ** 400]:
            for y in [float("inf")]:
                if x == 10 ** 400:
                    raise ValueError("\\ud800", x)
        """,
    )
    assert crash_of(project)["loops"][1]["variables"] == {"y": "inf"}
    assert project.florpy("show").status == 0


def test_a_deep_recursion_is_told_in_part(tmp_path: Path) -> None:
    crash = crash_of(recorded(tmp_path, "def f(n):\n    return f(n + 1) if n < 400 else n / 0\n\nfor i in range(2):\n    f(0)\n"))
    assert (crash["type"], len(crash["frames"]), crash["position"]) == ("ZeroDivisionError", 64, "i=0")
    assert crash["left_out"] == 402 - 64


def test_a_module_is_told_of_without_what_started_it(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write("package/__init__.py", "")
    project.write("package/train.py", "for i in range(2):\n    print(1 / (1 - i))\n")
    project.recorded("-m", "package.train")
    crash = crash_of(project)
    assert [(one["file"], one["line"]) for one in crash["frames"]] == [("package/train.py", 2)]
    assert crash["position"] == "i=1"


def test_a_damaged_record_is_found(tmp_path: Path) -> None:
    project = recorded(tmp_path, "for i in range(2):\n    1 / 0\n")
    path = project.the_run() / "crash.json"
    path.write_bytes(path.read_bytes().replace(b'"i": 0', b'"i": 1'))
    outcome = project.florpy("verify")
    assert outcome.status == 65
    assert "crash.json" in outcome.text + outcome.complaint
    assert project.florpy("verify", "--repair").status == 0
    assert project.florpy("verify").status == 0
    assert (project.the_run() / "damaged" / "crash.json").exists()
