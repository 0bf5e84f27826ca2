"""What belongs to the process: streams, files, loggers, warnings, locks, random generators."""

# fmt: off
PROGRAMS = {
"Python's random numbers": """
    import random
    random.seed(1); own = random.Random(5); held = [own]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            random.gauss(0, 1); own.random(); x = random.Random(i); x.random()
        print(random.random(), own.random(), held[0] is own, x.random())
""",
"files read in text": """
    import tempfile, os
    name = tempfile.mktemp()
    with open(name, "w") as f: f.write("".join(f"line {n} ä\\n" for n in range(3000)))
    f = open(name, encoding="utf-8"); same = [f]
    for epoch in range(3):  # probe
        for i in range(5):  # run
            line = f.readline()
        print(line, f.readline(), same[0] is f)
    print(len(f.read())); f.close(); os.unlink(name)
""",
"files read in binary": """
    import tempfile, os
    name = tempfile.mktemp()
    with open(name, "wb") as f: f.write(bytes(range(256)) * 300)
    f = open(name, "rb"); raw = open(name, "rb", buffering=0)
    for epoch in range(3):  # probe
        for i in range(5):  # run
            data = f.read(1001); more = raw.read(3)
        print(data[0], more, f.tell(), f.read(2), raw.read(2))
    f.close(); raw.close(); os.unlink(name)
""",
"files read by line, with an iterator held": """
    import tempfile, os, csv
    name = tempfile.mktemp()
    with open(name, "w") as f: f.write("".join(f"{n},{n * n}\\n" for n in range(3000)))
    f = open(name); rows = csv.reader(f)
    for epoch in range(3):  # probe
        for i in range(5):  # run
            row = next(rows)
        print(row, next(rows))
    f.close(); os.unlink(name)
""",
"files that are written": """
    import tempfile
    log = tempfile.TemporaryFile("w+")
    for epoch in range(3):  # probe
        for i in range(3):  # run
            log.write(f"{epoch} {i};")
        log.seek(0)
        print(log.read())
        log.seek(0, 2)
""",
"files that are closed or took no part": """
    import tempfile
    log = tempfile.TemporaryFile("w+"); log.write("start"); shut = tempfile.TemporaryFile(); shut.close(); total = 0
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            total += i
        print(total, log.closed, shut.closed)
""",
"loggers and their handlers": """
    import logging, io
    s = io.StringIO(); h = logging.StreamHandler(s); log = logging.getLogger("kinds"); log.addHandler(h); log.propagate = False
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            log.setLevel("INFO" if epoch else "WARNING"); log.info("info %d", i); log.warning("warning %d", epoch)
            if epoch == 1 and i == 1: log.addHandler(logging.StreamHandler(s))
            if epoch == 2 and i == 1: h.setFormatter(logging.Formatter("<%(message)s>"))
        log.warning("after"); print(s.getvalue(), log.level, len(log.handlers))
    log.handlers.clear(); del log
""",
"loggers reached by name only": """
    import logging, io
    s = io.StringIO()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            logging.getLogger("kinds.named").setLevel("INFO" if epoch else "ERROR")
            if epoch == 1 and i == 1: logging.getLogger("kinds.named").addHandler(logging.StreamHandler(s))
        logging.getLogger("kinds.named").info("after"); print(logging.getLogger("kinds.named").level, s.getvalue())
    logging.getLogger("kinds.named").handlers.clear(); logging.getLogger("kinds.named").setLevel(0)
""",
"the root logger, logging.disable": """
    import logging, sys, io
    s = io.StringIO(); h = logging.StreamHandler(s); before = logging.getLogger().level
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            if epoch == 0 and i == 0: logging.getLogger().addHandler(h)
            logging.getLogger().setLevel("DEBUG" if epoch else "ERROR")
            logging.disable(logging.INFO if epoch == 1 else logging.NOTSET)
        logging.info("info %d", epoch); logging.debug("debug"); print(s.getvalue())
    logging.getLogger().removeHandler(h); logging.getLogger().setLevel(before); logging.disable(logging.NOTSET)
""",
"warning filters": """
    import warnings
    before = list(warnings.filters)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            warnings.simplefilter("error" if epoch % 2 else "ignore")
        try: warnings.warn("careful"); print("ignored")
        except UserWarning as w: print("raised", w)
    warnings.filters[:] = before; warnings._filters_mutated() if hasattr(warnings, "_filters_mutated") else None
""",
"warnings that the program prints itself": """
    import warnings
    before = warnings.showwarning; kept = list(warnings.filters)
    warnings.simplefilter("default")
    warnings.showwarning = lambda message, *rest, **more: print("shown:", message)
    def risky(n): warnings.warn(f"careful {n}")
    for epoch in range(3):  # probe
        for i in range(3):  # run
            risky(i + 10 * epoch)
        risky(10 * epoch); risky(epoch)
    warnings.showwarning = before; warnings.filters[:] = kept
""",
"locks": """
    import threading
    lock = threading.Lock(); r = threading.RLock(); e = threading.Event(); n = 0
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            with lock, r: n += 1
        print(n, lock.locked(), e.is_set())
""",
"locks that are held across loops": """
    import threading
    lock = threading.Lock()
    for epoch in range(3):  # probe
        for i in range(3):  # run
            lock.acquire() if i == 0 else None
        print(lock.locked()); lock.release()
""",
"threads": """
    import threading
    e = threading.Event(); n = 0
    t = threading.Thread(target=e.wait); t.start()
    for epoch in range(3):  # probe
        for i in range(3):  # run
            n += 1
        print(n, t.is_alive())
    e.set(); t.join()
""",
"queue.Queue": """
    import queue
    q = queue.Queue()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            q.put(i)
            if i: last = q.get()
        print(last, q.qsize(), list(q.queue))
""",
"threading.local": """
    import threading
    box = threading.local(); box.n = 0
    for epoch in range(3):  # probe
        for i in range(3):  # run
            box.n += 1
        print(box.n)
""",
"sockets, subprocesses, databases": """
    import sqlite3
    db = sqlite3.connect(":memory:"); db.execute("create table t (n)")
    for epoch in range(3):  # probe
        for i in range(3):  # run
            db.execute("insert into t values (?)", (i,))
        print(db.execute("select count(*) from t").fetchall())
    db.close()
""",
"environment variables": """
    import os
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            os.environ["KINDS"] = f"{epoch} {i}"
            if epoch == 1: os.environ.pop("KINDS")
        print(os.environ.get("KINDS"))
    os.environ.pop("KINDS", None)
""",
"the working directory": """
    import os
    home = os.getcwd()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            os.chdir("/" if epoch % 2 else home)
        print(os.getcwd() == home)
    os.chdir(home)
""",
"ExitStack, context managers": """
    import contextlib
    log = []; stack = contextlib.ExitStack(); stack.callback(log.append, "first")
    @contextlib.contextmanager
    def entered(): log.append("in"); yield; log.append("out")
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            stack.callback(log.append, i)
            with entered(): pass
        print(len(log))
    stack.close(); print(log)
""",
"time.perf_counter and other clocks": """
    import time
    began = time.perf_counter(); spent = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            spent.append(time.perf_counter() - began >= 0)
        print(spent, time.time() > 0)
""",
"recursion limit and other switches of `sys`": """
    import sys
    before = sys.getrecursionlimit()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            sys.setrecursionlimit(before + epoch)
        print(sys.getrecursionlimit() - before)
    sys.setrecursionlimit(before)
""",
"threads of libraries that wait for work": """
    import io, logging, logging.handlers, queue
    text, work = io.StringIO(), queue.Queue()
    listener = logging.handlers.QueueListener(work, logging.StreamHandler(text)); listener.start()
    sender = logging.handlers.QueueHandler(work); total = 0
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            total += i; sender.emit(logging.makeLogRecord({"msg": f"{epoch} {total}"}))
            work.join()
        sender.emit(logging.makeLogRecord({"msg": "after"})); work.join()
        print(total, text.getvalue().split())
    listener.stop()
""",
"threads of libraries at work": """
    import io, logging, logging.handlers, queue, threading
    may_go_on = threading.Event()
    is_at_work = threading.Event()
    class Slow(logging.Handler):
        def handle(self, record): is_at_work.set(); may_go_on.wait()
    work = queue.Queue(); listener = logging.handlers.QueueListener(work, Slow()); listener.start()
    work.put(logging.makeLogRecord({})); is_at_work.wait(); total = 0
    for epoch in range(2):  # probe
        for i in range(3):  # run
            total += i
        print(total)
    may_go_on.set(); listener.stop()
""",
}
