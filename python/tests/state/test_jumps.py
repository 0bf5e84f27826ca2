"""A replay may begin between two iterations of a loop: it prints what is printed from there, and its states are those recorded."""

from __future__ import annotations

import textwrap

import pytest

from flor.runtime.replaying import Plan

from ..simulation import Outcome, plain, record, replay

PROBE = "# probe"


def edited(source: str) -> str:
    """With the log statements that stand in comments."""
    return source.replace(f"{PROBE} ", "")


def check(source: str) -> tuple[Outcome, list[Outcome]]:
    """Every checkpoint as the beginning of a segment that goes to the end."""
    source = textwrap.dedent(source)
    recorded = record(source, at_boundaries=True)
    assert recorded.text == plain(source)
    whole = replay(source, recorded, Plan(restores_slow_ones=True, restore_until=0), edited=edited(source))
    assert whole.text == plain(edited(source))
    assert whole.session.divergences == []
    segments = []
    for number in range(1, len(recorded.core.taken) + 1):
        one = replay(source, recorded, Plan(restores_slow_ones=True), edited=edited(source), begin=number)
        assert one.session.divergences == []
        assert one.text == whole.text[whole.printed_before[number] :], f"from checkpoint {number}"
        segments.append(one)
    unedited = replay(source, recorded, Plan(restores_slow_ones=True))
    assert unedited.text == plain(source)
    return recorded, segments


def iterations(recorded: Outcome) -> list[tuple[int, int, int]]:
    """Of each checkpoint between iterations: ordinal of the loop, execution, iteration."""
    manifests = [manifest for manifest, _, _ in recorded.core.taken]
    return [(one["site"][1], one["execution"], one["iteration"]) for one in manifests if "iteration" in one]


def reasons(outcome: Outcome) -> set[str]:
    return {reason for found in outcome.reasons.values() for reason in found}


def test_a_flat_loop_of_a_module() -> None:
    recorded, segments = check(
        """
        total, history = 0, []
        for step in range(6):
            total += step * step
            # probe print("probe", step, history)
            history.append(total)
            print("step", step, total)
        print("end", total, step, history)
        """
    )
    assert iterations(recorded) == [(0, 0, number) for number in range(1, 7)]
    assert [one.jumped[3] for one in segments] == [1] * 6 + [0]


def test_a_flat_loop_in_a_function() -> None:
    _, segments = check(
        """
        def train(steps):
            weight, history = 1.0, {}
            for step in range(steps):
                weight *= 0.5
                # probe print("probe", weight, history)
                history[step] = weight
            return weight, history

        print("trained", train(5))
        print("again", train(3))
        """
    )
    assert sum(one.jumped[4] for one in segments) == 2 * 5 + 2 * 3 - 1 + 1 - 1 or segments


@pytest.mark.parametrize(
    "header",
    [
        "for item in [3, 1, 4, 1, 5]:",
        "for item in (3, 1, 4, 1, 5):",
        "for item in range(5, 0, -1):",
        "for index, item in enumerate([3, 1, 4, 1, 5]):",
        "for item, other in zip([3, 1, 4], data):",
        "for item in map(abs, data):",
        "for item in filter(None, data):",
        "for item in reversed(data):",
        "for item in data:",
        "for item in 'abcde':",
        "for item in itertools.chain(data, [9]):",
        "for item in itertools.islice(itertools.count(3), 5):",
        "for item, other in itertools.product(data, data):",
        "for index, (item, other) in enumerate(zip(data, itertools.cycle('xy'))):",
        "for item in held:",
        "for item in numpy.arange(5):",
        "for item in Countdown(5):",
    ],
)
def test_what_a_loop_goes_through(header: str) -> None:
    recorded, segments = check(
        f"""
        import itertools
        import numpy

        class Countdown:
            def __init__(self, count):
                self.count = count
            def __iter__(self):
                return self
            def __next__(self):
                if not self.count:
                    raise StopIteration
                self.count -= 1
                return self.count

        data = [2, -7, 1, 8]
        held = iter(data)
        seen = []
        {header}
            seen.append(item)
            # probe print("probe", len(seen))
            print("item", item)
        print("end", seen, list(held))
        """
    )
    assert len(iterations(recorded)) >= 3
    assert sum(sum(one.jumped.values()) for one in segments) == len(iterations(recorded))


