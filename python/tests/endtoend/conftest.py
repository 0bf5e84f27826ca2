"""Fixtures of the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project, run with the interpreter that runs the tests."""
    return Project(tmp_path / "project")
