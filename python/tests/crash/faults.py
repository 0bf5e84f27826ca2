"""Faults of the calls that florpy makes on a store: what goes wrong, and how it is brought about in the real binary."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("system_calls.c")
# `struct counter` of the source.
COUNTER = struct.Struct("QQ32s512s")


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and at which call; `code` is an errno."""

    kind: str
    call: int = 0
    code: int = 0

    def __str__(self) -> str:
        error = f" {errno.errorcode[self.code]}" if self.code else ""
        return f"{self.kind}{error}" + (f" at call {self.call}" if self.call else "")

    @property
    def text(self) -> str:
        return f"{self.kind} {self.call} {self.code}"


@dataclass(frozen=True)
class Met:
    """How many calls there were, how many went wrong, and which was the first of those."""

    calls: int
    faults: int
    first: str


class Faults:
    """The library that is preloaded, compiled into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "system_calls.so"
        compiler = shutil.which("clang") or shutil.which("cc")
        assert compiler is not None, "no C compiler"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self._library, SOURCE, "-ldl"], check=True)

    def environment(self, fault: Fault, store: Path, counter: Path) -> dict[str, str]:
        """The variables that bring `fault` about in what is started with them; it is counted in `counter`."""
        counter.write_bytes(bytes(mmap.PAGESIZE))
        names = {"FLORPY_FAULT": fault.text, "FLORPY_FAULT_STORE": str(store), "FLORPY_FAULT_COUNTER": str(counter)}
        return names | {"LD_PRELOAD": os.fspath(self._library)}

    @staticmethod
    def met(counter: Path) -> Met:
        calls, faults, call, path = COUNTER.unpack_from(counter.read_bytes())
        return Met(calls, faults, f"{_text(call)} of {_text(path)}" if faults else "")


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode()
