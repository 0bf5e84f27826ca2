"""Builds the wheel (PEP 517), with nothing but Swift and the standard library: `pip install .` and `make wheel` come here.

A wheel has the package `flor`, its extension module, and the binary `florpy` as a command. They are for every Python from 3.10 on,
since the module keeps to the stable interface.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / ".build" / "release"
TAG = "cp310-abi3-linux_x86_64"


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--explicit-target-dependency-import-check", "error"]
    subprocess.run(command, cwd=ROOT, check=True)
    return assemble(BUILT, Path(wheel_directory)).name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    raise NotImplementedError("florpy is installed from its repository, or from a wheel\n\nhint: `make wheel`")


def assemble(built: Path, folder: Path) -> Path:
    """The wheel of what is built already."""
    name, version = (_field(field) for field in ("name", "version"))
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-{TAG}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as stripped, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        records: list[str] = []
        for place, source in _files(built, Path(stripped), f"{name}-{version}.data").items():
            _add(archive, records, place, source.read_bytes(), executable="/scripts/" in place)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {_field('requires-python')}\n"
        wheel = f"Wheel-Version: 1.0\nGenerator: florpy\nRoot-Is-Purelib: false\nTag: {TAG}\n"
        _add(archive, records, f"{info}/METADATA", metadata.encode())
        _add(archive, records, f"{info}/WHEEL", wheel.encode())
        archive.writestr(f"{info}/RECORD", "".join([*records, f"{info}/RECORD,,\n"]))
    return path


def _files(built: Path, folder: Path, data: str) -> dict[str, Path]:
    python = ROOT / "python"
    package = [path for path in sorted((python / "flor").rglob("*")) if path.suffix in (".py", ".typed")]
    return {
        **{path.relative_to(python).as_posix(): path for path in package},
        "_flor.pyi": python / "_flor.pyi",
        "_flor.abi3.so": _stripped(built / "lib_flor.so", folder),
        f"{data}/scripts/florpy": _stripped(built / "florpy", folder),
    }


def _stripped(binary: Path, folder: Path) -> Path:
    copy = folder / binary.name
    if shutil.which("strip"):
        subprocess.run(["strip", "-o", str(copy), str(binary)], check=True)
        return copy
    return binary


def _add(archive: zipfile.ZipFile, records: list[str], place: str, contents: bytes, executable: bool = False) -> None:
    entry = zipfile.ZipInfo(place)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, contents)
    digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
    records.append(f"{place},sha256={digest},{len(contents)}\n")


def _field(name: str) -> str:
    """Of `[project]`; Python 3.10 has no reader of TOML."""
    found = re.search(rf'^{name} = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"pyproject.toml has no {name}")
    return found[1]
