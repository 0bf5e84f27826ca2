"""What the user added to a script after it was recorded: probes, or a change of the program.

Pure syntax-tree work: nothing here imports the runtime, the script, or anything outside the standard library.
"""

from flor.probes import log_settings
from flor.probes.align import align
from flor.probes.carrying import imported_modules, what_is_kept
from flor.probes.model import Alignment, Caution, Probe, Refusal
from flor.probes.names import identifiers
from flor.probes.plan import carry_numbers, made_functions, must_run, probed_functions
from flor.probes.project_diff import FileDiff, ProjectDiff, diff_project

__all__ = [
    "Alignment",
    "Caution",
    "FileDiff",
    "Probe",
    "ProjectDiff",
    "Refusal",
    "align",
    "carry_numbers",
    "diff_project",
    "identifiers",
    "imported_modules",
    "log_settings",
    "made_functions",
    "must_run",
    "probed_functions",
    "what_is_kept",
]
