"""Resuming in this process: on the way it is a replay of the earlier run, and from the checkpoint on a recording of its own."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

from . import facts, isolation, refusal
from .isolation.publishing import Unpublishable, publish
from .modules import LoadedFile
from .project import Project
from .record_of_run import RecordedRun
from .recording import Recording
from .replaying import DecodedCore
from .runtime.executions import Session
from .runtime.output import Log, ReplayOutput, ResumedOutput, stdout_of
from .runtime.replaying import Divergence, Plan, Replayer
from .runtime.resuming import Resumer, Unresumable, Way
from .state import lost_history

# As the command's exit statuses; `refusal.json` in the run's folder has the words.
DAMAGED, DIVERGED, NOT_POSSIBLE = 65, 77, 78


class Resuming(Recording):
    """The one resumed recording of this process."""

    output: ResumedOutput

    def __init__(self, core: Any, settings: dict[str, Any], root: str, log: Log) -> None:
        self._settings, self._log = settings, log
        self.folder = settings["run_folder"]
        self.earlier = RecordedRun.read(settings["earlier_folder"], core)
        self.checkpoint: int = settings["checkpoint"]
        self._decoded = DecodedCore(core, self.checkpoint)
        self.manifest = dict(self._decoded.checkpoints())[self.checkpoint]
        self._recorded_output = self.earlier.output()
        settings["names"] = self.earlier.first_run
        self._overlay: Any = None
        self._notes: list[str] = []
        super().__init__(core, settings, root, ResumedOutput(log, core))

    def _session(self, project: Project) -> Session:
        self._way_output = ReplayOutput(self._log, self._recorded_output, False, self._output_differs)
        plan = Plan(restores_slow_ones=True)
        self.replayer = Replayer(self._decoded, project, plan, self._way_output, native=self.core)  # type: ignore[arg-type]
        self.replayer.segments = way = Way(self.checkpoint, self._arrive)
        self.replayer.on_passed = lambda number, position: way.passed(number)
        self.resumer = Resumer(self.replayer, self.recorder, lambda: self._way_output.position)
        return self.resumer

    def open_run(self) -> str | None:
        """Makes the resumed run; the sentence that says why there is none, or None."""
        manifest = self.manifest
        known = self.core.prefix_hashes(self._recorded_output, [manifest["ops"]])
        if "output" in manifest and known != [manifest["output"]["hash"]]:
            return "output.ops of the earlier run is not what was recorded"
        sizes = [manifest["ops"], *((manifest[name] or {"bytes": 0})["bytes"] for name in ("sources", "sites"))]
        header = facts.header(self._settings, self.root)
        header["resumed"] = {
            "run": self.earlier.header["run"],
            "checkpoint": self.checkpoint,
            "first": self.earlier.first_run,
        }
        written = stdout_of(self._recorded_output[: manifest["ops"]])
        told: str | None = self.core.continue_run(json.dumps(header), self.checkpoint, *sizes, written)
        return told

    def start(self) -> None:
        self.replayer.runtime = self.runtime
        super().start()
        os.mkdir(self._settings["replay_folder"], 0o700)
        self.core.log_only_where(lambda *_: False)  # the earlier run has it
        lost_history.on_needed = self._history_needed
        self._overlay = isolation.begin(self.core, self._settings, self._notes)
        if self._notes:
            self._refuse(NOT_POSSIBLE, self._notes[0])

    def _note(self, file: LoadedFile) -> None:
        """Files that the checkpoint knew are in the run already."""
        if self.earlier.sources.get(file.path) != file.source:
            super()._note(file)

    def _output_differs(self, recorded: str, replayed: str) -> None:
        self.replayer.divergences.append(Divergence("on the way", "standard output", recorded, replayed))

    def _history_needed(self, site: tuple[str, int], operation: str) -> None:
        """A gradient needs what no checkpoint holds. On the way nothing was done yet; later nobody can go back."""
        why = f"a gradient reached a value of {operation} from before the checkpoint, which does not hold its history"
        self._refuse(NOT_POSSIBLE, why)

    def _arrive(self) -> None:
        """The program is where the checkpoint was taken. Whatever goes wrong here is no error of the program's."""
        try:
            self._hand_over()
        except (Unresumable, Unpublishable) as why:
            self._refuse(NOT_POSSIBLE, str(why))
        except Exception as error:
            self._refuse(NOT_POSSIBLE, f"florpy failed: {type(error).__name__}: {error}")

    def _hand_over(self) -> None:
        if self.replayer.divergences:
            told = self.replayer.divergences[0].met_on_the_way()
            self._refuse(DIVERGED, f"the program does not come to the checkpoint as it did before: {told}")
        self._log.flush()
        assert self._overlay is not None
        self.core.guard(["/"])
        publish(self._overlay, os.path.join(self.folder, "aside"))
        self.core.show_output()
        self.core.watch_files()
        self.core.log_only_where(lambda *_: True)
        self.output.go_on(self.manifest["ops"], self.manifest["stdout"])
        self.resumer.hand_over(self.runtime, self.manifest)

    def end(self) -> None:
        if self.resumer.is_on_the_way:
            error = getattr(sys, "last_value", None)
            why = "" if error is None else f", with {type(error).__name__}: {error}"
            self._refuse(DIVERGED, f"the program ended before it came to the checkpoint{why}")
        super().end()

    def _refuse(self, status: int, why: str) -> NoReturn:
        """Ends the process at once; the supervisor says why."""
        refusal.write(self.folder, status, why)
        self.core.leave(status)
        raise AssertionError("the process has ended")
