"""What is counted, under which number, and what is left alone for which reason."""

from __future__ import annotations

import ast
import sys
import warnings
from pathlib import Path

import pytest
from rewriting import RunsEverything, nested, readable, run

from flor.rewrite import compile_module, link, rewrite_module, survey
from flor.rewrite import refusals as reasons
from flor.rewrite.sites import FunctionSite, LoopSite

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def loops(source: str) -> list[LoopSite]:
    return list(survey(ast.parse(source)).loops.values())


def functions(source: str) -> list[FunctionSite]:
    return list(survey(ast.parse(source)).functions.values())


def refusal(source: str) -> str | None:
    (site,) = loops(source)
    return site.refusal


def test_sites_are_numbered_in_source_order() -> None:
    source = """
for a in [lambda: 1]:
    def f(x=lambda: 2):
        while x:
            return
    for b in a: pass
else:
    for c in a: pass
@decorate(lambda: 3)
def g(): pass
"""
    assert [(site.ordinal, site.line, site.statement, site.function, site.has_return) for site in loops(source)] == [
        (0, 2, "for", "<module>", False),
        (4, 4, "while", "f", True),
        (5, 6, "for", "<module>", False),
        (6, 8, "for", "<module>", False),
    ]
    assert [(site.ordinal, site.line, site.first_line, site.column, site.function) for site in functions(source)] == [
        (1, 2, 2, 10, "<lambda>"),
        (2, 3, 3, 4, "f"),
        (3, 3, 3, 12, "<lambda>"),
        (7, 9, 9, 10, "<lambda>"),
        (8, 10, 9, 0, "g"),
    ]


def test_a_refused_loop_has_a_number_too() -> None:
    sites = loops("async def f():\n    for a in b: pass\nfor c in d: pass\n")
    assert [(site.ordinal, site.refusal) for site in sites] == [(1, reasons.ASYNC), (2, None)]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="code has no qualified name before Python 3.11")
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_functions_are_known_as_python_knows_them(path: Path) -> None:
    source = path.read_bytes()
    kinds = ("<module>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>")
    bodies = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}
    codes = [code for code in nested(compile(source, "x.py", "exec")) if code.co_name not in kinds]
    known = {(code.co_qualname, code.co_firstlineno) for code in codes}  # type: ignore[attr-defined]
    sites = survey(ast.parse(source)).functions.values()
    found = {(site.function, site.first_line) for site in sites if not site.function.endswith("<lambda>")}
    assert found == {(name, line) for name, line in known if name.rpartition(".")[2] not in bodies}


def test_a_name_declared_global_has_no_place_in_the_qualified_name() -> None:
    assert [site.function for site in functions("def f():\n    global g\n    def g(): pass\n")] == ["f", "g"]


def test_what_yields_is_followed() -> None:
    for loop in (
        "for i in x: yield i",
        "while x: y = yield",
        "for i in (yield): pass",
        "for i in x:\n  def g(y=(yield)): pass",
        "while (yield): pass",
        "for i in x: yield from i",
    ):
        assert refusal(f"def f(x):\n {loop}\n") == reasons.YIELDS
    for loop in (
        "for i in x: lambda: (yield)",
        "for i in x: pass\n else: yield",
        "for i in x:\n  def g(): yield",
    ):
        assert refusal(f"def f(x):\n {loop}\n") is None


TAKEN_BACK = {
    "try:\n   return 1\n  finally:\n   continue": True,
    "try:\n   if y: return 1\n  finally:\n   if x: break": True,
    "try:\n   pass\n  except E:\n   return 1\n  finally:\n   return 2": True,
    "try:\n   with y: return 1\n  except E: pass": True,
    "with y, z: return 1": True,
    "with y:\n   with z:\n    return 1": True,
    "for y in x:\n   try:\n    with y: return 1\n   except E: pass": True,
    "with y: return 1": False,
    "try: return 1\n  except E: return 2": False,
    "try: return 1\n  finally: y()": False,
    "try: pass\n  except E:\n   with y: return 1": False,
    "try: pass\n  finally:\n   if y: return 1\n   break": False,
    "try:\n   def g():\n    return 1\n  finally: continue": False,
}


def test_loops_that_may_go_on_after_a_return_are_left_alone() -> None:
    for body, is_taken_back in TAKEN_BACK.items():
        source = f"def f(x):\n for i in x:\n  {body}\n else: pass\n"
        (loop, *_) = loops(source)
        assert (loop.refusal == reasons.GOES_ON) is is_taken_back, body


def test_a_method_called_forward_is_left_alone_with_all_that_is_in_it() -> None:
    inner = "  def g():\n   for i in x: pass\n"
    assert refusal(f"class Net:\n def forward(self):\n{inner}") == reasons.FORWARD
    assert refusal(f"def forward(self):\n{inner}") is None


