"""Runs that are not as they were recorded: replay goes around the damage, or says what is wrong; never a wrong line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .leaves import leaves
from .project import Project, by_line

TRAINING = """
    import random, time
    random.seed(3)
    table = [0.0] * 500
    for epoch in range(8):
        for step in range(4):
            time.sleep(0.01)
            table[step] += random.random()
            print(f"step {epoch} {step} {table[step]!r}")
        print("epoch", epoch, sum(table))
"""
INNER = "train.py:5"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("damage") / "project")
    project.write("train.py", TRAINING)
    project.recorded("train.py")
    project.after("train.py", 'print("epoch", epoch, sum(table))', 'print("probe", epoch, max(table))')
    assert len(list((project.the_run() / "checkpoints").iterdir())) >= 5
    return project


@pytest.fixture
def project(recorded: Project, tmp_path: Path) -> Project:
    return recorded.copy(tmp_path / "project")


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def verified(project: Project) -> str:
    """What `verify` complains of; the run must be found damaged."""
    outcome = project.florpy("verify")
    assert outcome.status == 65
    return outcome.text


def garbled_manifest(run: Path) -> None:
    flip(run / "checkpoints" / "000003", 40)


def cut_pack(run: Path) -> None:
    pack = run / "packs" / "000003"
    pack.write_bytes(pack.read_bytes()[:20])


def flipped_graph(run: Path) -> None:
    graph = leaves(run / "checkpoints" / "000003")[0]
    flip(run / "packs" / f"{graph.pack:06}", graph.offset + 10)


def absent_pack(run: Path) -> None:
    (run / "packs" / "000003").unlink()


@pytest.mark.parametrize("damage", [garbled_manifest, cut_pack, flipped_graph, absent_pack])
def test_replay_goes_around_a_damaged_checkpoint(project: Project, damage: Callable[[Path], None]) -> None:
    damage(project.the_run())
    assert "000003" in verified(project)
    report = project.replayed("train.py")
    assert 1 <= by_line(report, "executed")[INNER] <= 3
    assert by_line(report, "restored")[INNER] >= 3
    assert report["divergences"] == []
    told = json.dumps([report["damages"], [loop["reasons"] for loop in report["loops"]]])
    assert "000003" in told


@pytest.mark.parametrize("damage", [garbled_manifest, cut_pack, flipped_graph, absent_pack])
def test_a_repair_keeps_what_is_good(project: Project, damage: Callable[[Path], None]) -> None:
    run = project.the_run()
    damage(run)
    verified(project)
    before = contents(run)
    told = project.florpy("verify", "--repair")
    assert (told.status, project.florpy("verify").status) == (0, 0), told.text
    # Moved aside, and nothing else than that.
    moved = {name: data for name, data in before.items() if not (run / name).exists()}
    assert "checkpoints/000003" in moved and contents(run / "damaged") == moved
    after = contents(run)
    assert all(after[name] == data for name, data in before.items() if name not in moved)
    report = project.replayed("train.py")
    assert by_line(report, "restored")[INNER] >= 3
    assert (report["divergences"], report["damages"]) == ([], [])


def test_a_repair_takes_a_source_from_the_project(tmp_path: Path) -> None:
    project = Project.of_recorded("for step in range(3):\n    print(step)\n", tmp_path)
    (source,) = (project.the_run() / "sources").iterdir()
    flip(source, 20)
    verified(project)
    assert project.florpy("verify", "--repair").status == 0
    assert project.florpy("verify").status == 0
    assert source.read_bytes() == (project.folder / "train.py").read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """By path, of all files but those of the repair itself and of replays."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if name.split("/")[0] not in ("damaged", "replays")}


def test_a_damaged_manifest_is_told(project: Project) -> None:
    garbled_manifest(project.the_run())
    answer = project.replay("train.py")
    assert answer.status == 0
    assert answer.complaint.startswith("warning: run ") and "is damaged" in answer.complaint


