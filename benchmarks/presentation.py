"""What the benchmarks have in common beside their measuring: options, tables, and pages with the facts of the machine."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from machine import facts

REPOSITORY = Path(__file__).resolve().parent.parent


def parser(description: str | None, results: bool = True) -> argparse.ArgumentParser:
    """Which florpy, which python and, unless it writes none, which file for the results. The description is the first line."""
    made = argparse.ArgumentParser(description=description.partition("\n")[0] if description else None)
    made.add_argument("--florpy", default=".build/release/florpy")
    made.add_argument("--python", default=sys.executable)
    if results:
        made.add_argument("--results", metavar="FILE", help="write the tables and the machine's facts there")
    return made


def has_cuda(python: str) -> bool:
    """Whether a training with that interpreter can run on CUDA."""
    asked = [python, "-c", "import sys, torch; sys.exit(not torch.cuda.is_available())"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def table(lines: list[list[str]]) -> str:
    """Lines as a table that is read as text and as Markdown alike; the first is the header."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    aligned = [
        " | ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    rule = " | ".join("-" * (width - 1) + ":" if column else "-" * width for column, width in enumerate(widths))
    return "\n".join(f"| {line} |" for line in [aligned[0], rule, *aligned[1:]])


def known(python: str) -> str:
    """The facts of the machine, as a list."""
    return "\n".join(f"- {name}: {fact}" for name, fact in facts(python, REPOSITORY).items())


def write_page(file: str, *parts: str) -> None:
    Path(file).write_text("\n\n".join(parts) + "\n", encoding="utf-8")
