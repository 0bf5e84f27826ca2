"""The example scripts and their hindsight lines, for the tests and the benchmark.

A hindsight line is a comment `# hindsight: STATEMENT` in an example; switching it on takes the mark away and keeps the
indentation. `examples/examples.json` names the examples, and for each kind of probe a text that its line contains.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MARK = re.compile(r"^([ \t]*)# hindsight: ", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """One example: its script inside `examples`, and the texts that tell its outer and its inner hindsight line."""

    name: str
    script: Path
    probes: dict[str, str]

    def copy_to(self, folder: Path) -> Path:
        """Copies the example into a new folder, alone, and returns its script there."""
        source = EXAMPLES / self.script
        if self.script.parent == Path():
            folder.mkdir(parents=True)
            shutil.copy(source, folder)
        else:
            shutil.copytree(source.parent, folder, ignore=shutil.ignore_patterns("__pycache__", ".flor"))
        return folder / self.script.name

    def switch_on(self, probe: str, folder: Path) -> None:
        """Switches the hindsight lines of one kind on in a copy; fails when there is none."""
        text = self.probes[probe]
        switched = [path for path in sorted(folder.rglob("*.py")) if switch_on_lines(path, text)]
        if not switched:
            raise ValueError(f"no hindsight line of {self.name} contains {text!r}")


def all_examples() -> list[Example]:
    """The examples, in the order of the file that lists them."""
    listed = json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))
    return [
        Example(name, Path(entry["script"]), {probe: entry[probe] for probe in ("outer", "inner") if probe in entry})
        for name, entry in listed.items()
    ]


def switch_on_lines(path: Path, text: str) -> bool:
    """Takes the mark away from every hindsight line of a file that contains a text; says whether there was one."""
    before = path.read_text(encoding="utf-8").splitlines(keepends=True)
    after = [MARK.sub(r"\1", line) if text in line else line for line in before]
    if after != before:
        path.write_text("".join(after), encoding="utf-8")
    return after != before
