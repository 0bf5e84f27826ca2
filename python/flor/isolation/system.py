"""The functions of Python as they were before any was replaced; what the overlay itself works with."""

from __future__ import annotations

import io
import os
from types import SimpleNamespace
from typing import Any

# Taken when this module is loaded: before the script starts, and before anything is replaced.
_NAMES = (
    "access", "chdir", "chmod", "chown", "close", "copy_file_range", "fstat", "getcwd", "getcwdb", "getxattr", "lchown",
    "link", "listdir", "listxattr", "lstat", "mkdir", "mkfifo", "mknod", "open", "read", "readlink", "remove",
    "removexattr", "rename", "replace", "rmdir", "scandir", "setxattr", "stat", "statvfs", "symlink", "truncate",
    "unlink", "utime", "write",
)  # fmt: skip

system: Any = SimpleNamespace(**{name: getattr(os, name) for name in _NAMES if hasattr(os, name)})
system.io_open = io.open
