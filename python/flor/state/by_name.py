"""What a module has under a name."""

from __future__ import annotations

import operator
import sys
from typing import Any


def found_by_name(module: str | None, qualified_name: str) -> Any:
    found: Any = sys.modules.get(module or "")
    if found is None:
        return None
    try:
        return operator.attrgetter(qualified_name)(found)
    except AttributeError:
        return None
