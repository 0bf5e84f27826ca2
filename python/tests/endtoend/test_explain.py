"""`florpy explain`: what it says of each loop, and that what it reads by itself is what Python reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flor.state.compare import leaf_of
from flor.state.graph import Graph
from flor.state.paths import Paths

from .leaves import graph_bytes, leaves
from .project import Project


def explained(project: Project, *words: Any) -> dict[int, dict[str, Any]]:
    """What is said of each site, by its line."""
    outcome = project.florpy("explain", *words, "--json")
    assert outcome.status == 0, outcome.complaint
    return {site["line"]: site for site in json.loads(outcome.stdout)["sites"]}


def graphs(run: Path) -> dict[int, tuple[Graph, list[int]]]:
    """Each checkpoint's graph, as Python decodes it, and the bytes of its leaves."""
    found = {}
    for manifest in sorted((run / "checkpoints").iterdir()):
        found[int(manifest.name)] = (Graph.decode(graph_bytes(run, manifest)), [leaf.nbytes for leaf in leaves(manifest)[1:]])
    return found


REASONS = """
    import time

    def batches():
        for step in range(10):
            yield step

    def train(epoch):
        total = 0
        for step in range(3):
            total += step * epoch
            time.sleep(0.01)
        return total

    for epoch in range(4):
        print(epoch, train(epoch))
    source = batches()
    for epoch in range(4):
        for step in range(2):
            time.sleep(0.01)
            next(source)
    for number in range(100):
        for digit in range(2):
            pass
"""


# As CheckpointPolicy.shortestLoopSeconds.
SHORTEST_LOOP_SECONDS = 0.001


def test_each_loop_says_what_happened_and_why(project: Project) -> None:
    project.write("train.py", REASONS)
    project.recorded("train.py")
    sites = explained(project, "train.py")
    assert "yield" in sites[4]["reason"] and not sites[4]["skippable"], "the refusal of the rewrite"
    assert sites[9]["skippable"] and sites[9]["checkpoints"] == 4 and "reason" not in sites[9]
    assert not sites[18]["skippable"], "a generator that was advanced"
    assert sites[18]["reason"].startswith("source: ") and "generator" in sites[18]["reason"], sites[18]["reason"]
    assert sites[18]["checkpoints"] == 0 and sites[18]["passed_over"]["state_not_captured"] >= 2
    passed_over = sites[22]["passed_over"]
    short = passed_over["short"]
    assert sites[22]["executions"] == 100 and sites[22]["checkpoints"] == 0
    assert passed_over.keys() <= {"short", "state_not_captured"}, passed_over
    if sites[22]["seconds"] < SHORTEST_LOOP_SECONDS:  # else a busy machine kept one of them waiting for as long as that
        assert short == 100
    for site in sites.values():
        assert site["executions"] == site["checkpoints"] + sum(site.get("passed_over", {}).values()), site
    text = project.florpy("explain", "train.py").text
    assert "train.py:9  for in train\n" in text
    assert f"not taken {short} times: shorter than what is worth a thought" in text
    assert f"no: {sites[18]['reason']}" in text and f"no: {sites[4]['reason']}" in text


BETWEEN = """
    import time

    def squares():
        for n in range(20):
            yield n * n

    total = 0
    for n in squares():
        time.sleep(0.02)
        total += n
    for n in range(20):
        time.sleep(0.02)
        total += n
"""


def test_a_loop_says_why_it_has_no_checkpoints_between_its_iterations(project: Project) -> None:
    project.between_iterations = True
    project.write("train.py", BETWEEN)
    project.recorded("train.py")
    sites = explained(project, "train.py")
    through_generator, plain = sites[8], sites[11]
    assert through_generator["boundary_checkpoints"] == 0
    assert "a running generator" in through_generator["boundary_reason"], through_generator
    assert plain["boundary_checkpoints"] > 0 and "boundary_reason" not in plain
    text = project.florpy("explain", "train.py").text
    assert f"no checkpoint between them: {through_generator['boundary_reason']}\n" in text
    assert f"{plain['checkpoints']}, {plain['boundary_checkpoints']} of them between iterations\n" in text
    assert text.count(" between them: ") == 1


