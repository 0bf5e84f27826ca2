"""The programs of the state tests, recorded and replayed by the binary under each interpreter that is installed."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

import pytest

from ..host.conftest import INTERPRETERS
from ..state.test_programs import PROGRAMS
from .project import Project, by_line


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


@pytest.mark.parametrize("version", INTERPRETERS)
def test_instances_keep_their_attributes_as_they_were_kept(version: str, tmp_path: Path) -> None:
    """Without a dict of their own in most versions, which makes them quick to reach; neither recording nor restoring makes one."""
    project = Project(tmp_path / "project", INTERPRETERS[version])
    project.write(
        "train.py",
        """
        import gc
        import time

        class Average:
            def add(self, value):
                self.count += 1
                self.total += value
                time.sleep(0.02)  # longer than a restore, on a loaded machine as well

        # Not by a call: on a loaded machine one is skipped, and then its class does not know the names that it would have set.
        averages = [Average(), Average()]
        averages[0].count = averages[0].total = 0
        averages[1].total = averages[1].other = averages[1].count = 0
        del averages[1].other
        for epoch in range(3):
            for step in range(3):
                for average in averages:
                    average.add(step)
            print(epoch, [sorted(type(held).__name__ for held in gc.get_referents(one)) for one in averages])
        print([list(vars(one).items()) for one in averages])
        """,
    )
    recorded = project.recorded("train.py")
    assert ("'dict'" in recorded.text) == (version == "3.10")
    # The outer loop ends right behind the last of the inner ones, so that there may be no checkpoint of its own.
    place = f"train.py:{project.line_of('train.py', 'for average in averages:') + 1}"
    project.edit("train.py", "    for step", "    print('seen', averages[1].total)\n    for step")
    report = project.replayed("train.py")
    assert by_line(report, "executed")[place] == 0 and sum(by_line(report, "restored").values()) >= 3
