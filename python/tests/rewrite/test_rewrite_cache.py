"""What the cache holds comes back as it was; whatever else lies in its folder is a miss."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from rewriting import RunsEverything, run

from flor.rewrite import RewriteCache, Rewritten, rewrite_module

SOURCE = b"def f(x):\n    for i in x:\n        return i\nprint(f([7]), lambda: 1)\nasync def g(): pass\n"
KEY = RewriteCache.key(SOURCE, "f.py")


@pytest.fixture
def rewritten() -> Rewritten:
    return rewrite_module(SOURCE, "f.py")


@pytest.fixture
def cache(tmp_path: Path, rewritten: Rewritten) -> RewriteCache:
    cache = RewriteCache(str(tmp_path / "cache" / "rewrites"))
    cache.put(KEY, rewritten)
    return cache


def stored(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "cache" / "rewrites").iterdir()
    return file


def told(rewritten: Rewritten | None) -> tuple[object, ...]:
    assert rewritten is not None
    sites = (rewritten.loops, rewritten.functions, rewritten.kinds, rewritten.lines_of("a/b.py"))
    return (rewritten.code, *sites, rewritten.refusal)


def test_what_was_put_is_what_is_got(cache: RewriteCache, rewritten: Rewritten) -> None:
    assert told(cache.get(KEY)) == told(rewritten)
    assert run(cache.get(KEY).linked(RunsEverything())).output.startswith("7 <function")  # type: ignore[union-attr]


def test_a_refusal_is_kept(tmp_path: Path) -> None:
    refused = rewrite_module(b'x = "\\x00flor:loop:1"\n', "f.py")
    cache = RewriteCache(str(tmp_path))
    cache.put(KEY, refused)
    assert told(cache.get(KEY)) == told(refused)
    assert refused.refusal is not None


def test_an_absent_folder_is_a_miss(tmp_path: Path) -> None:
    assert RewriteCache(str(tmp_path / "nowhere")).get(KEY) is None


def test_nobody_else_may_read_it(cache: RewriteCache, tmp_path: Path) -> None:
    assert stat.S_IMODE(stored(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(stored(tmp_path).parent.stat().st_mode) == 0o700


def test_the_key_names_all_that_the_code_depends_on() -> None:
    keys = [
        KEY,
        RewriteCache.key(SOURCE + b"\n", "f.py"),
        RewriteCache.key(SOURCE, "g.py"),
        RewriteCache.key(SOURCE, "f.py", "probes"),
        RewriteCache.key(b"y" + SOURCE, "f.p"),
    ]
    assert len(set(keys)) == len(keys)
    assert RewriteCache.key(SOURCE, "f.py") == KEY


def test_a_damaged_file_is_a_miss(cache: RewriteCache, tmp_path: Path) -> None:
    file = stored(tmp_path)
    whole = file.read_bytes()
    for position in range(0, len(whole), 7):
        file.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert cache.get(KEY) is None, position
    file.write_bytes(whole)
    assert cache.get(KEY) is not None


def test_a_torn_file_is_a_miss(cache: RewriteCache, tmp_path: Path) -> None:
    file = stored(tmp_path)
    whole = file.read_bytes()
    for length in range(0, len(whole), 5):
        file.write_bytes(whole[:length])
        assert cache.get(KEY) is None, length


def test_a_file_under_anothers_name_is_a_miss(cache: RewriteCache, tmp_path: Path) -> None:
    other = RewriteCache.key(SOURCE, "other.py")
    file = stored(tmp_path)
    file.rename(file.with_name(other))
    assert cache.get(other) is None


def test_a_folder_in_its_place_is_a_miss(cache: RewriteCache, tmp_path: Path, rewritten: Rewritten) -> None:
    file = stored(tmp_path)
    file.unlink()
    file.mkdir()
    cache.put(KEY, rewritten)
    assert cache.get(KEY) is None
    assert os.listdir(file.parent) == [file.name], "the temporary file is gone"


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path, rewritten: Rewritten) -> None:
    (tmp_path / "file").write_text("")
    cache = RewriteCache(str(tmp_path / "file" / "rewrites"))
    cache.put(KEY, rewritten)
    assert cache.get(KEY) is None
