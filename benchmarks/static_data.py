"""A training that holds a large array, a large tensor and a list of a million samples, none of which changes.

Prints one line of JSON for each epoch: the milliseconds, and those of the processor, that the end of its inner loop took. There a
checkpoint is taken.
"""

import argparse
import json
import time

import numpy as np
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--gib", type=float, default=2.0, help="the size of the array, and of the tensor")
parser.add_argument("--epochs", type=int, default=24)
parser.add_argument("--rest", type=float, default=1.0, help="seconds between two epochs, for the writer")
given = parser.parse_args()

torch.manual_seed(0)
array = np.random.default_rng(0).integers(0, 255, int(given.gib * 2**30), np.uint8)
tensor = torch.arange(int(given.gib * 2**30) // 8)
samples = [(f"sample {number}", number) for number in range(1_000_000)]
# 10 MB of parameters; gradients are state as well while they are there.
model = torch.nn.Sequential(torch.nn.Linear(1580, 1580), torch.nn.ReLU(), torch.nn.Linear(1580, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)


for _ in range(given.epochs):
    for _ in range(5):
        loss = model(torch.randn(64, 1580)).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        del loss
        ended = time.perf_counter(), time.thread_time()
    spent = time.perf_counter() - ended[0], time.thread_time() - ended[1]
    print(json.dumps([1000 * seconds for seconds in spent]), flush=True)
    time.sleep(given.rest)
