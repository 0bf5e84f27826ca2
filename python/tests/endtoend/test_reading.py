"""What runs have printed and logged, read again: `logs`, `compare`, `reindex`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import time

import pytest

from ..florpy_binary import REPOSITORY, built_florpy
from .project import Project

PRINTING = """
    import sys
    for epoch in range(3):
        for step in range(2):
            print(f"epoch {epoch} step {step}: loss: {1 / (epoch * 2 + step + 1):.4f}, acc={epoch / 3:.3f}")
    print("  45%|####5     | 45/100 [00:12<00:15,  3.60it/s, loss=0.123]", end="\\r", file=sys.stderr)
"""


def test_printed_numbers_are_shown_before_they_are_kept(project: Project) -> None:
    project.write("train.py", PRINTING)
    project.recorded("train.py")
    shown = project.florpy("logs", "latest", "--extract", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(shown.text)))
    assert rows[3] == {"line": "3", "epoch": "1", "step": "1", "loss": "0.25", "acc": "0.333"}, shown.complaint
    assert (rows[6]["loss"], rows[6]["epoch"]) == ("0.123", "")
    assert "nothing was kept" in shown.complaint and "--keep" in shown.complaint
    assert project.florpy("logs").text == ""
    assert project.florpy("logs", "latest", "loss", "--extract", "--keep").status == 0
    kept = [json.loads(line) for line in project.florpy("logs", "latest", "--format", "jsonl").text.splitlines()]
    assert kept[3] == {"line": 3, "loss": 0.25} and len(kept) == 7
    assert json.loads(project.florpy("runs", "--json", "--show", "loss").stdout)[0]["values"] == {"loss": 0.123}
    assert project.florpy("verify").status == 0


def test_logs_says_what_is_not_there(project: Project) -> None:
    project.write("train.py", "print('loss: 1')\n")
    project.recorded("train.py")
    nothing = project.florpy("logs")
    assert (nothing.status, nothing.stdout) == (0, b"") and "nothing was logged" in nothing.complaint
    refused = project.florpy("logs", "latest", "speed")
    assert refused.status == 66 and "`speed`" in refused.complaint and "hint: " in refused.complaint
    assert project.florpy("logs", "1999").status == 66
    for wrong in (["--keep"], ["--extract", "--follow"], ["--format", "xml"]):
        assert project.florpy("logs", *wrong).status == 64


def test_runs_are_compared(project: Project) -> None:
    project.write("train.py", PRINTING)
    project.record("train.py", "--rate", "0.1", "--size", "3")
    project.edit("train.py", "range(3)", "range(4)")
    project.record("train.py", "--rate", "0.2", "--size", "3")
    for run in project.runs():
        project.florpy("logs", run.name, "acc", "--extract", "--keep")
    first, second = (run.name for run in project.runs())
    text = project.florpy("compare", first, second).text
    assert "rate" in text and "size" not in text
    assert "size" in project.florpy("compare", first, second, "--all").text
    assert "-for epoch in range(3):\n+for epoch in range(4):\n" in text
    told = json.loads(project.florpy("compare", first, second, "--json").stdout)
    assert told["arguments"] == {"rate": ["0.1", "0.2"], "size": ["3", "3"]}
    assert [one["greatest"] for one in told["logged"]["acc"]] == [0.667, 1.0]
    assert [difference["path"] for difference in told["sources"]] == ["train.py"]
    assert project.florpy("compare", first).status == 64
    assert project.florpy("compare", first, "1999").status == 66
    assert "The sources are the same." in project.florpy("compare", first, first).text


def kept(project: Project) -> Project:
    """A run that has printed and kept `loss` and `acc`."""
    project.write("train.py", PRINTING)
    project.recorded("train.py")
    project.florpy("logs", "latest", "loss", "acc", "--extract", "--keep")
    return project


def test_curves_are_plotted_in_the_terminal_and_into_files(project: Project) -> None:
    kept(project)
    shown = project.florpy("plot", "latest", "loss", "--width", "40").text
    lines = shown.splitlines()
    assert lines[0] == "loss" and len(lines) == 12 and max(map(len, lines)) <= 40
    assert any(0x2800 < ord(sign) < 0x2900 for sign in shown)
    assert lines[1].split()[0] == "1" and lines[10].split()[0] == "0.12300" and lines[11].split() == ["0", "6"]
    pytest.importorskip("matplotlib")
    for name, beginning in (("curves.png", b"\x89PNG"), ("curves.svg", b"<?xml")):
        drawn = project.florpy("plot", "latest", "--output", name, "--with", "latest", "--python", project.python)
        assert drawn.status == 0, drawn.complaint
        assert (project.folder / name).read_bytes().startswith(beginning)
    assert project.florpy("plot", "latest", "speed").status == 66
    assert project.florpy("plot", "latest", "speed", "-o", "x.png", "--python", project.python).status == 66
    assert project.florpy("plot", "latest", "loss", "-o", "no/such/x.png", "--python", project.python).status == 73


def test_a_missing_library_is_named(project: Project) -> None:
    kept(project)
    project.write("elsewhere/matplotlib/__init__.py", "raise ImportError('no matplotlib here')\n")
    refused = project.florpy(
        "plot", "latest", "-o", "x.png", "--python", project.python, PYTHONPATH=str(project.folder / "elsewhere")
    )
    assert refused.status == 69 and "hint: pip install matplotlib" in refused.complaint


def test_logs_are_exported(project: Project) -> None:
    kept(project)
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    done = project.florpy("export", "parquet", "--output", "log.parquet", "--python", project.python)
    assert done.status == 0 and "7 rows in log.parquet" in done.complaint
    table = pandas.read_parquet(project.folder / "log.parquet")
    assert list(table.columns) == ["run", "line", "loss", "acc"]
    assert table["loss"].tolist() == [1.0, 0.5, 0.3333, 0.25, 0.2, 0.1667, 0.123]
    assert table["acc"].isna().tolist() == [False] * 6 + [True]
    one = project.florpy("logs", "latest", "lo*", "--format", "parquet", "--output", "one.parquet", "--python", project.python)
    assert one.status == 0, one.complaint
    assert list(pandas.read_parquet(project.folder / "one.parquet").columns) == ["run", "line", "loss"]
    assert project.florpy("logs", "--format", "parquet").status == 64
    assert project.florpy("export", "parquet", "1999", "--output", "x", "--python", project.python).status == 66


def test_events_for_tensorboard(project: Project) -> None:
    kept(project)
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    done = project.florpy("export", "tensorboard", "latest", "--output", "events", "--name", "loss", "--python", project.python)
    assert done.status == 0, done.complaint
    events = EventAccumulator(str(project.folder / "events" / project.the_run().name))
    events.Reload()
    scalars = events.Scalars("loss")
    assert [one.step for one in scalars] == list(range(7))
    assert scalars[3].value == pytest.approx(0.25)
    assert events.Tags()["scalars"] == ["loss"]


def test_dataframes_of_several_runs(project: Project) -> None:
    pytest.importorskip("pandas")
    kept(project)
    project.record("train.py")
    project.florpy("logs", "latest", "loss", "--extract", "--keep")
    asked = project.write(
        "ask.py",
        """
        import json
        from flor.reading.tables import dataframe, query
        both, one = dataframe("loss", "acc"), dataframe("loss")
        counted = query("SELECT run, count(*) AS n, max(value) AS most FROM log WHERE name = 'loss' GROUP BY run ORDER BY run")
        print(json.dumps([list(both.columns), len(both), list(one.columns), len(one), one["loss"].tolist()[:3]]))
        print(json.dumps([both["acc"].notna().sum().item(), both["run"].nunique(), counted.values.tolist()]))
        """,
    )
    told = project.plain(asked, FLORPY=built_florpy(), PYTHONPATH=str(REPOSITORY / "python"))
    assert told.status == 0, told.complaint
    first, second = map(json.loads, told.text.splitlines())
    assert first == [["run", "line", "loss", "acc"], 14, ["run", "line", "loss"], 14, [1.0, 0.5, 0.3333]]
    runs = [run.name for run in project.runs()]
    assert second == [6, 2, [[runs[0], 7, 1.0], [runs[1], 7, 1.0]]]


LOGGING = """
    import flor
    rate = flor.arg("rate", 0.1)
    weight = 1.0
    for epoch in flor.loop("epoch", range(1, 4)):
        for batch in flor.loop("batch", range(2)):
            weight *= 0.5
            flor.log("loss", weight)
        flor.log("accuracy", 1 - weight)
