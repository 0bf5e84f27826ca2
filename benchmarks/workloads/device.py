"""Training on a device that computes while the program waits: sleeping stands for it.

What a hindsight line at the end of an epoch does not look into lies between `skipped begins` and `skipped ends`.
"""

import argparse
import time

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=200)
parser.add_argument("--steps", type=int, default=75)
parser.add_argument("--milliseconds", type=float, default=20, help="of each step")
parser.add_argument("--size", type=int, default=100_000, help="of the parameters")
options = parser.parse_args()

random = np.random.default_rng(0)
weights = random.standard_normal(options.size).astype(np.float32)
moments = np.zeros_like(weights)
print("begins", flush=True)


def train(epoch):
    loss = 0.0
    for step in range(options.steps):
        gradient = random.standard_normal(16).astype(np.float32)
        place = 16 * step % (options.size - 16)
        moments[place : place + 16] = 0.9 * moments[place : place + 16] + 0.1 * gradient
        weights[place : place + 16] -= 0.01 * moments[place : place + 16]
        time.sleep(options.milliseconds / 1000)
        loss += float(gradient @ gradient)
        # inner: print("hindsight step", epoch, step, float(np.linalg.norm(moments)), flush=True)
    return loss


for epoch in range(options.epochs):
    loss = 0.0
    # skipped begins
    loss = train(epoch)
    # skipped ends
    print("epoch", epoch, f"{loss:.6f}", flush=True)
    # outer: print("hindsight epoch", epoch, float(np.abs(weights).sum()), flush=True)
print("ends", float(weights.sum()))
