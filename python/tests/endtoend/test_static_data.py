"""Large data that seldom changes: every change is in the checkpoint, however it was made; what did not change is written once."""

from __future__ import annotations

import pytest

from .project import Project, by_line

pytest.importorskip("torch")

PROGRAM = """
import time
import numpy as np
import torch
noise = np.random.default_rng(0)
array = noise.integers(1 << 53, size=200_000).astype(float); tensor = torch.tensor(noise.random(300_000, np.float32))
samples = [(str(n), n) for n in range(50_000)]
view = array[100:200]; shared = torch.from_numpy(array); numbers = tensor.numpy()
def train(epoch):
    for step in range(3):
        time.sleep(0.05)
        if step == 2:
            if epoch == 2: view[5] = 3
            if epoch == 4: shared[7] = 4
            if epoch == 6: tensor.data[9] = 5
            if epoch == 8: numbers[11] = 6
            if epoch == 9: samples[40_000] = ("40000", True)
            if epoch == 10: samples.sort()
for epoch in range(12):
    array[50] = epoch
    train(epoch)
    array[50] = -1
    print(epoch)  # here
print("ended", array.sum())
"""


def test_no_change_is_missed_and_nothing_is_written_twice(project: Project) -> None:
    project.write("static.py", PROGRAM)
    project.recorded("static.py")
    written = sum(pack.stat().st_size for pack in (project.the_run() / "packs").iterdir())
    # All of it once; then the array in each epoch, which is another one each time, and what changes of the samples.
    assert 4_000_000 < written < 30_000_000
    project.after(
        "static.py", "print(epoch)  # here", "print(epoch, array.sum(), array[:8].sum(), tensor.sum().item(), samples[40_000])"
    )
    report = project.replayed("static.py")
    assert by_line(report, "restored").total() > 6
