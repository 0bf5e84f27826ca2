"""What runs have printed and logged, read again: `logs`, `compare`, `reindex`."""

from __future__ import annotations

import csv
import io
import json

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
