"""What this process is there for: the host's mode, and who gives the script its code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

import _flor

LoadMain = Callable[[str, bytes], "CodeType | None"]


def begin(output_log: Any) -> LoadMain | None:
    """Starts the session that the supervisor asked for; gives the loader of the main script, None for a plain run."""
    settings: dict[str, Any] = json.loads(_flor.settings())
    mode = settings.get("mode", "inert")
    if settings.get("hashSeed") is not None or os.environ.get("PYTHONHASHSEED", "random") != "random":
        from .state import sets

        sets.know_texts_alike()
    if mode == "record":
        return _record(settings, output_log)
    if mode == "replay":
        return _replay(settings, output_log)
    if mode == "debug":
        return _debug(settings, output_log)
    if mode == "resume":
        return _resume(settings, output_log)
    return None


def is_planner() -> bool:
    """Whether this process only plans a replay and runs no script."""
    return bool(json.loads(_flor.settings()).get("mode") == "plan")


def project_root(settings: dict[str, Any]) -> str:
    """The folder that holds the project: the script's, or the current one for a module."""
    if settings["module"]:
        return os.getcwd()
    script: str = os.path.realpath(settings["script"])
    return script if os.path.isdir(script) else os.path.dirname(script)


def _record(settings: dict[str, Any], output_log: Any) -> LoadMain | None:
    from . import facts

    root = project_root(settings)
    try:
        obstacle = _flor.open_run(json.dumps(facts.header(settings, root)))
        # The supervisor has told whoever is watching of an obstacle.
        return _recorded(settings, root, output_log) if obstacle is None else None
    except Exception as error:  # whatever is wrong with us, the training goes on
        sys.stderr.write(f"florpy: nothing is recorded: {type(error).__name__}: {error}\n")
        return None


def _recorded(settings: dict[str, Any], root: str, output_log: Any) -> LoadMain:
    from .recording import Recording
    from .runtime.output import RecordingOutput

    recording = Recording(_flor, settings, root, RecordingOutput(output_log, _flor))
    recording.start()
    return lambda path, source: recording.modules.load("__main__", path, source)


def _resume(settings: dict[str, Any], output_log: Any) -> LoadMain:
    from .resuming import Resuming

    resuming = Resuming(_flor, settings, settings["root"], output_log)
    obstacle = resuming.open_run()
    if obstacle is not None:
        raise OSError(obstacle)
    resuming.start()
    return lambda path, source: resuming.modules.load("__main__", path, source)


def _replay(settings: dict[str, Any], output_log: Any) -> LoadMain:
    from .replaying import Replaying

    replaying = Replaying(_flor, settings, settings["root"], output_log)
    replaying.start()
    return lambda path, source: replaying.modules.load("__main__", path, source)


def _debug(settings: dict[str, Any], output_log: Any) -> LoadMain:
    from .debugging.session import Debugging

    debugging = Debugging(_flor, settings, settings["root"], output_log)
    debugging.start()
    return lambda path, source: debugging.modules.load("__main__", path, source)


def plan() -> int:
    """The planner's whole work; the exit status of its process."""
    from .planning import plan as write_plan

    settings = json.loads(_flor.settings())
    try:
        return write_plan(_flor, settings, settings["root"])
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"the run cannot be read: {type(error).__name__}: {error}\n")
        return 65
