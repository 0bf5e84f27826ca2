"""Random programs: with probes at random places always accepted, with anything else changed always refused."""

from __future__ import annotations

import ast
import copy
import itertools
import random
from collections.abc import Iterator

from before_after import number
from hypothesis import given, settings
from hypothesis import strategies as st

from flor.probes import Alignment, align, carry_numbers

NAMES = "abcd"
SIMPLE = ["{n} = {k}", "{n} += {k}", "f({n}, {k})", "{n}.x = {k}", "{n} = [q for q in {n}]", "g(lambda: {k})", "pass"]
HEADERS = [
    ("for {n} in range({k}):", "else:"),
    ("while {n} < {k}:", "else:"),
    ("if {n} == {k}:", "else:"),
    ("with f({k}) as {n}:", None),
    ("try:", "except E{k}:"),
    ("def f{n}({n}, r={k}):", None),
    ("class C{n}:", None),
]
PROBES = [
    "print({p})",
    "print(a, {p})",
    "p{p} = a",
    "import m{p}",
    "if a: print({p})",
    "for p{p} in b:\n    print(p{p})",
    "while not {p}:\n    break",
    "def p{p}(x):\n    for y in x: return y",
    "with b as p{p}: pass",
]


class Program:
    """Writes a program down. With few constants its statements repeat, which is where matching is hard."""

    def __init__(self, choices: random.Random, constants: int | None) -> None:
        self._choices = choices
        self._constants = constants
        self._next = 0

    def text(self) -> str:
        return "\n".join(["start()", *self._block("", 0)])

    def _filled(self, template: str) -> str:
        self._next += 1
        constant = self._choices.randrange(self._constants) if self._constants else self._next
        return template.format(n=self._choices.choice(NAMES), k=constant)

    def _block(self, indent: str, depth: int) -> Iterator[str]:
        for _ in range(self._choices.randint(1, 4)):
            if depth == 3 or self._choices.random() < 0.6:
                yield indent + self._filled(self._choices.choice(SIMPLE))
            else:
                yield from self._compound(indent, depth)

    def _compound(self, indent: str, depth: int) -> Iterator[str]:
        header, other = self._choices.choice(HEADERS)
        yield indent + self._filled(header)
        yield from self._block(indent + "    ", depth + 1)
        if other and (other.startswith("except") or self._choices.random() < 0.4):
            yield indent + self._filled(other)
            yield from self._block(indent + "    ", depth + 1)


def bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of a tree in which a probe may be put, those of classes aside: there fewer are probes."""
    found = []
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and not isinstance(node, ast.ClassDef):
                found.append(block)
    return found


def put_probes_into(tree: ast.Module, choices: random.Random) -> list[str]:
    """Add probes at random places; the statements added, as they are spelled, in no order."""
    added = []
    blocks = bodies(tree)
    for n in range(choices.randint(1, 6)):
        block = choices.choice(blocks)
        probe = ast.parse(choices.choice(PROBES).format(p=1000 + n)).body[0]
        block.insert(choices.randint(0, len(block)), probe)
        added.append(ast.unparse(probe))
    return added


def compared(old: ast.Module, new: ast.Module) -> tuple[ast.Module, Alignment]:
    """By way of the text, so that the trees share nothing."""
    text = ast.unparse(new)
    new = ast.parse(text)
    return new, align(old, new, ast.unparse(old), text)


def statements(tree: ast.AST) -> list[ast.stmt]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]


programs = st.tuples(st.randoms(use_true_random=False), st.sampled_from([None, 1, 2]))


@settings(max_examples=300, deadline=None)
@given(programs)
def test_probes_anywhere_are_accepted_and_everything_recorded_is_matched(
    drawn: tuple[random.Random, int | None],
) -> None:
    choices, constants = drawn
    old = ast.parse(Program(choices, constants).text())
    edited = copy.deepcopy(old)
    added = put_probes_into(edited, choices)
    new, alignment = compared(old, edited)
    assert [refusal.describe() for refusal in alignment.refusals] == []
    assert sorted(ast.unparse(probe.statement) for probe in alignment.added) == sorted(added)
    matched = [old for old in alignment.pairs.values() if isinstance(old, ast.stmt)]
    assert set(matched) == set(statements(old)) and len(matched) == len(set(matched))
    assert_numbers_are_in_order(old, new, alignment)


def assert_numbers_are_in_order(old: ast.Module, new: ast.Module, alignment: Alignment) -> None:
    """Without those of the probes, the loops and functions of the new text are the recorded ones, one after another."""
    old_numbers = number(old)
    carried = carry_numbers(alignment, *old_numbers)
    for present, kept, recorded in zip(number(new), carried, old_numbers):
        ordinals = [kept[node] for node in present if node in kept]  # type: ignore[index]
        assert ordinals == list(range(len(recorded)))


@settings(max_examples=300, deadline=None)
@given(programs)
def test_probes_are_found_where_they_are(drawn: tuple[random.Random, int | None]) -> None:
    choices, constants = drawn
    old = ast.parse(Program(choices, constants).text())
    edited = copy.deepcopy(old)
    put_probes_into(edited, choices)
    new, alignment = compared(old, edited)
    parents = {child: node for node in ast.walk(new) for child in ast.iter_child_nodes(node)}
    for probe in alignment.added:
        around: list[ast.AST] = [probe.statement]
        while around[-1] in parents:
            around.append(parents[around[-1]])
        functions = [alignment.pairs[node] for node in around[1:] if isinstance(node, ast.FunctionDef)]
        loops = [(node, below) for below, node in itertools.pairwise(around) if isinstance(node, (ast.For, ast.While))]
        assert probe.function is (functions[0] if functions else None)
        assert list(probe.loops) == [alignment.pairs[loop] for loop, below in loops if below in loop.body]


class Mutation:
    """One change of a random statement; `done` says whether there was anything to change."""

    def __init__(self, tree: ast.Module, choices: random.Random) -> None:
        self._choices = choices
        blocks = [block for block in bodies(tree) if not all(isinstance(s, ast.Pass) for s in block)]
        self._block = choices.choice(blocks)
        self._at = choices.choice([i for i, s in enumerate(self._block) if not isinstance(s, ast.Pass)])
        kinds = [self._remove, self._change_constant, self._change_name, self._swap, self._wrap, self._leave]
        self.done = choices.choice(kinds)()

    @property
    def _statement(self) -> ast.stmt:
        return self._block[self._at]

    def _remove(self) -> bool:
        self._block[self._at] = ast.Pass()
        return True

    def _change_constant(self) -> bool:
        constants = [node for node in ast.walk(self._statement) if isinstance(node, ast.Constant)]
        for constant in constants[:1]:
            constant.value += 500
        return bool(constants)

    def _change_name(self) -> bool:
        names = [node for node in ast.walk(self._statement) if isinstance(node, ast.Name)]
        for name in names[:1]:
            name.id = "unheard_of"
        return bool(names)

    def _swap(self) -> bool:
        pair = self._block[self._at : self._at + 2]
        self._block[self._at : self._at + 2] = reversed(pair)
        spelled = {ast.unparse(statement) for statement in pair}
        return len(spelled) == 2 and "pass" not in spelled

    def _wrap(self) -> bool:
        self._block[self._at] = ast.If(test=ast.Constant(value=True), body=[self._statement], orelse=[])
        return True

    def _leave(self) -> bool:
        self._block.insert(self._at, ast.Raise())
        return True


@settings(max_examples=500, deadline=None)
@given(programs)
def test_any_other_change_is_refused(drawn: tuple[random.Random, int | None]) -> None:
    choices, constants = drawn
    old = ast.parse(Program(choices, constants).text())
    edited = copy.deepcopy(old)
    done = Mutation(edited, choices).done
    if choices.random() < 0.5:
        put_probes_into(edited, choices)
    if done:
        assert compared(old, edited)[1].refusals != []