def test_every_checkpoint_damaged(project: Project) -> None:
    for manifest in (project.the_run() / "checkpoints").iterdir():
        flip(manifest, 60)
    assert by_line(project.replayed("train.py"), "restored")[INNER] == 0


def test_a_changed_line_of_the_recorded_output_is_never_printed(project: Project) -> None:
    output = project.the_run() / "output.ops"
    flip(output, output.read_bytes().index(b"step 2 1") + 5)
    assert "invariant 9: output.ops" in verified(project)
    expected = project.plain("train.py")
    answer = project.replay("train.py")
    assert answer.stdout == expected.stdout
    assert answer.status == 77
    assert "recorded: step 3 1" in answer.complaint and "replayed: step 2 1" in answer.complaint
    assert "warning: run " in answer.complaint and "output.ops" in answer.complaint


def test_output_that_was_cut(project: Project) -> None:
    output = project.the_run() / "output.ops"
    output.write_bytes(output.read_bytes()[: output.stat().st_size // 2])
    assert "output.ops" in verified(project)
    expected = project.plain("train.py")
    answer = project.replay("train.py")
    assert answer.stdout == expected.stdout
    assert answer.status == 77


def test_a_changed_source_is_refused(project: Project) -> None:
    (source,) = (project.the_run() / "sources").iterdir()
    source.write_bytes(source.read_bytes().replace(b"range(8)", b"range(7)"))
    assert "invariant 8" in verified(project)
    answer = project.replay("train.py")
    assert (answer.status, answer.stdout) == (65, b"")
    assert "the kept source of train.py is not what was recorded" in answer.complaint
    assert "\n\nhint: `florpy verify " in answer.complaint


@pytest.mark.parametrize("name", ["sources.jsonl", "sites.jsonl", "end.json"])
def test_a_garbled_file_of_the_run(project: Project, name: str) -> None:
    """Nothing wrong is printed; a file that the replay can do without is no reason to refuse."""
    (project.the_run() / name).write_bytes(b'{"this": is not JSON\n')
    answer = project.replay("train.py")
    if answer.status == 0:
        assert answer.stdout == project.plain("train.py").stdout
    else:
        assert (answer.status, answer.stdout) == (65, b"")
        assert "cannot be read" in answer.complaint and "\n\nhint: " in answer.complaint
    assert "Traceback" not in answer.complaint


def test_a_damaged_header_is_told(project: Project) -> None:
    (project.the_run() / "run.json").write_text('{"run": "2')
    answer = project.replay("train.py")
    assert (answer.status, answer.stdout) == (65, b"")
    assert "run.json" in answer.complaint and "\n\nhint: " in answer.complaint
    for command in ("show", "runs"):
        assert "Traceback" not in project.florpy(command).complaint
    assert "unreadable" in project.florpy("runs").text
    assert project.florpy("show").status == 65


def test_a_later_run_that_cannot_be_read_is_told(project: Project) -> None:
    first = project.the_run()
    project.record("train.py")
    (later,) = [run for run in project.runs() if run != first]
    (later / "run.json").write_text("")
    answer = project.replay("--run", first.name, "train.py")
    assert answer.status == 0
    answer = project.replay("train.py")
    assert (answer.status, answer.stdout) == (0, project.plain("train.py").stdout)
    assert f"warning: run {later.name} cannot be read" in answer.complaint


def test_a_run_of_a_newer_format(project: Project) -> None:
    (project.the_run() / "format").write_text("florpy-run 7\n")
    for command in (["replay", "train.py"], ["show"], ["replay", "--run", project.the_run().name, "train.py"]):
        answer = project.florpy(command[0], *command[1:])
        assert (answer.status, answer.stdout) == (65, b"")
        assert "florpy-run 7" in answer.complaint and "hint: a newer florpy may read this run" in answer.complaint
    assert project.florpy("verify").status == 65
