"""What libraries keep beside a training: a thread that writes its scalars, a bar that shows how far it is, rows of a table."""

from __future__ import annotations

from .project import Project, by_line

WRITER = """
    import queue, threading, time

    class Writer(threading.Thread):
        def __init__(self, path):
            super().__init__(daemon=True)
            self.work, self.path, self.has_pending, self.next_flush = queue.Queue(20), path, False, time.time() + 120
            self.start()

        def run(self):
            while True:
                now = time.time()
                data = None
                try:
                    data = self.work.get(True, max(0.01, self.next_flush - now))
                    self.has_pending = True
                except queue.Empty:
                    pass
                finally:
                    if data is not None:
                        self.work.task_done()

        def add_scalar(self, name, value, step):
            self.work.put((name, value, step))

        def flush(self):
            self.work.join()

    class Bar:
        def __init__(self, items):
            self.items, self.n, self.start_t = items, 0, time.time()
            self.iterator = iter(self)

        def __hash__(self):
            return id(self)

        def __eq__(self, other):
            return self.n == other.n

        def __iter__(self):
            for item in self.items:
                yield item
                self.n += 1

        def __del__(self):
            self.n = -1
"""
TRAINING = """
    import csv, random, re, time, meters

    random.seed(1)
    writer = meters.Writer("scalars")
    weights = [0.0] * 4
    with open("log.csv", "w", newline="") as file:
        table = csv.DictWriter(file, ["epoch", "loss"])
        table.writeheader()
        for epoch in range(5):
            bar = meters.Bar(range(6))
            for step in bar:
                weights[step % 4] += random.random()
                found = re.match("w(.)", f"w{step}")
                time.sleep(0.02)  # so that a busy machine as well restores faster than it executes
            table.writerow({"epoch": epoch, "loss": weights[0]})
            writer.add_scalar("loss", weights[0], epoch)
            writer.flush()
            print(epoch, weights[0], bar.n, found[1])
"""


def test_they_are_in_nobodys_way(project: Project) -> None:
    project.write("library/meters.py", WRITER)
    library = str(project.folder / "library")
    project.folder = project.write("program/train.py", TRAINING).parent
    project.recorded("train.py", PYTHONPATH=library)
    project.after("train.py", "writer.flush()", 'print("probe", weights[1], bar.n, writer.has_pending)')
    inner = project.line_of("train.py", "for step in bar:")
    report = project.replayed("train.py", PYTHONPATH=library)
    assert report["divergences"] == []
    assert by_line(report, "restored")[f"train.py:{inner}"] == 5
    project.after("train.py", "weights[step % 4] += random.random()", "print(weights)")
    report = project.replayed_by(2, "train.py", PYTHONPATH=library)
    assert report["divergences"] == []