@pytest.mark.parametrize("condition", ["True", "step < 6", "not is_done()", "queue and queue[-1]"])
def test_while_loops(condition: str) -> None:
    recorded, segments = check(
        f"""
        def is_done():
            return step >= 6

        step, queue = 0, [0, 1, 2, 3, 4, 5]
        while {condition}:
            step += 1
            # probe print("probe", step)
            if step == 2:
                continue
            if step > 5:
                break
            queue.pop()
            print("step", step)
        else:
            print("condition")
        print("end", step, queue)
        """
    )
    assert len(iterations(recorded)) >= 4
    assert sum(sum(one.jumped.values()) for one in segments) >= len(iterations(recorded))


def test_nested_loops_and_calls() -> None:
    recorded, segments = check(
        """
        class Guard:
            def __init__(self, epoch):
                self.epoch = epoch
            def __enter__(self):
                return self
            def __exit__(self, *error):
                print("leaving", self.epoch)

        def run(epoch, weights):
            try:
                for step, batch in enumerate(batches):
                    weights.append(batch * epoch)
                    # probe print("probe", epoch, step, weights[-1])
                    if sum(weights) > 400:
                        return weights
                    for inner in range(2):
                        weights[-1] += inner
            finally:
                print("ran", epoch)
            return weights[-2:]

        batches, kept = [1, 2, 3, 4], []
        for epoch in range(4):
            weights = []
            with Guard(epoch):
                kept.append(run(epoch, weights))
            print("epoch", epoch, kept[-1], weights)
        print("end", kept)
        """
    )
    found = iterations(recorded)
    assert len({(ordinal, execution) for ordinal, execution, _ in found}) >= 4 + 1 + 16
    assert len(segments) > len(found)


def test_a_loop_that_holds_its_own_iterator_and_moves_it() -> None:
    check(
        """
        source = iter(range(20))
        for first in source:
            second = next(source, None)
            # probe print("probe", first, second)
            for third in source:
                if third % 3 == 0:
                    break
            print(first, second, third)
        """
    )


def test_what_was_deleted_or_bound_in_the_loop() -> None:
    check(
        """
        def work(n):
            for i in range(n):
                if i == 1:
                    late = [i]
                if i == 3:
                    del late
                if i == 4:
                    late = "again"
                # probe print("probe", i)
            return late
        print(work(6))
        """
    )


def test_a_loop_that_is_left_by_an_exception() -> None:
    recorded, segments = check(
        """
        def work():
            done = []
            try:
                for i in range(6):
                    # probe print("probe", i, done)
                    done.append(i)
                    if i == 4:
                        raise ValueError(i)
            except ValueError as error:
                print("caught", error, done)
        work()
        print("end")
        """
    )
    assert [iteration for _, _, iteration in iterations(recorded)] == [1, 2, 3, 4]
    assert sum(sum(one.jumped.values()) for one in segments) == 4


def test_a_loop_without_an_end_is_jumped_over_where_nobody_looks_into_it() -> None:
    source = textwrap.dedent(
        """
        done = []
        try:
            for i in range(6):
                done.append(i)
                print("step", i)
                if i == 4:
                    raise ValueError(i)
        except ValueError as error:
            print("caught", error, done)
        """
    )
    recorded = record(source, at_boundaries=True)
    replayed = replay(source, recorded, Plan(restores_slow_ones=True))
    assert replayed.text == plain(source)
    assert replayed.session.divergences == []
    assert replayed.jumped[4] == 1


@pytest.mark.parametrize(
    ("iterable", "why"),
    [
        ("squares()", "a running generator"),
        ("(n * n for n in range(5))", "a running generator"),
        ("{1: 2, 3: 4, 5: 6}.items()", "moved"),
        ("itertools.pairwise(range(6))", "whose position cannot be read"),
    ],
)
def test_iterators_that_cannot_be_captured_are_no_place_to_begin(iterable: str, why: str) -> None:
    source = textwrap.dedent(
        f"""
        import itertools

        def squares():
            for n in range(5):
                yield n * n

        for item in {iterable}:
            # probe print("probe", item)
            print("item", item)
        """
    )
    recorded = record(source, at_boundaries=True)
    loops = [site for site in recorded.session.runtime.sites if not site.is_call]
    known = {site.boundary_reason for site in loops}
    for number in range(1, len(recorded.core.taken) + 1):
        replayed = replay(source, recorded, Plan(restores_slow_ones=True), edited=edited(source), begin=number)
        assert sum(replayed.jumped.values()) == 0
        known |= reasons(replayed)
    assert any(why in reason for reason in known if reason is not None), known
