"""A workload in a folder of its own, recorded, replayed, and run as it is: what the benchmarks of replaying have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presentation import REPOSITORY

WORKLOADS = REPOSITORY / "benchmarks" / "workloads"


@dataclass(frozen=True)
class Timed:
    """A command that was run: until its first byte, until its last line but one, until its end, and what it printed."""

    first_seconds: float
    seconds: float
    output: bytes


@dataclass(frozen=True)
class Tools:
    """The two programs that are timed, as absolute paths, and how often."""

    python: str
    florpy: str
    turns: int

    def run(self, folder: Path, *words: Any) -> Timed:
        """A failure ends the benchmark."""
        path = os.pathsep.join([str(Path(self.python).parent), os.environ.get("PATH", os.defpath)])
        environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [str(word) for word in words]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        beginning = process.stdout.read1(1)  # type: ignore[attr-defined]
        first = time.perf_counter() - began
        output = beginning + process.stdout.read()
        if process.wait() != 0:
            sys.exit(f"benchmark: {' '.join(command)} ended with status {process.returncode}")
        return Timed(first, time.perf_counter() - began, output)

    def replay(self, folder: Path, *words: Any) -> tuple[Timed, dict[str, Any]]:
        report = folder / "report.json"
        done = self.run(folder, self.florpy, "replay", "--report", report, *words, "train.py")
        return done, json.loads(report.read_text(encoding="utf-8"))


class Training:
    """A workload in a folder of its own."""

    def __init__(self, tools: Tools, script: str, folder: Path, arguments: list[str]) -> None:
        self.tools, self.folder, self.arguments = tools, folder, arguments
        self.text = (WORKLOADS / script).read_text(encoding="utf-8")
        folder.mkdir()
        self.write(self.text)

    def write(self, text: str) -> None:
        (self.folder / "train.py").write_text(text, encoding="utf-8")

    def record(self, *options: str) -> Timed:
        return self.tools.run(self.folder, self.tools.florpy, "record", *options, "train.py", *self.arguments)

    def plain(self, text: str) -> Timed:
        """A script of that text, beside the recorded one."""
        (self.folder / "plain.py").write_text(text, encoding="utf-8")
        return self.tools.run(self.folder, self.tools.python, "plain.py", *self.arguments)

    def with_probe(self, name: str) -> str:
        return self.text.replace(f"# {name}: ", "")