def test_decorators_of_compilers_are_known_by_their_last_name() -> None:
    for decorator, prelude in {
        "torch.compile": "",
        "torch.compile(dynamic=True)": "",
        "numba.njit(cache=True)": "",
        "nb.vectorize([1])": "import numba as nb",
        "make_it_fast": "from numba import njit as make_it_fast",
        "functools.partial(jax.jit, static_argnums=0)": "",
        "torch.jit.script_method": "",
    }.items():
        source = f"{prelude}\n@{decorator}\ndef f(x):\n    for i in x: pass\n"
        assert "decorated with" in (refusal(source) or ""), decorator
        assert "RAN" not in readable(source)
    for decorator in ("functools.cache", "torch.no_grad()", "compile.this", "app.command()"):
        assert refusal(f"@{decorator}\ndef f(x):\n    for i in x: pass\n") is None, decorator


def test_what_is_handed_to_a_compiler_is_left_alone() -> None:
    for call in (
        "torch.compile(f)",
        "torch.compile(mode='x')(f)",
        "torch.vmap(f)(1)",
        "torch.func.grad(f, argnums=1)",
        "g = f; torch.jit.script(g)",
        "numba.njit(f)",
        "torch.compile(self.f)",
    ):
        source = f"def f(x):\n    for i in x: pass\n{call}\n"
        assert "handed to" in (refusal(source) or ""), call
        assert "RAN" not in readable(source)
    for call in ("compile(f)", "re.compile(f)", "train(f)", "torch.no_grad()(f)", "torch.compile()"):
        assert refusal(f"def f(x):\n    for i in x: pass\n{call}\n") is None, call


def test_a_class_whose_object_is_compiled_is_left_alone() -> None:
    for call in ("torch.compile(Net())", "net = Net().cuda(); torch.compile(net)", "m = Net(); m.compile()"):
        source = f"class Net:\n    def step(self):\n        for i in self.x: pass\n{call}\n"
        assert "handed to" in (refusal(source) or ""), call


def test_too_deep_a_nest_is_left_alone() -> None:
    nest = "".join(" " * level + "for i in x:\n" for level in range(10)) + " " * 10 + "pass\n"
    assert {site.refusal for site in loops(nest)} == {reasons.TOO_DEEP}
    assert {site.refusal for site in loops(nest.replace("for i in x:\n", "if x:\n", 1))} == {None}


def test_probes_are_wrapped_together_and_not_touched_inside() -> None:
    source = "x = 1\nprint(x)\nfor i in range(2):\n    print(i)\nimport math\ndef helper():\n    return 1\nprint(x)\ny = x\n"

    def probes(tree: ast.Module) -> frozenset[ast.stmt]:
        return frozenset(tree.body[1:-1])

    assert readable(source, probes) == (
        "x = 1\nPROBE(True)\ntry:\n    print(x)\n    for i in range(2):\n        print(i)\nfinally:\n    PROBE(False)\n"
        "import math\n\ndef helper():\n    return 1\n"
        "PROBE(True)\ntry:\n    print(x)\nfinally:\n    PROBE(False)\ny = x\n"
    )


def test_numbers_are_the_surveys_to_give() -> None:
    source = b"for i in range(2): pass\nfor j in range(2): pass\n"
    tree = ast.parse(source)
    found = survey(tree)
    renumbered = {tree.body[1]: LoopSite(40, 1, 0, 1, "<module>", "for", False, None)}
    runtime = RunsEverything()
    known = type(found)(renumbered, {})  # type: ignore[arg-type]
    run(link(compile_module(source, "x.py", tree=tree, survey=known), runtime))
    assert runtime.events == [("enter", 40), ("leave", 40)]


def test_generator_marks_are_renewed_when_it_goes_on() -> None:
    source = b"def f(n):\n    for i in range(n):\n        yield i\ng = f(3)\nnext(g)\n"
    runtime = RunsEverything()
    namespace: dict[str, object] = {}
    exec(link(compile_module(source, "x.py"), runtime), namespace)
    assert runtime.marks == {0: 1}
    runtime.marks.clear()
    next(namespace["g"])  # type: ignore[call-overload]
    assert runtime.marks == {0: 1}


def test_the_rewrite_warns_of_nothing_and_forgets_no_warning() -> None:
    source = b'"x"(1)\nassert (1, 2)\nx = 1 is 1\ny = "\\d"\nfor i in range(2): pass\n'
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile(source, "warns.py", "exec")
        shown = len(caught)
        version = warnings._filters_mutated  # type: ignore[attr-defined]
        before = list(warnings.filters)
        rewrite_module(source, "warns.py")
        assert len(caught) == shown > 2
        assert warnings.filters == before and warnings._filters_mutated is version  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rewrite_module(source, "warns.py")


def test_a_warning_once_shown_is_not_shown_again_after_a_rewrite() -> None:
    registry: dict[object, object] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            warnings.warn_explicit("repeated", UserWarning, "x.py", 1, registry=registry)
            rewrite_module(b"for i in range(2): pass\n", "x.py")
        assert len(caught) == 1


def test_future_imports_hold() -> None:
    source = b"'Doc.'\nfrom __future__ import annotations\nfor i in 'a':\n def f(x: Y): pass\nprint(f.__annotations__)\n"
    assert run(rewrite_module(source, "x.py").linked(RunsEverything())).output == "{'x': 'Y'}\n"
