"""What a run keeps about where and by what it was run. Cheap: nothing is imported and no process is started for it."""

from __future__ import annotations

import datetime
import os
import platform
import re
import resource
import sys
import time
from typing import Any

from . import __version__

# Environment variables on which a training's numbers may depend.
_INTERESTING = re.compile(
    r"(PYTHON|OMP_|MKL_|OPENBLAS_|NUMEXPR_|VECLIB_|CUDA_|CUBLAS_|NCCL_|TORCH|PYTORCH_|LC_|SLURM_|NVIDIA_)\w*|LANG|TZ"
)
_DISTRIBUTION = re.compile(r"(.+)-([^-]+)\.(?:dist|egg)-info")


def now() -> str:
    """The time as the run format writes it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def header(settings: dict[str, Any], root: str) -> dict[str, Any]:
    """The contents of `run.json`."""
    return {
        "run": settings["run"],
        "script": os.path.abspath(settings["script"]) if not settings["module"] else settings["script"],
        "root": root,
        "argv": list(sys.argv),
        "module": settings["script"] if settings["module"] else None,
        "cwd": os.getcwd(),
        "started": now(),
        "python": python(),
        "packages": packages(),
        "devices": devices(),
        "cores": cores(),
        "environment": {name: value for name, value in sorted(os.environ.items()) if _INTERESTING.fullmatch(name)},
        "git": git_commit(root),
        "overhead": settings.get("overhead"),
        "thrifty": settings.get("thrifty", False),
        **{name: settings[name] for name in ("include", "exclude") if settings.get(name)},
        "hash_seed": settings.get("hashSeed"),
        "monotonic_seconds": time.monotonic(),
        "florpy": __version__,
        "host": platform.node(),
        "user": os.environ.get("USER", str(os.getuid())),
        "pid": os.getpid(),
    }


def python() -> dict[str, str]:
    return {
        "version": platform.python_version(),
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "prefix": sys.prefix,
    }


def packages() -> dict[str, str]:
    """Names and versions of the installed distributions, read from the names of their metadata folders."""
    found: dict[str, str] = {}
    for folder in sys.path:
        if not folder.endswith(("site-packages", "dist-packages")) or not os.path.isdir(folder):
            continue
        for name in os.listdir(folder):
            match = _DISTRIBUTION.fullmatch(name)
            if match:
                found.setdefault(match[1].lower(), match[2])
    return dict(sorted(found.items()))


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def devices() -> list[str]:
    """NVIDIA devices, as the driver names them."""
    folder = "/proc/driver/nvidia/gpus"
    names = []
    for device in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        with open(f"{folder}/{device}/information", encoding="utf-8") as file:
            names += [line.split(":", 1)[1].strip() for line in file if line.startswith("Model:")]
    return names


def load() -> dict[str, Any]:
    """What this process, with the children that have ended, has taken of the machine."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {"processor_seconds": seconds, "peak_bytes": own.ru_maxrss * 1024}


def git_commit(folder: str) -> dict[str, Any] | None:
    """The commit that is checked out, read from the files of git. Whether files differ from it, nobody has looked."""
    while not os.path.isdir(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    git = os.path.join(folder, ".git")
    head = _line(os.path.join(git, "HEAD"))
    if head is None or not head.startswith("ref: "):
        return {"commit": head, "dirty": None}
    name = head.removeprefix("ref: ")
    commit = _line(os.path.join(git, name)) or _packed(git, name)
    return {"commit": commit, "branch": name.removeprefix("refs/heads/"), "dirty": None}


def _packed(git: str, name: str) -> str | None:
    try:
        with open(os.path.join(git, "packed-refs"), encoding="utf-8") as file:
            return next((line.split()[0] for line in file if line.rstrip().endswith(f" {name}")), None)
    except OSError:
        return None


def _line(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return None
