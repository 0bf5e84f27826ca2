"""The wheel, installed into an environment that has nothing else, on a PATH without Swift."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from build_backend import assemble

from ..florpy_binary import built_florpy


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    wheel = assemble(Path(built_florpy()).parent, folder)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-index", str(wheel)]
    subprocess.run(pip, check=True)
    return folder / "venv"


def _run(environment: Path, folder: Path, *command: str) -> str:
    plain = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "FLORPY", "FLORPY_PYTHON_DIR")}
    plain |= {"PATH": f"{environment}/bin:/usr/bin:/bin", "VIRTUAL_ENV": str(environment)}
    done = subprocess.run(command, cwd=folder, env=plain, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_module_and_command_work_where_there_is_no_swift(environment: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import flor\nfor epoch in flor.loop('epoch', range(3)):\n    print(flor.log('loss', epoch / 2))\n")
    assert _run(environment, tmp_path, "python", str(script)) == "0.0\n0.5\n1.0\n"
    assert _run(environment, tmp_path, "florpy", "record", str(script)) == "0.0\n0.5\n1.0\n"
    script.write_text(script.read_text() + "    flor.log('twice', epoch * 2)\n")
    assert _run(environment, tmp_path, "florpy", "replay", str(script)) == "0.0\n0.5\n1.0\n"
    assert _run(environment, tmp_path, "florpy", "verify").count("sound") == 2


def test_the_extension_module_is_small_and_needs_no_swift_library(environment: Path) -> None:
    (module,) = environment.glob("lib/python3.*/site-packages/_flor.abi3.so")
    assert module.stat().st_size < 10_000_000
    needed = subprocess.run(["ldd", str(module)], text=True, capture_output=True, check=True).stdout
    assert "swift" not in needed.lower() and "Foundation" not in needed
