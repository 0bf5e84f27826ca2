"""Runs of one script twice, by Python itself and by the built florpy, and what must be the same about them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..florpy_binary import built_florpy

VERSIONS = ("3.10", "3.11", "3.12", "3.13")


def interpreters() -> dict[str, str]:
    """An interpreter of each supported version that is installed; $FLORPY_TEST_PYTHONS names others."""
    found: dict[str, str] = {}
    named = [path for path in os.environ.get("FLORPY_TEST_PYTHONS", "").split(":") if path]
    pyenv = sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin/python"))
    on_path = [path for version in VERSIONS if (path := shutil.which(f"python{version}"))]
    for path in [sys.executable, *named, *pyenv, *on_path]:
        question = "import sys; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([path, "-c", question], capture_output=True, text=True, check=False)
        version = answer.stdout.strip()
        if version in VERSIONS:
            found.setdefault(version, path)
    return found


INTERPRETERS = interpreters()


@dataclass(frozen=True)
class Outcome:
    """All that whoever started a process can see of it."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class Scripts:
    """Runs scripts in one folder, as `python` and as `florpy record` run them."""

    folder: Path
    florpy: str
    python: str

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def plain(self, *arguments: Any) -> list[str]:
        return [self.python, *map(str, arguments)]

    def recorded(self, *arguments: Any) -> list[str]:
        return [self.florpy, "record", "--python", self.python, *map(str, arguments)]

    def outcome(self, command: list[str], **options: Any) -> Outcome:
        options.setdefault("stdin", subprocess.DEVNULL)
        environment = clean_environment() | options.pop("variables", {})
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=options.pop("stderr", subprocess.PIPE),
            timeout=60,
            check=False,
            **options,
        )
        return Outcome(done.returncode, done.stdout, done.stderr or b"")

    def same(self, text: str, *arguments: Any, name: str = "script.py", **options: Any) -> Outcome:
        """The outcome of a script, which both ways of running it must agree about."""
        self.write(name, text)
        return self.same_command(name, *arguments, **options)

    def same_command(self, *arguments: Any, **options: Any) -> Outcome:
        plain = self.outcome(self.plain(*arguments), **options)
        recorded = self.outcome(self.recorded(*arguments), **options)
        assert recorded == plain
        return plain


def clean_environment() -> dict[str, str]:
    """Ours without what would change how Python buffers or what it writes."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONUNBUFFERED", "PYTHONPATH")}


@pytest.fixture(params=list(INTERPRETERS))
def scripts(request: pytest.FixtureRequest, tmp_path: Path) -> Scripts:
    """With each interpreter that is installed."""
    return Scripts(tmp_path, built_florpy(), INTERPRETERS[request.param])


@pytest.fixture
def script(tmp_path: Path) -> Scripts:
    """With the interpreter that runs the tests."""
    return Scripts(tmp_path, built_florpy(), sys.executable)


@pytest.fixture
def started(script: Scripts) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts a command and waits for the line `ready` on its stdout; what still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command,
            cwd=script.folder,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()
