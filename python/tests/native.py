"""The native shortcut in the test's own process: its C files, compiled on their own and loaded as often as there are runtimes."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parents[2] / "Sources" / "CPython"


def shortcut(*arguments: Any) -> Any:
    """`_flor.shortcut`, which a process can have once, for one more runtime."""
    with tempfile.TemporaryDirectory(prefix="florpy-test-") as folder:
        copy = shutil.copy(_library(), folder)
        library = ctypes.PyDLL(copy)  # stays loaded when its file is gone
    process = ctypes.c_void_p(ctypes.PyDLL(None)._handle)
    missing = ctypes.c_char_p()
    assert library.cpython_load(process, ctypes.byref(missing)) == 0, missing.value
    library.cpython_load_exceptions(process)
    library.shortcut.restype = ctypes.py_object
    given = (ctypes.py_object * len(arguments))(*arguments)
    return library.shortcut(None, given, ctypes.c_ssize_t(len(arguments)))


@functools.cache
def _library() -> str:
    compiler = next((name for name in ("clang", "cc", "gcc") if shutil.which(name)), None)
    assert compiler is not None, "the native shortcut is tested with a C compiler"
    folder = tempfile.mkdtemp(prefix="florpy-test-")
    built = f"{folder}/shortcut.so"
    files = [str(SOURCES / name) for name in ("CPython.c", "Shortcut.c")]
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", f"-I{SOURCES}/include", *files, "-o", built], check=True)
    return built
