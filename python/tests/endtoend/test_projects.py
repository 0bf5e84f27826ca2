"""Projects of several files, started in the ways that people start them."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from .project import Project, by_line

TRAIN = """
    import sys, os
    from package.trainer import Trainer
    from package import data

    def main():
        trainer = Trainer(float(sys.argv[1]) if sys.argv[1:] else 1.0)
        for epoch in range(4):
            loss = trainer.fit(data.batches(epoch))
            print("epoch", epoch, loss, os.environ.get("RUN_NAME"), sys.argv[1:])
        return 0

    if __name__ == "__main__":
        sys.exit(main())
"""
TRAINER = """
    import random, time
    from . import data

    class Trainer:
        def __init__(self, rate):
            self.rate, self.state, self.random = rate, {}, random.Random(4)

        def step(self, x):
            self.state[x] = self.state.get(x, 0.0) + self.rate * self.random.random()
            return data.scaled(self.state[x])

        def fit(self, batches):
            total = 0.0
            for x in batches:
                time.sleep(0.02)
                total += self.step(x)
            return total
"""
DATA = """
    def scaled(x):
        y = x * 2
        return y

    def batches(epoch):
        found = []
        for i in range(4):
            found.append(i + epoch)
        return found
"""
PROBES = {
    "in main": ("train.py", "loss = trainer.fit(data.batches(epoch))", 'print("probe", len(trainer.state))', True),
    "in a module": ("package/data.py", "found = []", 'print("data for", epoch)', True),
    "in a method": ("package/trainer.py", "total = 0.0", 'print("fit", sorted(self.state))', True),
    "called in an inner loop": ("package/data.py", "y = x * 2", 'print("scaled", y)', False),
    "in an inner loop": ("package/trainer.py", "time.sleep(0.02)", 'print("step", x)', False),
    "in a method called in a loop": (
        "package/trainer.py",
        "self.state[x] = self.state.get(x, 0.0) + self.rate * self.random.random()",
        'print("state", self.state[x])',
        False,
    ),
}


def fits_restored(report: dict[str, Any]) -> int:
    """How many calls of `fit` were not run again: the call was restored, or the loop in it."""
    restored = by_line(report, "restored")
    return restored["package/trainer.py:12"] + restored["package/trainer.py:14"]


def fill(project: Project) -> None:
    project.write("train.py", TRAIN)
    project.write("package/__init__.py", "")
    project.write("package/trainer.py", TRAINER)
    project.write("package/data.py", DATA)
    project.write("package/train.py", TRAIN)


@pytest.fixture
def package(project: Project) -> Project:
    fill(project)
    return project


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("package") / "project")
    fill(project)
    project.recorded("train.py", "0.5", "-x", RUN_NAME="first")
    return project


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_anywhere(recorded: Project, tmp_path: Path, name: str) -> None:
    """Arguments and environment are the run's and the caller's."""
    file, line, probe, skips = PROBES[name]
    project = recorded.copy(tmp_path / "project")
    project.after(file, line, probe)
    report = project.replayed("train.py", "0.5", "-x", RUN_NAME="first")
    assert (fits_restored(report) >= 2) is skips, report
    assert report["divergences"] == []
    assert [entry["path"] for entry in report["probes"]] == [file]


def test_all_probes_at_once(recorded: Project, tmp_path: Path) -> None:
    project = recorded.copy(tmp_path / "project")
    for file, line, probe, _ in PROBES.values():
        project.after(file, line, probe)
    assert project.replayed("train.py", "0.5", "-x", RUN_NAME="first")["divergences"] == []


def test_a_probe_that_imports_what_another_module_has(recorded: Project, tmp_path: Path) -> None:
    project = recorded.copy(tmp_path / "project")
    project.write("package/data.py", "import os  # probe\n" + textwrap.dedent(DATA))
    project.after("package/data.py", "found = []", 'print(os.path.join("data for", str(epoch)))')
    report = project.replayed("train.py", "0.5", "-x", RUN_NAME="first")
    assert fits_restored(report) >= 2, report
    assert report["divergences"] == []


def test_a_module_as_main(package: Project) -> None:
    package.recorded("-m", "package.train", "2")
    package.after("package/train.py", "loss = trainer.fit(data.batches(epoch))", 'print("probe", trainer.rate)')
    report = package.replayed("-m", "package.train", "2")
    assert fits_restored(report) >= 2
    assert "-m package.train" in package.florpy("runs").text


def test_a_package_as_main(package: Project) -> None:
    (package.folder / "package" / "train.py").rename(package.folder / "package" / "__main__.py")
    package.recorded("-m", "package")
    package.after("package/__main__.py", "loss = trainer.fit(data.batches(epoch))", 'print("probe", trainer.rate)')
    assert fits_restored(package.replayed("-m", "package")) >= 2


@pytest.mark.parametrize("way", ["absolute", "another folder", "a link", "a linked folder"])
def test_started_from_elsewhere(package: Project, tmp_path: Path, way: str) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "link.py").symlink_to(package.folder / "train.py")
    (elsewhere / "linked").symlink_to(package.folder)
    script, cwd = {
        "absolute": (package.folder / "train.py", package.folder),
        "another folder": (Path("../project/train.py"), elsewhere),
        "a link": (Path("link.py"), elsewhere),
        "a linked folder": (Path("linked/train.py"), elsewhere),
    }[way]
    package.recorded(script, cwd=cwd)
    package.after("train.py", "loss = trainer.fit(data.batches(epoch))", 'print("probe", trainer.rate, __file__, sys.argv)')
    assert fits_restored(package.replayed(script, cwd=cwd)) >= 2


def test_a_folder_with_spaces(tmp_path: Path) -> None:
    project = Project(tmp_path / "a folder  with ünusual name")
    fill(project)
    project.recorded("train.py")
    project.after("package/trainer.py", "total = 0.0", 'print("fit", __file__)')
    assert fits_restored(project.replayed("train.py")) >= 2


@pytest.mark.parametrize("absolute", [False, True])
def test_a_project_that_was_moved_with_its_store(package: Project, tmp_path: Path, absolute: bool) -> None:
    package.record(package.folder / "train.py" if absolute else "train.py")
    moved = Project(Path(shutil.move(package.folder, tmp_path / "moved")), package.python)
    moved.after("package/data.py", "found = []", 'print("data for", epoch)')
    script = moved.folder / "train.py" if absolute else "train.py"
    assert fits_restored(moved.replayed(script)) >= 2
    assert moved.florpy("verify").status == 0


def test_started_in_a_folder_below(package: Project) -> None:
    below = package.folder / "below"
    below.mkdir()
    package.recorded("../train.py", cwd=below)
    package.after("train.py", "loss = trainer.fit(data.batches(epoch))", 'print("probe", os.path.basename(os.getcwd()))')
    assert fits_restored(package.replayed("../train.py", cwd=below)) >= 2
    assert package.replay("train.py").status == 0


def test_packages_included_and_excluded(package: Project, tmp_path: Path) -> None:
    library = tmp_path / "library"
    shutil.move(package.folder / "package", library / "package")
    path = str(library)
    outside = package.florpy("record", "--overhead", "unlimited", "train.py", PYTHONPATH=path)
    assert outside == package.plain("train.py", PYTHONPATH=path)
    package.florpy("record", "--overhead", "unlimited", "--include", "package", "train.py", PYTHONPATH=path)
    first, second = [json.loads(package.florpy("show", "--json", run.name).stdout)["loops"] for run in package.runs()]
    assert {loop["path"] for loop in first} == {"train.py"}
    assert any(loop["path"].endswith("package/trainer.py") for loop in second)
    package.after("train.py", "loss = trainer.fit(data.batches(epoch))", 'print("probe", trainer.rate)')
    expected = package.plain("train.py", PYTHONPATH=path)
    for given in ((), ("--include", "package")):
        answer = package.replay(*given, "train.py", PYTHONPATH=path)
        assert (answer.stdout, answer.status) == (expected.stdout, 0), answer.complaint


def test_an_excluded_package_is_left_alone(package: Project) -> None:
    outcome = package.florpy("record", "--exclude", "package", "train.py")
    assert outcome == package.plain("train.py")
    loops = json.loads(package.florpy("show", "--json").stdout)["loops"]
    assert {loop["path"] for loop in loops} == {"train.py"}


def test_the_run_keeps_sources_arguments_and_commit(package: Project) -> None:
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.com", "-C", str(package.folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    package.record("train.py", "3", "a b")
    header = json.loads((package.the_run() / "run.json").read_text())
    assert header["argv"] == ["train.py", "3", "a b"]
    assert header["git"]["commit"] == commit
    assert header["environment"]["OMP_NUM_THREADS"] == "1"
    kept = {json.loads(line)["path"] for line in (package.the_run() / "sources.jsonl").read_text().splitlines()}
    assert kept == {"train.py", "package/__init__.py", "package/trainer.py", "package/data.py"}
