"""Recording in this process: puts rewriting, loop runtime, state and output together, and opens and ends the run."""

from __future__ import annotations

import atexit
import json
import os
import sys
from time import perf_counter
from typing import Any

from . import facts
from .bridges import Bridges, to_the_log
from .compilers import CompilerWatch
from .crashes import describe, is_crash, when_crashed
from .effects import Effects
from .forking import settle_before_forks
from .isolation.after_import import AfterImport
from .logs import asked
from .modules import LoadedFile, ModuleLoader, linked_by
from .project import Project
from .rewrite import ProjectFinder, RewriteCache, Rewritten, python_folders, rewrite_module
from .runtime.executions import Session
from .runtime.loops import LoopRuntime
from .runtime.output import RecordingOutput
from .runtime.recording import Recorder
from .runtime.sites import FunctionMarks


class Recording:
    """The one recording of this process."""

    def __init__(self, core: Any, settings: dict[str, Any], root: str, output: RecordingOutput) -> None:
        self.core, self.root, self.output = core, root, output
        self._began = perf_counter()
        self._cache = RewriteCache(os.path.join(settings["store"], "cache", "rewrites"))
        self._marks = marks = FunctionMarks()
        project = Project()
        effects = Effects(core, settings.get("names", settings["run"]))
        self.recorder = Recorder(core, project, marks, output, effects, native=core)
        self.recorder.only_ends = settings["onlyEnds"]
        runtime = self.recorder.runtime = LoopRuntime(self._session(project), marks, project.own_code, core.shortcut)
        self.runtime = runtime
        self.modules = ModuleLoader(root, project, runtime, self._rewrite, self._note, linked_by(core.link))
        if settings["module"]:
            self.modules.main_names = (settings["script"], f"{settings['script']}.__main__")
        self.finder = ProjectFinder(root, self.modules.load, include=settings["include"], exclude=settings["exclude"])

    def _session(self, project: Project) -> Session:
        return self.recorder

    def start(self) -> None:
        """From here on project modules are rewritten. The end is noted after the script's own exit functions."""
        self.finder.install()
        CompilerWatch(self.modules.project).install()
        loaders = AfterImport()
        loaders.install()
        Bridges(to_the_log).watch(loaders)
        asked.watch(loaders, self._marks.asked)
        self.core.watch_inputs([os.path.realpath(folder) for folder in python_folders()])
        atexit.register(self.end)
        when_crashed(self._crashed)
        settle_before_forks(self.core.settle_for_fork)
        os.register_at_fork(after_in_child=self._leave_child)

    def _leave_child(self) -> None:
        atexit.unregister(self.end)
        when_crashed(None)
        self.runtime.become_inert()

    def _rewrite(self, path: str, filename: str, source: bytes) -> Rewritten:
        key = self._cache.key(source, filename)
        rewritten = self._cache.get(key)
        if rewritten is None:
            rewritten = rewrite_module(source, filename)
            self._cache.put(key, rewritten)
        return rewritten

    def _note(self, file: LoadedFile) -> None:
        """Keeps the file as it is now, and tells the run of its sites."""
        kept = self.core.keep_source(file.source)
        line = {"path": file.path, "module": file.module, "hash": kept, "bytes": len(file.source)}
        self.core.append("sources", _line(line))
        lines = file.rewritten.lines_of(file.path)
        if lines:
            self.core.append("sites", lines)

    def _crashed(self, error: BaseException) -> None:
        """An exception has come out of the script. It ends as it would; what we cannot tell of it is a problem of ours."""
        if not is_crash(error):
            return
        try:
            self.core.crashed(json.dumps(describe(error, self.modules.project, self.recorder.left)))
        except Exception as failure:
            self.core.problem(f"The crash was not recorded: {type(failure).__name__}: {failure}")

    def end(self) -> None:
        """Hands over the last of the output, and what `end.json` will say. The exit status is known only later."""
        self.output.close()
        for problem in self.recorder.problems:
            self.core.problem(problem)
        end = {
            "ended": facts.now(),
            "seconds": perf_counter() - self._began,
            "statistics": self.recorder.statistics(),
            "counters": self.recorder.counters(),
            "devices": _devices(),
            "connections": dict(zip(("count", "first"), self.core.connections())),
            **facts.load(),
        }
        self.core.end_run(json.dumps(end))
        self.runtime.become_inert()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _devices() -> list[str]:
    """The devices that PyTorch used, if it was used."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda") or not torch.cuda.is_initialized():
        return []
    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
