"""The session of a process that goes to one place of a recorded program and opens a debugger there."""

from __future__ import annotations

import json
import os
import sys
from types import FrameType
from typing import Any, NoReturn

from .. import refusal
from ..crashes import is_crash, when_crashed
from ..crashes.stack import is_ours
from ..crashes.summary import message_of, name_of
from ..replaying import Replaying
from ..runtime.choice import Choice
from ..runtime.output import Log
from ..runtime.positions import Watchers
from ..runtime.resuming import Way
from .debugger import Raised, debugger, look_back, stop_at_exception, stop_at_next_line
from .terminal import HeldInput
from .watching import CrashWatch, Trace

# As the command's exit statuses; `refusal.json` has the words.
NOT_FOUND, DIVERGED = 66, 77


class Debugging(Replaying):
    """The one debugged program of this process."""

    def __init__(self, core: Any, settings: dict[str, Any], root: str, log: Log) -> None:
        super().__init__(core, settings, root, log)
        self._log, self._input = log, HeldInput()
        self._prefers_pdb: bool = settings["prefers_pdb"]
        self._has_stopped = self._has_diverged = self._was_interrupted = False
        self._crash: dict[str, Any] | None = None
        plan = self.replayer.plan
        if plan.choice is not None:
            self._stop_in(Choice.from_json(plan.choice, None, False))
        else:
            self._stop_at_the_crash()

    def _stop_in(self, choice: Choice) -> None:
        """Where an iteration begins."""
        self.choice = self.replayer.choice = choice
        choice.may_leave_out = self.replayer.plan.one_worker is None
        choice.begun = self.runtime.sites.executions_begun
        choice.show, choice.finish = self._reached, self._never_reached
        self._watchers.append(choice)
        self._watched = Watchers(self._watchers)
        self.runtime.watch(self._watched.begins, self._watched.iteration, self._watched.ends)

    def _stop_at_the_crash(self) -> None:
        """Where the recorded exception is raised; until the checkpoint before that, nobody looks."""
        with open(os.path.join(self.run.folder, "crash.json"), encoding="utf-8") as file:
            self._crash = json.load(file)
        self._watch = CrashWatch(self._crash, self.modules.project, self._raised)
        checkpoint = self._crash["checkpoint"]
        # What a probe keeps for later would be missing where it was restored.
        keeps = bool(self.diff.probes) and self.replayer.plan.one_worker is not None
        if checkpoint is not None and not keeps and checkpoint in dict(self.replayer.core.checkpoints()):
            self.replayer.segments = Way(checkpoint, self._watch.begin)

    def start(self) -> None:
        super().start()
        when_crashed(self._crashed)
        self._input.hold()
        if self._crash is not None and not isinstance(self.replayer.segments, Way):
            self._watch.begin()

    def _log_only_what_is_new(self) -> None:
        """Nothing that is logged here is anybody's."""
        self._core.log_only_where(lambda *_: False)

    def _passed(self, number: int, position: str) -> None:
        """The program goes on behind the last checkpoint of an interrupted recording as well."""
        self.replayer.segments.passed(number)

    def _leave_at_the_records_end(self, checkpoint: int | None, position: str) -> None:
        pass

    def _leave_child(self) -> None:
        when_crashed(None)
        sys.settrace(None)
        super()._leave_child()

    # The stops.

    def _reached(self, begins: bool) -> None:
        if begins and not self._has_stopped:
            frame = _users_frame()
            self._stop(f"at line {frame.f_lineno} of {self.modules.path_of(frame.f_code.co_filename)}, where the iteration begins")
            stop_at_next_line(self._debugger(), frame)

    def _never_reached(self) -> None:
        if not self._has_stopped:
            self._refuse(NOT_FOUND, "the program came to no such iteration")

    def _raised(self, frame: FrameType, raised: Raised) -> Trace | None:
        assert self._crash is not None
        place = f"{self.modules.path_of(frame.f_code.co_filename)}:{frame.f_lineno} in {frame.f_code.co_name}"
        at = f", at {self._crash['position']}" if self._crash["position"] else ""
        self._stop(f"at {place}{at}, where {self._crash['type']} was raised")
        trace: Trace | None = stop_at_exception(self._debugger(), frame, raised)
        return trace

    def _crashed(self, error: BaseException) -> None:
        """An exception has come out of the program. The one at which the debugger was opened is left to Python."""
        self._was_interrupted = isinstance(error, KeyboardInterrupt)
        if self._has_stopped or not is_crash(error):
            return
        said = f"{name_of(type(error))}: {message_of(error)}"
        if self._crash is None:
            self._refuse(NOT_FOUND, f"the program ended before it came to that iteration, with {said}")
        self._stop(f"after the program ended with {said}, which was not met where it was recorded")
        look_back(self._debugger(), error.__traceback__)

    def _stop(self, where: str) -> None:
        """From here on the user sees what is written, and everything is executed."""
        sys.settrace(None)
        self._has_stopped, self._has_diverged = True, bool(self.replayer.divergences)
        self.replayer.forget_checkpoints()
        self._log.flush()
        self._input.give_back()
        self._core.show_output()
        for one in self.replayer.divergences[:1]:
            self._say(f"warning: the program is not where it was: {one.met_on_the_way()}")
        self._say(f"florpy: run {self.run.header['run']}, {where}")

    def _say(self, text: str) -> None:
        if sys.__stderr__ is not None:
            sys.__stderr__.write(text + "\n")
            sys.__stderr__.flush()

    def _debugger(self) -> Any:
        return debugger(self._prefers_pdb, lambda: self._leave_now(DIVERGED if self._has_diverged else 0))

    def end(self) -> None:
        if not self._has_stopped and not self._was_interrupted:
            if self._crash is None:
                self._refuse(NOT_FOUND, "the program came to no such iteration")
            self._refuse(DIVERGED, f"the program ended without the {self._crash['type']} that was recorded")
        super().end()

    def _refuse(self, status: int, why: str) -> NoReturn:
        """Ends the process at once; the supervisor says why."""
        refusal.write(self.folder, status, why)
        self._leave_now(status)
        raise AssertionError("the process has ended")


def _users_frame() -> FrameType:
    """The innermost one that is none of ours."""
    frame = sys._getframe(1)
    while is_ours(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame
