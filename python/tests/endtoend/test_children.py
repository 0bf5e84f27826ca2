"""Processes that a script starts with `multiprocessing`: as in plain Python, and nothing of theirs is recorded."""

from __future__ import annotations

import json

import pytest

from .project import Project, by_line

TRAINING = """
    import multiprocessing, sys, time

    def work(number):
        total = 0
        for step in range(4):
            time.sleep(0.01)
            total += step * number
        return total

    def talk(queue):
        for step in range(3):
            time.sleep(0.01)
        print("child", step, flush=True)
        queue.put(step)

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(2) as pool:
            print(pool.map(work, range(5)))
        queue = context.SimpleQueue()
        child = context.Process(target=talk, args=(queue,))
        child.start()
        print("from the child", queue.get())
        child.join()
        local = 0
        for epoch in range(3):
            for step in range(3):
                time.sleep(0.01)
                local += step
            print("local", epoch, local)
        print("the child ended with", child.exitcode)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_a_script(project: Project, method: str) -> None:
    project.write("train.py", TRAINING)
    recorded = project.recorded("train.py", method)
    assert recorded.text.endswith("the child ended with 0\n") and recorded.stderr == b""
    sites = {site["line"]: site for site in json.loads(project.florpy("explain", "--json", "train.py").stdout)["sites"]}
    children = [project.line_of("train.py", text) + 1 for text in ("total = 0", "def talk(queue):")]
    assert [(sites[line]["executions"], sites[line]["checkpoints"]) for line in children] == [(0, 0), (0, 0)]
    outer = project.line_of("train.py", "for epoch in range(3):")
    assert sites[outer]["executions"] == 1 and sites[outer + 1]["executions"] == 3

    project.after("train.py", "local += step", 'print("probe", epoch, step)')
    project.after("train.py", "total += step * number", 'assert total >= 0, "a probe in the children"')
    report = project.replayed("train.py", method)
    assert (report["divergences"], report["exit"]) == ([], 0)
    assert by_line(report, "executed")[f"train.py:{outer + 1}"] == 3
    assert len(project.runs()) == 1 and project.florpy("verify").status == 0
