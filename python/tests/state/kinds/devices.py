"""What is on a CUDA device, and what stands for it. Only where there is one."""

# fmt: off
# ruff: noqa: E501
PROGRAMS = {
"tensors on a CUDA device": """
    import torch
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 1)).to("cuda")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)
    ring = torch.zeros(8, dtype=torch.bfloat16, device="cuda"); view = ring[2:6]; pinned = torch.zeros(600_000, pin_memory=True)
    best = None
    for epoch in range(4):  # probe
        for step in range(3):  # skip
            loss = (model(torch.randn(16, 4, device="cuda")) - 1).square().mean()
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            view += loss.detach(); pinned[step] = loss.item(); best = loss.detach().clone()
        print(epoch, ring.tolist(), view.sum().item(), pinned.sum().item(), best.item(), sum(p.double().sum().item() for p in model.parameters()))
""",
"random state of a CUDA device": """
    import torch
    torch.manual_seed(0)
    own = torch.Generator("cuda").manual_seed(4)
    for epoch in range(3):  # probe
        for step in range(3):  # skip
            a = torch.rand(2, device="cuda"); b = torch.rand(2, device="cuda", generator=own)
        print(a.tolist(), b.tolist(), torch.rand(1, device="cuda").item(), torch.rand(1, device="cuda", generator=own).item(), own.initial_seed())
""",
"CUDA streams and events": """
    import torch
    copies, kept = torch.cuda.Stream(), torch.cuda.Stream(priority=-1)
    done, ready = torch.cuda.Event(), torch.cuda.Event()
    done.record(); ready.record()
    total = torch.zeros(3, device="cuda")
    for epoch in range(3):  # probe
        for step in range(3):  # skip
            with torch.cuda.stream(copies):
                total += step; ready.record()
            torch.cuda.current_stream().wait_event(ready); done.record(kept)
        print(epoch, total.tolist(), done.query(), ready.query(), kept.priority, copies == kept)
""",
"captured CUDA graphs": """
    import torch
    x = torch.zeros(4, device="cuda"); graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        y = x * 2 + 1
    for epoch in range(3):  # probe
        for step in range(3):  # run
            x += 1; graph.replay()
        print(epoch, x.tolist(), y.tolist())
""",
}
