"""What scripts give to trackers reaches the log: with packages that stand in for them, and with the real ones where they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flor.bridges import Bridges
from flor.isolation.after_import import AfterImport

from ..endtoend.project import Project
from ..florpy_binary import REPOSITORY

WRITER = """
    class SummaryWriter:
        def __init__(self): self.seen = []
        def add_scalar(self, tag, scalar_value, global_step=None, walltime=None):
            "Adds."
            if scalar_value is None: raise ValueError("no value")
            self.seen.append((tag, scalar_value, global_step))
            return len(self.seen)
        def add_scalars(self, main_tag, tag_scalar_dict, global_step=None): pass
"""
FILES = {
    "tensorboardX/__init__.py": "from .writer import SummaryWriter",
    "tensorboardX/writer.py": WRITER,
    "wandb/__init__.py": """
        def init():
            global log
            from .sdk.wandb_run import Run
            log = Run().log
    """,
    "wandb/sdk/__init__.py": "",
    "wandb/sdk/wandb_run.py": "class Run:\n    def log(self, data, step=None, commit=None): self.last = data",
    "mlflow/__init__.py": "from .tracking.fluent import log_metric, log_metrics",
    "mlflow/tracking/__init__.py": "",
    "mlflow/tracking/fluent.py": """
        def log_metric(key, value, step=None, synchronous=None): pass
        def log_metrics(metrics, step=None): pass
    """,
}
STANDING_IN = ("tensorboardX", "wandb", "mlflow")


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[list[tuple[str, Any, int | None]]]:
    """What was logged; the packages of `tmp_path` come before installed ones and are forgotten afterwards."""
    path, finders = list(sys.path), list(sys.meta_path)
    forgotten = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in STANDING_IN}
    for name in forgotten:
        del sys.modules[name]
    sys.path.insert(0, str(tmp_path))
    found: list[tuple[str, Any, int | None]] = []
    after = AfterImport()
    after.install()
    Bridges(lambda name, value, step: found.append((name, value, step))).watch(after)
    yield found
    sys.path[:], sys.meta_path[:] = path, finders
    for name in [name for name in sys.modules if name.partition(".")[0] in STANDING_IN]:
        del sys.modules[name]
    sys.modules.update(forgotten)


def write(folder: Path, **changed: str) -> None:
    for name, text in {**FILES, **changed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).strip() + "\n", encoding="utf-8")


def test_scalars_of_a_summary_writer(tmp_path: Path, logged: list[Any]) -> None:
    write(tmp_path)
    import tensorboardX

    writer = tensorboardX.SummaryWriter()
    assert writer.add_scalar("loss", 0.5, 3) == 1
    writer.add_scalar(tag="accuracy", scalar_value=1, global_step=4)
    writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 5)
    assert logged == [("loss", 0.5, 3), ("accuracy", 1, 4), ("both/a", 1.0, 5), ("both/b", 2.0, 5)]
    assert writer.seen == [("loss", 0.5, 3), ("accuracy", 1, 4)]
    assert (writer.add_scalar.__name__, writer.add_scalar.__doc__) == ("add_scalar", "Adds.")


def test_what_the_package_refuses_is_refused_and_not_logged(tmp_path: Path, logged: list[Any]) -> None:
    write(tmp_path)
    import tensorboardX

    with pytest.raises(ValueError, match="no value"):
        tensorboardX.SummaryWriter().add_scalar("loss", None)
    with pytest.raises(TypeError):
        tensorboardX.SummaryWriter().add_scalar()
    assert logged == []


def test_dictionaries_of_wandb(tmp_path: Path, logged: list[Any]) -> None:
    write(tmp_path)
    import wandb

    wandb.init()
    wandb.log({"loss": 0.5, "train": {"accuracy": 1.0, "images": [1, 2]}, "note": "x"}, step=7)
    wandb.log({"loss": 0.25})
    assert logged == [("loss", 0.5, 7), ("train.accuracy", 1.0, 7), ("loss", 0.25, None)]


def test_metrics_of_mlflow(tmp_path: Path, logged: list[Any]) -> None:
    write(tmp_path)
    import mlflow

    mlflow.log_metric("loss", 0.5, step=1)
    mlflow.log_metrics({"a": 1, "b": float("inf")}, 2)
    assert logged == [("loss", 0.5, 1), ("a", 1, 2), ("b", float("inf"), 2)]


def test_arrays_of_one_number_count_and_others_do_not(tmp_path: Path, logged: list[Any]) -> None:
    numpy = pytest.importorskip("numpy")
    write(tmp_path)
    import mlflow

    for value in (numpy.float32(0.5), numpy.array([[2.0]]), numpy.zeros(3), "text", None, object()):
        mlflow.log_metric("x", value)
    assert [float(value) for _, value, _ in logged] == [0.5, 2.0]


@pytest.mark.parametrize("text", ["def log_metric(name, number): return 7", "log_metric = 3", "log_metric = max", ""])
def test_a_version_with_other_functions_is_left_alone(tmp_path: Path, logged: list[Any], text: str) -> None:
    write(tmp_path, **{"mlflow/tracking/fluent.py": text, "mlflow/__init__.py": ""})
    from mlflow.tracking import fluent

    assert vars(fluent).get("log_metric") == getattr(fluent, "log_metric", None)
    if text.startswith("def"):
        assert fluent.log_metric("loss", 1) == 7
    assert logged == []


REAL = """
import sys
from flor.bridges import Bridges
from flor.isolation.after_import import AfterImport
logged = []
after = AfterImport()
after.install()
Bridges(lambda name, value, step: logged.append((name, float(value), step))).watch(after)
import torch
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter(sys.argv[1]) as writer:
    writer.add_scalar("loss", torch.tensor(0.5), 3)
    writer.add_scalars("both", {"a": 1.0}, 4)
print(logged)
"""


def test_the_real_summary_writer(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "python")}
    command = [sys.executable, "-c", REAL, str(tmp_path / "events")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "[('loss', 0.5, 3), ('both/a', 1.0, 4)]\n", done.stderr


SCRIPT = """
from tensorboardX import SummaryWriter
import mlflow, wandb
writer = SummaryWriter()
wandb.init()
for epoch in range(3):
    writer.add_scalar("loss", 1 / (epoch + 1), epoch)
    mlflow.log_metric("accuracy", epoch / 4, step=epoch)
wandb.log({"best": 0.5})
print(len(writer.seen))
"""


def test_a_recorded_script_and_a_probe_in_it(tmp_path: Path) -> None:
    write(tmp_path)
    project = Project(tmp_path)
    project.write("train.py", SCRIPT)
    project.recorded("train.py")

    def logged(*names: str) -> list[dict[str, Any]]:
        rows = map(json.loads, project.florpy("logs", "latest", "--format", "jsonl").text.splitlines())
        return [{name: row[name] for name in names if name in row} for row in rows]

    rows = [{"step": epoch, "loss": 1 / (epoch + 1), "accuracy": epoch / 4} for epoch in range(3)]
    assert logged("step", "loss", "accuracy", "best") == [*rows, {"best": 0.5}]
    line = 'mlflow.log_metric("accuracy", epoch / 4, step=epoch)'
    project.after("train.py", line, 'mlflow.log_metric("twice", 2 * epoch, step=epoch)')
    assert project.replay("train.py").status == 0
    twice = [{"step": epoch, "loss": 1 / (epoch + 1), "twice": 2 * epoch, "hindsight": ["twice"]} for epoch in range(3)]
    assert logged("step", "loss", "twice", "hindsight")[:3] == twice