KINDS = """
    import collections
    import random
    import time
    import numpy
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList([torch.nn.Linear(40, 30), torch.nn.BatchNorm1d(30)])
            self.head = torch.nn.Linear(30, 2)

        def run(self, x):
            for layer in self.layers:
                x = layer(x)
            return self.head(x)

    class Table(dict):
        pass

    def closure():
        held = numpy.arange(300)
        return lambda: held

    torch.manual_seed(0)
    best, blob = Table(), random.Random(0).randbytes(100_000)
    history = collections.defaultdict(list)
    kept = {1: numpy.ones((3, 5)), "two": [numpy.zeros(7), closure()], 2.5: torch.ones(3, 3, dtype=torch.float16), None: {1 + 2j}}

    def main():
        model = Net()
        optimizer = torch.optim.Adam(model.parameters())
        memory = torch.zeros(9)
        for epoch in range(2):
            for step in range(3):
                time.sleep(0.02)
                loss = model.run(torch.randn(16, 40)).square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                history[step].append(loss.detach().clone())
                memory[step] += 1
            best[epoch] = {name: value.clone() for name, value in model.state_dict().items()}
            print(epoch, loss.item())

    main()
"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Project:
    pytest.importorskip("torch")
    project = Project(tmp_path_factory.mktemp("kinds"))
    project.write("kinds.py", KINDS)
    project.recorded("kinds.py")
    return project


def test_owners_are_those_that_python_finds(kinds: Project) -> None:
    recorded = graphs(kinds.the_run())
    assert recorded
    found: dict[str, int] = {}
    for graph, sizes in recorded.values():
        paths, owners = Paths(graph), dict[int, str]()
        for number, node in enumerate(graph.nodes):
            leaf = leaf_of(node)
            if leaf is not None:
                owners.setdefault(leaf, paths.get(number))
        assert sorted(owners) == list(range(len(sizes)))
        found |= {path: sizes[leaf] for leaf, path in owners.items()}
    told = {owner.get("path") for site in explained(kinds, "kinds.py").values() for owner in site["owners"]}
    assert told - {None} == set(found)
    assert "main() model.layers.0.weight" in told
    assert "main() optimizer.state[model.layers.0.weight]['exp_avg']" in told
    assert {"blob", "kept[1]", "kept['two'][0]", "kept[2.5]", "main() memory", "main() model.head.bias.grad"} <= told
    assert "best[0]['layers.1.running_mean']" in told


def test_bytes_are_counted_once(kinds: Project) -> None:
    sites = explained(kinds, "kinds.py").values()
    shown = json.loads(kinds.florpy("show", "--json").stdout)["loops"]
    assert [site["written_bytes"] for site in sites] == [loop["bytes"] for loop in shown]
    for site in sites:
        assert site["written_bytes"] == sum(owner["written_bytes"] for owner in site["owners"])
    text = kinds.florpy("explain", "kinds.py").text
    assert "blob" in text and "100.0 kB" in text and " more " in text


def test_volatile_leaves_are_named(kinds: Project, tmp_path: Path) -> None:
    """The key is in the format; whoever writes the position says which."""
    project = kinds.copy(tmp_path / "copy")
    manifest = max((project.the_run() / "checkpoints").iterdir())
    graph, _ = graphs(project.the_run())[int(manifest.name)]
    number, leaf = next((number, leaf) for number, node in enumerate(graph.nodes) if (leaf := leaf_of(node)) is not None)
    first, position, rest = manifest.read_text(encoding="utf-8").split("\n", 2)
    changed = json.dumps(json.loads(position) | {"volatile": [leaf]})
    body = f"{first}\n{changed}\n{rest[: rest.rindex('end ')]}"
    manifest.write_text(f"{body}end {_hash(project, body)}\n", encoding="utf-8")
    assert project.florpy("verify").status == 0
    volatile = {owner["path"] for site in explained(project, "kinds.py").values() for owner in site["owners"] if owner["volatile"]}
    assert volatile == {Paths(graph).get(number)}


def _hash(project: Project, text: str) -> str:
    """What the checker says that the hash is."""
    manifest = max((project.the_run() / "checkpoints").iterdir())
    manifest.write_text(text + "end " + "0" * 32 + "\n", encoding="utf-8")
    return project.florpy("verify").text.split("its bytes have the hash ")[1][:32]


def test_what_is_missing_is_told_with_the_next_step(project: Project) -> None:
    missing = project.florpy("explain", "train.py")
    assert missing.status == 66 and "train.py" in missing.complaint and "hint: " in missing.complaint
    project.write("train.py", "print(1)\n")
    unrecorded = project.florpy("explain", "train.py")
    assert unrecorded.status == 66 and "hint: " in unrecorded.complaint and "florpy record" in unrecorded.complaint
    project.recorded("train.py")
    assert "No loop was met." in project.florpy("explain", "train.py").text
    unknown = project.florpy("explain", "train.py", "--run", "1999")
    assert unknown.status == 66 and "1999" in unknown.complaint and "hint: " in unknown.complaint
    assert project.florpy("explain").status == 64
    helped = project.florpy("explain", "--help")
    assert helped.status == 0 and "Examples:" in helped.text


def test_a_run_that_was_killed_is_explained_by_its_last_checkpoint(project: Project) -> None:
    project.write(
        "train.py",
        """
        import os, time
        for epoch in range(3):
            for step in range(2):
                time.sleep(0.01)
            if epoch == 2:
                time.sleep(0.5)  # for the writer
                os.kill(os.getpid(), 9)
        """,
    )
    assert project.record("train.py").status == -9
    assert explained(project, "train.py")[3]["checkpoints"] >= 2
    assert ": killed" in project.florpy("explain", "train.py").text


@pytest.mark.parametrize("place", ["manifest", "pack"])
def test_a_damaged_run_is_refused_with_the_invariant(project: Project, place: str) -> None:
    project.write("train.py", "import time\nfor epoch in range(2):\n    for step in range(2):\n        time.sleep(0.01)\n")
    project.recorded("train.py")
    path = next((project.the_run() / {"manifest": "checkpoints", "pack": "packs"}[place]).iterdir())
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.write_bytes(data)
    refused = project.florpy("explain", "train.py")
    assert refused.status == 65 and "invariant" in refused.complaint and "hint: " in refused.complaint
