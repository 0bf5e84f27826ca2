from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ..florpy_binary import REPOSITORY, built_florpy
from .log_files import Value, values

VERSIONS = ("3.10", "3.11", "3.12", "3.13")


def _interpreters() -> dict[str, str]:
    """The pythons of this machine that florpy serves, by version: of pyenv, of PATH, and this one."""
    found: dict[str, str] = {}
    for folder in sorted(Path("~/.pyenv/versions").expanduser().glob("3.*")):
        match = re.fullmatch(r"(3\.\d+)\.\d+", folder.name)
        if match:
            found[match[1]] = str(folder / "bin" / "python")
    for version in VERSIONS:
        on_path = shutil.which(f"python{version}")
        if on_path:
            found.setdefault(version, on_path)
    found[f"{sys.version_info[0]}.{sys.version_info[1]}"] = sys.executable
    return {version: path for version, path in found.items() if version in VERSIONS}


INTERPRETERS = _interpreters()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH, as an installation leaves it in `site-packages`."""
    built = Path(built_florpy()).parent / "lib_flor.so"
    if not built.exists():
        pytest.skip(f"the extension module is not built: there is no {built}")
    folder = tmp_path_factory.mktemp("installed")
    (folder / "_flor.abi3.so").symlink_to(built)
    (folder / "flor").symlink_to(REPOSITORY / "python" / "flor")
    return folder


class PlainPython:
    """Scripts under a plain python that can import flor."""

    def __init__(self, python: str, installed: Path, folder: Path) -> None:
        self.python, self.installed, self.folder = python, installed, folder

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.installed), "OMP_NUM_THREADS": "1"}

    def start(self, script: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        path = self.folder / "train.py"
        path.write_text(textwrap.dedent(script))
        return subprocess.Popen(
            [self.python, str(path), *arguments],
            env=self.environment(),
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, script: str, *arguments: str, status: int = 0) -> str:
        """What it printed; it must end with `status` and print nothing to stderr."""
        process = self.start(script, *arguments)
        output, errors = process.communicate(timeout=300)
        assert (process.returncode, errors) == (status, "")
        return output

    @property
    def runs(self) -> list[Path]:
        return sorted((self.folder / ".flor" / "runs").glob("*"))

    def logged(self) -> list[Value]:
        """What the one run has, after `florpy verify` found it sound."""
        (run,) = self.runs
        verdict = subprocess.run([built_florpy(), "verify", "--store", str(run.parents[1])], text=True, capture_output=True)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        assert "left by a crash" not in verdict.stdout, verdict.stdout
        return values(run)


@pytest.fixture(params=VERSIONS)
def every_python(request: pytest.FixtureRequest, installed: Path, tmp_path: Path) -> PlainPython:
    if request.param not in INTERPRETERS:
        pytest.skip(f"there is no Python {request.param} here")
    return PlainPython(INTERPRETERS[request.param], installed, tmp_path)


@pytest.fixture
def plain_python(installed: Path, tmp_path: Path) -> PlainPython:
    """This interpreter, with its packages."""
    return PlainPython(sys.executable, installed, tmp_path)
