"""The run that this process logs into: found, or begun, when the first value comes.

| where | the run |
|---|---|
| under `florpy record` and `resume` | the one that is recorded |
| under `florpy replay` | the one that is replayed; the values go to the replay's own folder |
| a process that `multiprocessing` has spawned | its parent's |
| any other Python | a run of its own, with its log and checkpoints of what the script names (`flor.saved`) |
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import _flor

from .. import facts
from . import pending, values

# For the processes that this one spawns: the run's folder.
_FOR_CHILDREN = "FLORPY_RUN"
# A store that is not beside the script.
_STORE = "FLORPY_STORE"


@dataclass(frozen=True)
class Run:
    """A run that is being logged. `folder` is the run's own, in `store`."""

    id: str
    folder: str
    store: str

    def flush(self) -> None:
        """Waits until all that this process has logged is with the operating system."""
        pending.settle()
        _flor.log_flush()


@dataclass(frozen=True)
class _Destination:
    run: Run
    log: str
    is_replay: bool = False


_destination: _Destination | None = None
_is_asked = False
# Whether the run was begun here, so that checkpoints can be written into it; what they may cost of its time, None without a limit.
_is_own = False
_overhead: float | None = None
# More of what `end.json` says.
told_at_end: Callable[[], dict[str, Any]] | None = None


def begin() -> None:
    """From here on `_flor` finds its way by itself."""
    _flor.log_through(_open, values.put)
    os.register_at_fork(before=_before_fork)


def run() -> Run:
    """The run that this process logs into; it is begun where there is none yet."""
    _open()
    if _destination is None:
        raise RuntimeError("flor.run: nothing can be logged here\n\nhint: FLORPY_STORE names another store")
    return _destination.run


def run_for_checkpoints(overhead: float | None) -> Run | None:
    """The run that this process has begun, or begins now; None where it has none of its own. `overhead` is a share of its time."""
    global _overhead
    _overhead = overhead
    _open()
    if _destination is None or not _is_own:
        return None
    _flor.allow(float("inf") if overhead is None else overhead)
    return _destination.run


def hosted() -> dict[str, Any] | None:
    """What florpy has told this process, where that has started it."""
    return json.loads(_flor.settings()) if hasattr(_flor, "settings") else None


def store() -> str:
    """The store of a process that florpy did not start."""
    _, _, root = program()
    return os.path.abspath(os.environ.get(_STORE) or os.path.join(root, ".flor"))


def program() -> tuple[str, str | None, str]:
    """The path of what is run, the module's name where it is one, and the project's folder."""
    script, module = _program()
    return script, module, os.path.dirname(script) if module is None else os.getcwd()


def _before_fork() -> None:
    """The child will have a run to log into, this one; and no thread of ours stands by, of which Python 3.12 would warn."""
    if not _flor.log_is_forked():
        _open()
        _flor.log_pause()


def _open() -> None:
    """Called by `_flor` for the first value."""
    global _is_asked, _destination
    if _is_asked:
        return
    _is_asked = True
    try:
        settings = hosted()
        _destination = _own_destination() if settings is None else _host_destination(settings)
        failure = 0 if _destination is None else _open_file(_destination)
    except Exception as error:  # the training must not fail because of what it logs
        traceback.print_exc()
        _complain(f"{type(error).__name__}: {error}")
        return
    if failure:
        _complain(os.strerror(failure))
        _destination = None


def _open_file(destination: _Destination) -> int:
    blobs = os.path.join(destination.run.folder, "blobs")
    return _flor.log_open(destination.log, blobs, destination.is_replay)


def _complain(why: str) -> None:
    print(f"flor: nothing is logged: {why}", file=sys.stderr)


def _host_destination(settings: dict[str, Any]) -> _Destination | None:
    """Under florpy, which has begun the run."""
    mode = settings.get("mode")
    if mode in ("record", "resume"):
        store = settings["store"]
        run = Run(settings["run"], os.path.join(store, "runs", settings["run"]), store)
        return _Destination(run, os.path.join(run.folder, "log")) if os.path.isdir(run.folder) else None
    if mode == "replay":
        folder = settings["run_folder"]
        run = Run(os.path.basename(folder), folder, settings["store"])
        return _Destination(run, os.path.join(settings["plan_folder"], "log"), is_replay=True)
    return None


def _own_destination() -> _Destination | None:
    inherited = os.environ.get(_FOR_CHILDREN)
    if inherited and _is_spawned():
        run = Run(os.path.basename(inherited), inherited, os.path.dirname(os.path.dirname(inherited)))
        _end_with_spawned_child()
    else:
        begun = _new_run()
        if begun is None:
            return None
        run = begun
        os.environ[_FOR_CHILDREN] = run.folder
    return _Destination(run, os.path.join(run.folder, "log"))


def _is_spawned() -> bool:
    """Whether `multiprocessing` has started this process; then it is loaded."""
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and processes.parent_process() is not None


def _end_with_spawned_child() -> None:
    """Some of these processes leave without Python's own ending."""
    from multiprocessing import util

    _flor.end_with_process()
    util.Finalize(None, _flor.log_flush, exitpriority=0)


def _new_run() -> Run | None:
    global _is_own
    script, module, root = program()
    place = store()
    name, folder = _flor.choose_run(place, 0.0)
    settings = {"run": name, "script": module or script, "module": module is not None, "overhead": _overhead}
    header = {**facts.header(settings, root), "log_only": True}
    obstacle = _flor.open_run(json.dumps(header))
    if obstacle is not None:
        _complain(obstacle)
        return None
    _flor.end_with_process()
    _end_with_python()
    _is_own = True
    return Run(name, folder, place)


def _program() -> tuple[str, str | None]:
    """The path of what is run, and the module's name where it is one; of a notebook where that tells."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name != "__main__":
        name = spec.name.removesuffix(".__main__")
        return os.path.abspath(spec.origin or name), name
    path = getattr(main, "__file__", None) or os.environ.get("JPY_SESSION_NAME") or "interactive"
    return os.path.realpath(path), None


def _end_with_python() -> None:
    """What `end.json` says; the exit status is known only when the process ends."""
    started = perf_counter()

    def tell() -> None:
        if not _flor.log_is_forked():
            more = {} if told_at_end is None else told_at_end()
            end = {"ended": facts.now(), "seconds": perf_counter() - started, "statistics": [], "counters": {}, **more}
            _flor.end_run(json.dumps({**end, **facts.load()}))

    atexit.register(tell)
