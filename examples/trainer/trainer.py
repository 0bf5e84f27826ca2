"""A Trainer class: epochs, an exponential moving average (EMA) of the weights, callbacks."""

import copy

import torch
import torch.nn.functional as F


class MovingAverage:
    """Weights averaged over the steps; what is evaluated, and in the end kept."""

    def __init__(self, model, decay):
        self.decay = decay
        self.steps = 0
        self.model = copy.deepcopy(model).requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for average, current in zip(self.model.parameters(), model.parameters(), strict=True):
            average.lerp_(current, 1 - decay)


class Callback:
    """What a callback may hear of; each method does nothing unless it is overridden."""

    def on_step(self, trainer, loss):
        pass

    def on_epoch(self, trainer, record):
        pass


class BestWeights(Callback):
    """Keeps a copy of the averaged weights of the best epoch."""

    def __init__(self):
        self.accuracy, self.epoch, self.weights = 0.0, None, None

    def on_epoch(self, trainer, record):
        if record["accuracy"] > self.accuracy:
            self.accuracy, self.epoch = record["accuracy"], record["epoch"]
            self.weights = copy.deepcopy(trainer.average.model.state_dict())


class LossSpikes(Callback):
    """Counts the steps whose loss is far above the running mean."""

    def __init__(self, factor):
        self.factor = factor
        self.mean, self.spikes = None, 0

    def on_step(self, trainer, loss):
        if self.mean is not None and loss > self.factor * self.mean:
            self.spikes += 1
        self.mean = loss if self.mean is None else 0.98 * self.mean + 0.02 * loss


class Trainer:
    def __init__(self, model, optimizer, scheduler, loader, held_out, callbacks):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.loader, self.held_out = loader, held_out
        self.callbacks = callbacks
        self.average = MovingAverage(model, decay=0.99)
        self.history = []

    def fit(self, epochs):
        for epoch in range(epochs):
            loss = self.train_epoch(epoch)
            record = {"epoch": epoch, "loss": loss, "accuracy": self.accuracy(), "lr": self.scheduler.get_last_lr()[0]}
            self.history.append(record)
            for callback in self.callbacks:
                callback.on_epoch(self, record)
            # hindsight: print("hindsight distance to average", epoch, repr(self.distance_to_average()))
            print(f"epoch {epoch:2d} loss {loss:.8f} accuracy {record['accuracy']:.4f} lr {record['lr']:.6f}")

    def train_epoch(self, epoch):
        self.model.train()
        total = 0.0
        for step, (features, labels) in enumerate(self.loader):
            loss = self.step(features, labels)
            # hindsight: print("hindsight raw loss", epoch, step, repr(loss))
            total += loss
            for callback in self.callbacks:
                callback.on_step(self, loss)
        return total / (step + 1)

    def step(self, features, labels):
        self.optimizer.zero_grad()
        noisy = features + 0.2 * torch.randn_like(features)
        loss = F.cross_entropy(self.model(noisy), labels)
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.average.update(self.model)
        return loss.item()

    @torch.no_grad()
    def accuracy(self):
        features, labels = self.held_out
        self.average.model.eval()
        return (self.average.model(features).argmax(1) == labels).float().mean().item()

    @torch.no_grad()
    def distance_to_average(self):
        pairs = zip(self.model.parameters(), self.average.model.parameters(), strict=True)
        return sum((current - average).double().pow(2).sum().item() for current, average in pairs) ** 0.5
