"""`flor.checkpointing` of models and optimizers, in this interpreter."""

from __future__ import annotations

import pytest

from .conftest import PlainPython
from .test_checkpointing import failing, killed, manifests, verified

# What an epoch does depends on its number and on the objects alone. `describe` has every bit of them.
TRAINING = """
import flor, hashlib, os, sys, time, torch

class Net(torch.nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(8, width), torch.nn.BatchNorm1d(width), torch.nn.ReLU(), torch.nn.Dropout(0.2),
            torch.nn.Linear(width, 1),
        )
        self.layers[4].bias.requires_grad_(False)

    def forward(self, x):
        return self.layers(x)

def epoch_of(number):
    draw = torch.Generator().manual_seed(number)
    with torch.random.fork_rng():
        torch.manual_seed(number)
        for _ in range(3):
            optimizer.zero_grad(set_to_none=False)
            loss = (model(torch.randn(32, 8, generator=draw)) ** 2).mean()
            scaled = loss * 4
            scaled.backward()
            optimizer.step()
    scheduler.step()
    mean.lerp_(model.layers[0].weight.detach(), 0.1)
    time.sleep(0.002)

def describe():
    text = hashlib.sha256()
    states = (model.state_dict(), optimizer.state_dict(), scheduler.state_dict(), [p.grad for p in model.parameters()], mean)
    torch.set_printoptions(profile="full", precision=20)
    text.update(repr(states).encode())
    for tensor in [*model.state_dict().values(), mean]:
        text.update(tensor.contiguous().numpy().tobytes())
    return text.hexdigest()

torch.manual_seed(int(os.environ.get("SEED", "1")))
model = Net(WIDTH)
optimizer = OPTIMIZER
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9**epoch)
mean = torch.zeros_like(model.layers[0].weight)
progress = {"epoch": 0}
first = model.layers[0].weight
with flor.checkpointing(
    overhead=None, model=model, optimizer=optimizer, scheduler=scheduler, mean=mean, progress=progress
) as saved:
    if RESTORE:
        before = torch.get_rng_state()
        print("restored", saved.restore().step)
        assert torch.equal(before, torch.get_rng_state())
        assert first is model.layers[0].weight is optimizer.param_groups[0]["params"][0]
    for epoch in flor.loop("epoch", range(progress["epoch"], 6)):
        epoch_of(epoch)
        progress["epoch"] = epoch + 1
        if os.environ.get("KILLED_IN") == str(epoch):
            saved.checkpoints()  # waits for the writer
            epoch_of(epoch)
            os.kill(os.getpid(), 9)
print(describe())
"""


def training(
    restore: str = "saved.checkpoints()", width: int = 16, optimizer: str = "torch.optim.Adam(model.parameters(), amsgrad=True)"
) -> str:
    return TRAINING.replace("RESTORE", restore).replace("WIDTH", str(width)).replace("OPTIMIZER", optimizer)


@pytest.fixture(autouse=True)
def _torch() -> None:
    pytest.importorskip("torch")


