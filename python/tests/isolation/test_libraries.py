"""PyTorch and NumPy, which open files in ways of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cycle import Cycle

pytest.importorskip("torch")

START = """
        import os
        import numpy as np
        import torch
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        inputs = torch.randn(64, 4)
        targets = inputs.sum(1, keepdim=True)

        def epoch_loss():
            for batch in range(8):
                rows = slice(batch * 8, batch * 8 + 8)
                loss = torch.nn.functional.mse_loss(model(inputs[rows]), targets[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            return loss.item()
"""
SCRIPTS = {
    "best_weights": """
        best = None
        for epoch in range(4):
            loss = epoch_loss()
            #@ print("probe", epoch, loss)
            if best is None or loss < best:
                best = loss
                torch.save(model.state_dict(), "best.pt")
        model.load_state_dict(torch.load("best.pt"))
        print(best, model.weight.sum().item(), os.path.getsize("best.pt") > 0)
        """,
    "resume": """
        start = 0
        if os.path.exists("checkpoint.pt"):
            start = torch.load("checkpoint.pt")["epoch"]
        for epoch in range(start, start + 2):
            loss = epoch_loss()
            #@ print("probe", epoch, loss)
            torch.save({"epoch": epoch + 1, "model": model.state_dict()}, "checkpoint.pt")
        print(start, torch.load("checkpoint.pt")["epoch"])
        """,
    "load_mapped": """
        torch.save({"w": model.weight}, "w.pt")
        print(torch.load("w.pt", mmap=True)["w"].sum().item())
        script = torch.jit.script(torch.nn.Linear(2, 2))
        torch.jit.save(script, "script.pt")
        print(type(torch.jit.load("script.pt")).__name__)
        for epoch in range(2):
            loss = epoch_loss()
            #@ print("probe", loss)
        try:
            torch.save(model, "absent/w.pt")
        except RuntimeError as error:
            print(error)
        try:
            torch.load("absent.pt")
        except FileNotFoundError as error:
            print(error)
        """,
    "numpy": """
        np.save("x.npy", np.arange(4))
        np.savez("x.npz", a=np.ones(2))
        np.savetxt("x.txt", np.eye(2))
        np.arange(3.0).tofile("x.bin")
        mapped = np.memmap("x.map", dtype="float32", mode="w+", shape=(3,))
        mapped[:] = 7
        mapped.flush()
        for epoch in range(3):
            loss = epoch_loss()
            #@ print("probe", loss)
        print(np.load("x.npy"), np.load("x.npz")["a"], np.loadtxt("x.txt"), np.fromfile("x.bin"))
        print(np.memmap("x.map", dtype="float32", mode="r", shape=(3,)), np.load("x.npy", mmap_mode="r").sum())
        """,
    "workers": """
        class Files(torch.utils.data.Dataset):
            def __len__(self):
                return 6

            def __getitem__(self, index):
                with open(f"item{index}.txt", "w") as file:
                    file.write(str(index))
                return inputs[index]

        for epoch in range(2):
            total = 0.0
            for batch in torch.utils.data.DataLoader(Files(), batch_size=2, num_workers=2):
                total += batch.sum().item()
            #@ print("probe", epoch, total)
        print(total, sorted(name for name in os.listdir(".") if name.startswith("item")))
        """,
    "tensorboard": """
        import glob
        from torch.utils.tensorboard import SummaryWriter
        writer = SummaryWriter("board")
        for epoch in range(3):
            loss = epoch_loss()
            #@ print("probe", loss)
            writer.add_scalar("loss", loss, epoch)
        writer.close()
        (events,) = glob.glob("board/events*")
        print(os.path.getsize(events) > 100)
        """,
    "restored_temporary_name": """
        import tempfile
        folder = tempfile.mkdtemp()
        for epoch in range(3):
            loss = epoch_loss()
            print(epoch, loss)
        #@ print("probe", epoch)
        torch.save(model, os.path.join(folder, "model.pt"))
        print(os.listdir(folder))
        """,
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_replay_prints_what_a_fresh_run_does_and_changes_nothing(name: str, tmp_path: Path) -> None:
    if name == "tensorboard":
        pytest.importorskip("tensorboard")
    Cycle(tmp_path, START + SCRIPTS[name], {}).check(replays=1)
