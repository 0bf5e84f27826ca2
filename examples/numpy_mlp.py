"""An MLP in NumPy alone, with the backward pass and momentum written by hand: no framework is imported.

The data are interleaved spirals with noise.

The hindsight story. One accuracy an epoch is all that was logged, and it climbs in jumps. Are hidden units dying? The
line after `evaluate` (outer probe, once an epoch) would have counted the units that are hardly ever active on the test
set; the one after the update (inner probe, once a batch) would have shown how large each update was.
"""

from itertools import pairwise

import numpy as np

CLASSES = 4
EPOCHS = 36
BATCH_SIZE = 32
WIDTHS = [2, 128, 128, CLASSES]


def spirals(rng, count):
    """`count` points on interleaved spiral arms, one arm a class."""
    labels = rng.integers(CLASSES, size=count)
    radius = rng.uniform(0.1, 1.0, size=count)
    angle = 12.0 * radius + labels * (2 * np.pi / CLASSES) + rng.normal(0.0, 0.3, size=count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), labels


class Layer:
    """A linear layer with its own momentum."""

    def __init__(self, rng, inputs, outputs):
        self.weight = rng.normal(0.0, np.sqrt(2.0 / inputs), size=(inputs, outputs))
        self.bias = np.zeros(outputs)
        self.velocity = {"weight": np.zeros_like(self.weight), "bias": np.zeros_like(self.bias)}

    def forward(self, x):
        self.input = x
        return x @ self.weight + self.bias

    def backward(self, gradient, lr, momentum):
        onwards = gradient @ self.weight.T
        self.update("weight", self.input.T @ gradient, lr, momentum)
        self.update("bias", gradient.sum(axis=0), lr, momentum)
        return onwards

    def update(self, name, gradient, lr, momentum):
        velocity = self.velocity[name]
        velocity *= momentum
        velocity -= lr * gradient
        getattr(self, name)[...] += velocity


def forward(layers, x):
    """The logits and the hidden activations."""
    hidden = []
    for layer in layers[:-1]:
        x = np.maximum(layer.forward(x), 0.0)
        hidden.append(x)
    return layers[-1].forward(x), hidden


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def train_batch(layers, x, y, lr, momentum=0.9):
    logits, hidden = forward(layers, x)
    probabilities = softmax(logits)
    loss = -np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean()
    gradient = probabilities
    gradient[np.arange(len(y)), y] -= 1.0
    gradient /= len(y)
    for layer, activation in zip(reversed(layers[1:]), reversed(hidden), strict=True):
        gradient = layer.backward(gradient, lr, momentum) * (activation > 0.0)
    layers[0].backward(gradient, lr, momentum)
    return loss


def evaluate(layers, x, y):
    """The accuracy, and the hidden activations."""
    logits, hidden = forward(layers, x)
    return (logits.argmax(axis=1) == y).mean(), hidden


def silent_units(hidden):
    """How many hidden units are active on less than one point in a hundred."""
    return sum(int(((activation > 0.0).mean(axis=0) < 0.01).sum()) for activation in hidden)


def main():
    rng = np.random.default_rng(42)
    x_train, y_train = spirals(rng, 24000)
    x_test, y_test = spirals(rng, 2000)
    layers = [Layer(rng, inputs, outputs) for inputs, outputs in pairwise(WIDTHS)]

    lr, history = 0.05, []
    for epoch in range(EPOCHS):
        order = rng.permutation(len(x_train))
        total = 0.0
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            noisy = x_train[batch] + rng.normal(0.0, 0.01, size=(len(batch), 2))
            total += train_batch(layers, noisy, y_train[batch], lr) * len(batch)
            # hindsight: print("hindsight update", epoch, start, float(np.abs(layers[1].velocity["weight"]).mean()))
        accuracy, hidden = evaluate(layers, x_test, y_test)
        # hindsight: print("hindsight silent units", epoch, silent_units(hidden), float(np.abs(hidden[-1]).mean()))
        history.append(accuracy)
        if epoch >= 4 and accuracy <= history[-4]:
            lr *= 0.7
        print(f"epoch {epoch:2d} loss {total / len(order):.8f} accuracy {accuracy:.4f} lr {lr:.6f}")

    print("best", repr(float(max(history))), "at", int(np.argmax(history)))
    print("weights", repr(float(sum(layer.weight.sum() + layer.bias.sum() for layer in layers))))
    print("momentum", repr(float(sum(np.abs(v).sum() for layer in layers for v in layer.velocity.values()))))
    print("random", float(rng.random()), np.random.default_rng(1).integers(1000))


if __name__ == "__main__":
    main()
