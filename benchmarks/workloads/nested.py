"""Training on a device that computes while the program waits, as `device.py`, with the inner loop inside the outer one in the text.

FlorDB tells by the text which loop is inside which, and hands its own options to the script, whose sizes are no options therefore.
"""

import time

import numpy as np

epochs = 20
steps = 50
milliseconds = 20.0

random = np.random.default_rng(0)
weights = random.standard_normal(100_000).astype(np.float32)
moments = np.zeros_like(weights)

for epoch in range(epochs):
    loss = 0.0
    for step in range(steps):
        gradient = random.standard_normal(16).astype(np.float32)
        place = 16 * (step % 1000)
        moments[place : place + 16] = 0.9 * moments[place : place + 16] + 0.1 * gradient
        weights[place : place + 16] -= 0.01 * moments[place : place + 16]
        time.sleep(milliseconds / 1000)
        loss += float(gradient @ gradient)
        # inner: print("probe", float(np.linalg.norm(moments)), flush=True)
    print("epoch", epoch, f"{loss:.6f}", flush=True)
    # outer: print("probe", float(np.linalg.norm(moments)), flush=True)
print("ends", float(weights.sum()))
