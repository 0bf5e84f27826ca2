"""What was logged, as pandas tables."""

from __future__ import annotations

from typing import Any


def dataframe(*names: str) -> Any:
    raise NotImplementedError


def query(sql: str) -> Any:
    raise NotImplementedError
