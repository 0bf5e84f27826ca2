"""Large containers of plain values: what is kept of them from one checkpoint to the next, and that no change is missed."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flor.runtime.replaying import Plan
from flor.state import frozen
from flor.state.frozen import FrozenItems, decode, encode

from ..simulation import record, replay
from .marked import check_loops

ITEMS = 5000


@pytest.fixture(autouse=True)
def _short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "STRETCH_ITEMS", 1000)


def samples() -> list[Any]:
    return [(f"sample {n}", n, (n / 3, None, True, b"x", complex(n, -0.0))) for n in range(ITEMS)]


def _contents(known: FrozenItems, value: Any) -> list[int] | None:
    stretches = known.stretches_of(value, id(value))
    known.end_walk()
    return None if stretches is None else [stretch.content for stretch in stretches]


CHANGES: dict[str, tuple[Any, set[int]]] = {  # what is done, and the stretches that are others then
    "nothing": (lambda items: None, set()),
    "an item": (lambda items: items.__setitem__(1500, ("other", 0)), {1}),
    "an item by another object of the same value": (lambda items: items.__setitem__(1500, tuple(list(items[1500]))), {1}),
    "1 for True": (lambda items: items.__setitem__(2500, 1), {2}),
    "-0.0 for 0.0": (lambda items: items.__setitem__(2501, -0.0), {2}),
    "two items exchanged": (lambda items: items.__setitem__(slice(3000, 3002), items[3001:2999:-1]), {3}),
    "the first item removed": (lambda items: items.pop(0), {0, 1, 2, 3, 4}),
    "the last item removed": (lambda items: items.pop(), {4}),
    "an item appended": (lambda items: items.append(1.5), {5}),
    "reversed": (lambda items: items.reverse(), {0, 1, 2, 3, 4}),
    "sorted": (lambda items: items.sort(key=repr, reverse=True), {0, 1, 2, 3, 4}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_stretches_with_other_objects_are_encoded_anew(change: str) -> None:
    known, items = FrozenItems(), samples()
    items[2500], items[2501] = True, 0.0
    before = _contents(known, items)
    do, others = CHANGES[change]
    do(items)
    after = _contents(known, items)
    assert before is not None and after is not None
    assert {n for n, content in enumerate(after) if content not in before} == others
    assert [x for s in known.stretches_of(items, id(items)) or [] for x in s.items] == items


@pytest.mark.parametrize("odd", [[], {}, object(), (1, [2]), frozenset({1}), bytearray(b"x"), type("Text", (str,), {})("x")])
def test_what_can_change_is_not_frozen(odd: Any) -> None:
    items = samples()
    items[4500] = odd
    assert FrozenItems().stretches_of(items, 1) is None


def test_names_of_temporary_files_are_not_frozen() -> None:
    assert FrozenItems().stretches_of(["/var/tmpab_c12de/file", *map(str, range(2000))], 1) is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=8,
)


def _bits(value: Any) -> Any:
    if type(value) is float:
        return struct.pack("<d", value)
    if type(value) is complex:
        return _bits(value.real), _bits(value.imag)
    return (type(value), tuple(map(_bits, value)) if type(value) is tuple else value)


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, max_size=20).map(tuple), st.lists(PLAIN, max_size=20).map(tuple))
def test_encodings_are_equal_where_the_items_are_bit_for_bit(mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> None:
    assert _bits(decode(encode(mine))) == _bits(mine)
    assert (encode(mine) == encode(theirs)) == (_bits(mine) == _bits(theirs))


@pytest.mark.parametrize("data", [b"", b"x", b"\x80\x05K\x01.", b"\x80\x05cos\nsystem\n."])
def test_bytes_that_are_no_items_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no plain items"):
        decode(data)


PROGRAMS = {
    "a list that does not change": """
        samples = [(str(n), n) for n in range(3000)]; total = 0
        for epoch in range(3):  # probe
            for name, n in samples:  # skip
                total += n
            print(total, samples[5], len(samples))
    """,
    "lists that change in every way": """
        import random
        random.seed(3)
        samples = [(str(n), n) for n in range(3000)]; history = []; other = samples
        for epoch in range(4):  # probe
            for step in range(500):  # skip
                history.append(epoch + step / 7)
                samples[random.randrange(len(samples))] = (random.random(), step)
            print(len(history), history[-1], samples[::400], other is samples)
            samples.sort(key=repr)
            if epoch == 2:
                del samples[:2500]
    """,
    "dicts and tuples": """
        counts = {}; fixed = tuple(range(2000)); pairs = tuple((n, str(n)) for n in range(1500))
        for epoch in range(3):  # probe
            for n in range(1200):  # skip
                counts[f"word {n + epoch * 100}"] = (n, epoch)
                if n == 700:
                    pairs = pairs[:-1] + ((epoch, "new"),); fixed = fixed + (epoch,)
            print(len(counts), sum(n for n, _ in counts.values()), list(counts)[-2:], pairs[-2:], fixed[-3:])
    """,
    "a counter, and a list that is sometimes plain": """
        import collections
        words = collections.Counter(); mixed = list(range(2000))
        for epoch in range(3):  # probe
            for n in range(1500):  # skip
                words[n * epoch] += 1
                if n == 3:
                    mixed[1700] = [epoch] if epoch == 1 else epoch
            print(words.most_common(2), len(words), mixed[1699:1702])
    """,
    "True for 1 and -0.0 for 0.0": """
        values = [1, 0.0] * 1000
        for epoch in range(3):  # probe
            for n in range(2):  # skip
                values[1000 + epoch * 2] = True; values[1001 + epoch * 2] = -0.0
            print(values[998:1008])
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_replay_prints_what_a_run_prints(name: str) -> None:
    check_loops(PROGRAMS[name])


def test_a_list_that_did_not_change_is_one_leaf_and_no_part_of_the_graph() -> None:
    source = "samples = [(str(n), n) for n in range(3000)]\nfor epoch in range(3):\n    for n in range(2):\n        pass\n"
    core = record(source).core
    assert all(len(graph) < 20_000 for _, graph, _ in core.taken)
    assert len({tuple(leaves) for _, _, leaves in core.taken}) == 1


def test_a_changed_item_is_a_divergence_that_names_it() -> None:
    source = "samples = [(n, 0.5) for n in range(3000)]\nfor n in range(2):\n    samples[1234] = (0, {})\nprint('ended')\n"
    recorded = record(source.format("2.5"))
    replayed = replay(source.format("2.75"), recorded, Plan(must_run={("program.py", 0): "probe"}))
    found = [(one.what, one.recorded, one.replayed) for one in replayed.session.divergences]
    assert found == [("simulated_program.samples[1234]", "(0, 2.5)", "(0, 2.75)")]


def test_a_changed_value_of_a_dict_is_told_by_its_key() -> None:
    source = "counts = {{n: (n, 0) for n in range(3000)}}\nfor n in range(2):\n    counts[1777] = (0, {})\nprint('ended')\n"
    recorded = record(source.format("2"))
    replayed = replay(source.format("3"), recorded, Plan(must_run={("program.py", 0): "probe"}))
    found = [(one.what, one.recorded, one.replayed) for one in replayed.session.divergences]
    assert found == [("simulated_program.counts[1777]", "(0, 2)", "(0, 3)")]