"""


def test_what_was_logged_is_read_with_hindsight_in_the_same_rows(project: Project) -> None:
    project.write("train.py", LOGGING)
    assert project.record("train.py", "--rate", "0.5").status == 0
    project.after("train.py", 'flor.log("accuracy", 1 - weight)', 'flor.log("norm", 2 * weight)')
    assert project.replay("train.py").status == 0
    rows = list(csv.DictReader(io.StringIO(project.florpy("logs", "latest", "--format", "csv").text)))
    assert rows[3] == {
        **{"epoch": "0", "epoch_value": "1", "batch": "", "rate": "", "loss": ""},
        **{"accuracy": "0.75", "norm": "0.5", "hindsight": "norm"},
    }
    assert [row["loss"] for row in rows if row["loss"]] == ["0.5", "0.25", "0.125", "0.0625", "0.03125", "0.015625"]
    assert "0.5*" in project.florpy("logs", "latest", "norm").text
    (run,) = json.loads(project.florpy("runs", "--json", "--show", "rate", "--show", "accuracy", "--show", "norm").stdout)
    assert run["values"] == {"rate": 0.5, "accuracy": 0.984375, "norm": 0.03125}
    followed = project.florpy("logs", "latest", "loss", "--follow").text.splitlines()
    assert followed[0] == "epoch=1  batch=0  loss: 0.5" and len(followed) == 6


def test_values_are_followed_while_the_run_is_at_work(project: Project) -> None:
    project.write(
        "train.py",
        """
        import flor, os, time
        flor.log("first", 1)
        while not os.path.exists("go on"):
            time.sleep(0.01)
        flor.log("second", 2)
        """,
    )
    command = [built_florpy(), "record", "--python", project.python, "train.py"]
    recording = subprocess.Popen(command, cwd=project.folder, env=project.environment())
    while not list(project.folder.glob(".flor/runs/*/log/*.values")):
        time.sleep(0.01)
    follow = [built_florpy(), "logs", "--follow", "--format", "jsonl"]
    follower = subprocess.Popen(follow, cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    assert json.loads(follower.stdout.readline())["name"] == "first"
    assert follower.poll() is None
    (project.folder / "go on").touch()
    rest = [json.loads(line) for line in follower.stdout]
    assert [(line["name"], line["value"]) for line in rest] == [("second", 2)]
    assert (recording.wait(timeout=60), follower.wait(timeout=60)) == (0, 0)
