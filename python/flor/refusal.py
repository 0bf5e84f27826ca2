"""Why a process does not come where it was to come; the supervisor says so (`Refusal` in `Sources/Replaying/Debugging.swift`)."""

from __future__ import annotations

import json
import os

from . import private_files


def write(folder: str, status: int, why: str) -> None:
    """`status` is the command's exit status."""
    private_files.write_text(os.path.join(folder, "refusal.json"), json.dumps({"status": status, "why": why}))
