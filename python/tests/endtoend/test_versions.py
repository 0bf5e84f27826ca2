"""The programs of the state tests, recorded and replayed by the binary under each interpreter that is installed."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

import pytest

from ..host.conftest import INTERPRETERS
from ..state.test_programs import PROGRAMS
from .project import Project


def slowed(source: str) -> str:
    """The program with a pause in each iteration of its loops that are to be skipped."""
    lines = []
    for line in textwrap.dedent(source).strip().splitlines():
        head, mark, _ = line.partition(":  # skip")
        lines.append(line)
        if mark and "range(5000)" not in head:
            indent = head[: len(head) - len(head.lstrip())]
            lines.append(f"{indent}    pace()")
    return "import time\ndef pace():\n    time.sleep(0.003)\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("version", INTERPRETERS)
def test_the_programs_of_the_state_tests(version: str, tmp_path: Path) -> None:
    python = INTERPRETERS[version]
    has_numpy = subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False).returncode == 0
    chosen = {name: source for name, source in PROGRAMS.items() if has_numpy or "numpy" not in source}
    project = Project(tmp_path / "project", python)
    lines = []
    for number, source in enumerate(chosen.values()):
        project.write(f"program_{number}.py", slowed(source))
        lines.append(f"import program_{number}\nprint('program', {number})")
    project.write("train.py", "\n".join(lines) + "\n")
    project.recorded("train.py")

    for number in range(len(chosen)):
        path = project.folder / f"program_{number}.py"
        text = path.read_text()
        marked = [line for line in text.splitlines() if line.endswith("# probe")]
        indent = " " * (len(marked[0]) - len(marked[0].lstrip()) + 4)
        path.write_text(text.replace(marked[0], f"{marked[0]}\n{indent}print('probe', epoch)", 1))
    report = project.replayed("train.py")
    assert report["divergences"] == []
    restored = {loop["site"][0] for loop in report["loops"] if loop["restored"]}
    assert len(restored) >= len(chosen) // 2, sorted(restored)
