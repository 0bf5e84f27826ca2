"""The rewrite of project code: pure work on syntax trees and code objects, with no part in the runtime's state."""

from .cache import RewriteCache
from .compilation import Rewritten, compile_module, rewrite_module
from .importer import ProjectFinder, ProjectLoader, python_folders
from .linking import link, original_code
from .sites import FunctionSite, Kind, LoopSite, Survey
from .surveyor import survey
from .transformer import Watched, transform

__all__ = [
    "FunctionSite",
    "Kind",
    "LoopSite",
    "ProjectFinder",
    "ProjectLoader",
    "RewriteCache",
    "Rewritten",
    "Survey",
    "Watched",
    "compile_module",
    "link",
    "original_code",
    "python_folders",
    "rewrite_module",
    "survey",
    "transform",
]