@pytest.mark.parametrize(
    "optimizer",
    [
        "torch.optim.Adam(model.parameters(), amsgrad=True)",
        "torch.optim.AdamW(model.parameters(), fused=True)",
        "torch.optim.SGD([{'params': model.parameters()}, ], lr=0.01, momentum=0.9, foreach=True)",
    ],
)
def test_a_killed_training_goes_on_bit_for_bit(plain_python: PlainPython, optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = plain_python.run(training("False", optimizer=optimizer))
    killed(plain_python, training("False", optimizer=optimizer), 3)
    # The objects that are restored into were drawn otherwise, and so are the process's random numbers.
    monkeypatch.setenv("SEED", "2")
    assert plain_python.run(training("True", optimizer=optimizer)) == f"restored 3\n{whole}"
    verified(plain_python)


def test_it_goes_back_within_one_process(plain_python: PlainPython) -> None:
    script = training("False").replace(
        "print(describe())",
        """
last = describe()
for step in (5, 2, 6):
    print(saved.restore(step=step).step, progress, describe() == last)
for epoch in range(6):
    if epoch == 0:
        saved.restore(step=4)
    elif epoch > 3:
        epoch_of(epoch)
progress["epoch"] = 6
print(describe() == last)""",
    )
    assert plain_python.run(script) == "5 {'epoch': 5} False\n2 {'epoch': 2} False\n6 {'epoch': 6} True\nTrue\n"


def test_a_damaged_leaf_is_found_before_anything_is_written(plain_python: PlainPython) -> None:
    killed(plain_python, training("False"), 1)
    (run,) = plain_python.runs
    for manifest in manifests(run):
        pack = run / "packs" / manifest.name
        contents = bytearray(pack.read_bytes())
        contents[-1] ^= 1
        pack.write_bytes(contents)
    script = training("False").replace(
        "    for epoch in",
        """
    before = describe()
    try:
        saved.restore()
    except LookupError as error:
        print("intact" in str(error), describe() == before)
    sys.exit()
    for epoch in""",
    )
    assert plain_python.run(script) == "True True\n"


@pytest.mark.parametrize(
    ("text", "other", "told"),
    [
        (
            "Net(16)",
            "Net(17)",
            "`model.layers.0.weight` does not match: torch.float32 [16, 8] on cpu in the checkpoint, torch.float32 [17, 8] on cpu",
        ),
        ("torch.nn.ReLU()", "torch.nn.GELU()", "`model.layers.2` does not match: a ReLU in the checkpoint, a GELU here"),
        (
            "torch.nn.Linear(width, 1)",
            "torch.nn.Linear(width, 1), torch.nn.Tanh()",
            "`model.layers.5` does not match: nothing in",
        ),
        (
            "self.layers[4].bias.requires_grad_(False)",
            "self.more = torch.nn.Linear(1, 1)",
            "`model.more` does not match: nothing",
        ),
        ("torch.optim.Adam(", "torch.optim.NAdam(", "`optimizer` does not match: a Adam in the checkpoint, a NAdam here"),
        (
            "torch.optim.Adam(model.parameters()",
            "torch.optim.Adam([*model.parameters()][:4]",
            "`optimizer.param_groups` does not match: parameters by groups: [6] in the checkpoint, parameters by groups: [4] here",
        ),
    ],
)
def test_what_is_made_otherwise_is_told(plain_python: PlainPython, text: str, other: str, told: str) -> None:
    killed(plain_python, training("False"), 1)
    script = training("True")
    assert text in script
    said = failing(plain_python, script.replace(text, other).replace("amsgrad=True", "" if "NAdam" in other else "amsgrad=True"))
    assert said.startswith("ValueError: flor: nothing was restored: ") and told in said, said
    assert "hint: build the objects as they were when they were saved" in said


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_whatever_was_saved_comes_back_however_often(plain_python: PlainPython, seed: str) -> None:
    """Memory that stays, changes a little or is replaced, some of it large enough to be watched by the kernel instead of copied."""
    plain_python.run(
        """
        import flor, numpy, random, sys, time, torch

        draw = random.Random(int(sys.argv[1]))
        numbers = torch.Generator().manual_seed(1)

        class Holder:
            pass

        held = Holder()
        held.large = [torch.randn(600_000, generator=numbers) for _ in range(4)]
        held.small = [torch.randn(50, generator=numbers) for _ in range(10)]
        held.array = numpy.arange(400_000.0)
        held.view = held.large[0][100:200]
        held.texts, held.steps = {}, []

        def change():
            for tensor in draw.sample(held.large, draw.choice([0, 0, 1, 2])):
                tensor[draw.randrange(600_000)] += 1
            for tensor in draw.sample(held.small, 3):
                tensor.mul_(1.01)
            held.array[draw.randrange(400_000)] += draw.choice([0, 1])
            held.texts[str(draw.randrange(20))] = len(held.steps)
            held.steps.append(draw.random())
            if draw.random() < 0.2:
                held.large[3] = torch.randn(600_000, generator=numbers)

        def copied():
            tensors = [one.clone() for one in (*held.large, *held.small, held.view)]
            return tensors, held.array.copy(), list(held.texts.items()), list(held.steps)

        def is_as(copy):
            tensors, array, *others = copy
            mine, here, *live = copied()
            return all(map(torch.equal, tensors, mine)) and numpy.array_equal(array, here) and others == live

        known, step = {}, 0
        first = held.large[0], held.array, held.view, held.steps
        with flor.checkpointing(overhead=None, held=held) as saved:
            for number in flor.loop("number", range(40)):
                change()
                if known and draw.random() < 0.3:
                    step = saved.restore(step=draw.choice(sorted(known))).step
                    assert is_as(known[step])
                    assert all(map(lambda a, b: a is b, first, (held.large[0], held.array, held.view, held.steps)))
                time.sleep(0.002)
                step += 1
                known[step] = copied()
        """,
        seed,
    )
    verified(plain_python)
