"""Handwritten digits with a small CNN: train() and test() functions, a step schedule, one line an epoch.

The hindsight story. The run is over, and between two epochs the test loss jumped. Did one layer blow up, or was it the
learning rate? Nobody logged the weights. Two lines would have told, and each of them is below as a comment at the place
where it belongs: in main(), after `scheduler.step()`, the norm of every layer's weights (outer probe, once an epoch),
and in train(), after `loss.backward()`, the norm of the gradient (inner probe, once a step). Take away the mark in
front of one and replay.
"""

import argparse
import random

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset


class DigitsNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.drop = nn.Dropout(0.25)
        self.fc1 = nn.Linear(2 * width * 16, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, images):
        x = F.relu(self.norm(self.conv1(images)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(F.relu(self.fc1(x.flatten(1))))
        return self.fc2(x)


def digits(batch_size):
    """The training and the test loader: every fifth image is for testing."""
    bunch = load_digits()
    images = torch.tensor(bunch.images, dtype=torch.float32).unsqueeze(1) / 16.0
    labels = torch.tensor(bunch.target)
    is_test = torch.arange(len(labels)) % 5 == 0
    train_set = TensorDataset(images[~is_test], labels[~is_test])
    test_set = TensorDataset(images[is_test], labels[is_test])
    return DataLoader(train_set, batch_size=batch_size, shuffle=True), DataLoader(test_set, batch_size=128)


def shifted(images):
    """Each batch moved by up to one pixel, as augmentation."""
    down, right = random.randint(-1, 1), random.randint(-1, 1)
    return torch.roll(images, (down, right), dims=(2, 3))


def train(model, loader, optimizer, epoch):
    model.train()
    total = 0.0
    for step, (images, labels) in enumerate(loader):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(shifted(images)), labels, label_smoothing=0.05)
        loss.backward()
        # hindsight: print(f"hindsight epoch {epoch} step {step} gradient norm {gradient_norm(model)!r}")
        optimizer.step()
        total += loss.item()
        if step % 20 == 0:
            print(f"epoch {epoch} step {step:2d} loss {loss.item():.6f}")
    return total / len(loader)


@torch.no_grad()
def test(model, loader):
    model.eval()
    loss, correct, count = 0.0, 0, 0
    for images, labels in loader:
        logits = model(images)
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(1) == labels).sum())
        count += len(labels)
    return loss / count, correct / count


def gradient_norm(model):
    return sum(p.grad.double().pow(2).sum().item() for p in model.parameters()) ** 0.5


def main():
    parser = argparse.ArgumentParser(description="Train a small CNN on scikit-learn's digits.")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--width", type=int, default=20)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()

    torch.set_num_threads(1)
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)

    train_loader, test_loader = digits(args.batch_size)
    model = DigitsNet(args.width)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-4)
    scheduler = StepLR(optimizer, step_size=4, gamma=0.6)

    best = 0.0
    for epoch in range(1, args.epochs + 1):
        train_loss = train(model, train_loader, optimizer, epoch)
        test_loss, accuracy = test(model, test_loader)
        best = max(best, accuracy)
        print(f"epoch {epoch} train {train_loss:.6f} test {test_loss:.6f} accuracy {accuracy:.4f}")
        scheduler.step()
        # hindsight: print("hindsight weight norms", epoch, {n: w.norm().item() for n, w in model.named_parameters()})

    print(f"best accuracy {best!r}")
    print("weights", repr(sum(p.detach().double().sum().item() for p in model.parameters())))
    print("batch norm", repr(model.norm.running_var.double().sum().item()), int(model.norm.num_batches_tracked))
    print("momentum", repr(sum(s["momentum_buffer"].double().sum().item() for s in optimizer.state.values())))
    print("learning rate", scheduler.get_last_lr())
    print("random", random.random(), np.random.rand(), torch.rand(1).item())


if __name__ == "__main__":
    main()
