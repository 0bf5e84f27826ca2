"""Plain Python and NumPy: a logistic regression by stochastic gradients, metrics in lists and dicts."""

import argparse
import random

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=70)
parser.add_argument("--steps", type=int, default=3000)
options = parser.parse_args()

random.seed(0)
generator = np.random.default_rng(0)
inputs = generator.standard_normal((20_000, 300))
labels = (inputs @ generator.standard_normal(300) > 0).astype(float)
weights = np.zeros(300)
history: dict[str, list[float]] = {"loss": [], "accuracy": []}

for epoch in range(options.epochs):
    losses = []
    for _ in range(options.steps):
        batch = generator.integers(0, len(inputs), 32)
        x, y = inputs[batch], labels[batch]
        guessed = 1 / (1 + np.exp(-x @ weights))
        weights -= 0.05 * x.T @ (guessed - y) / 32
        losses.append(float(np.mean((guessed - y) ** 2)) + random.random() * 1e-9)
    history["loss"].append(sum(losses) / len(losses))
    history["accuracy"].append(float(np.mean((inputs @ weights > 0) == labels)))
    print(f"epoch {epoch} loss {history['loss'][-1]:.6f} accuracy {history['accuracy'][-1]:.4f}", flush=True)
