"""Digits, normalised by the statistics of the training part."""

import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


def load(batch_size):
    """The training loader and the held-out tensors."""
    bunch = load_digits()
    features = torch.tensor(bunch.data, dtype=torch.float32)
    labels = torch.tensor(bunch.target)
    held_out = torch.arange(len(labels)) % 4 == 3
    mean = features[~held_out].mean(0)
    deviation = features[~held_out].std(0).clamp(min=1.0)
    features = (features - mean) / deviation
    train_set = TensorDataset(features[~held_out], labels[~held_out])
    return DataLoader(train_set, batch_size=batch_size, shuffle=True), (features[held_out], labels[held_out])
