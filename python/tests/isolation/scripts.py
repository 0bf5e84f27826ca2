"""What scripts do with files, with nothing but the standard library. `#@` marks a probe."""

from __future__ import annotations

FILES: dict[str, str | bytes] = {
    "notes.txt": "first\n",
    "old/kept.txt": "kept\n",
    "old/gone.txt": "gone\n",
    "data.csv": "a,b\n1,2\n",
}
LOOP = """
total = 0
for epoch in range(4):
    for step in range(50):
        total += step * epoch
    #@ print("probe", epoch, total)
    print(epoch, total)
"""
SCRIPTS = {
    "write_and_read": """
        with open("out.txt", "w") as file:
            file.write("line\\n")
        print(open("out.txt").read())
        """,
    "append_log": """
        import os
        with open("log.txt", "a") as log:
            log.write("start\\n")
        for n in range(3):
            with open("log.txt", "a") as log:
                log.write(f"{n}\\n")
            #@ print("probe", n, os.path.getsize("log.txt"))
        print(open("log.txt").read(), os.stat("log.txt").st_size)
        """,
    "history": """
        import json, os
        history = []
        for epoch in range(3):
            history.append(epoch * 0.5)
            with open("history.json.tmp", "w") as file:
                json.dump(history, file)
            os.replace("history.json.tmp", "history.json")
            #@ print("probe", json.load(open("history.json")))
        print(json.load(open("history.json")), os.path.exists("history.json.tmp"))
        """,
    "resume": """
        import os, pickle
        start = 0
        if os.path.exists("checkpoint.pkl"):
            start = pickle.load(open("checkpoint.pkl", "rb"))
        print("resuming at", start)
        for epoch in range(start, start + 2):
            with open("checkpoint.pkl", "wb") as file:
                pickle.dump(epoch + 1, file)
            #@ print("probe", epoch)
        print(pickle.load(open("checkpoint.pkl", "rb")))
        """,
    "existing_files": """
        import os
        from os import remove
        print(open("notes.txt").read(), os.stat("notes.txt").st_size)
        with open("notes.txt", "a") as file:
            file.write("second\\n")
        with open("data.csv", "r+") as file:
            file.write("X")
        print(open("notes.txt").read(), open("data.csv").read())
        remove("old/gone.txt")
        with open("old/kept.txt", "w") as file:
            file.write("new")
        print(sorted(os.listdir("old")), open("old/kept.txt").read())
        os.truncate("notes.txt", 3)
        os.chmod("data.csv", 0o600)
        print(open("notes.txt").read(), oct(os.stat("data.csv").st_mode))
        """,
    "pathlib": """
        from pathlib import Path
        path = Path("a.txt")
        path.write_text("text")
        print(path.read_text(), path.exists(), path.stat().st_size)
        path.rename("b.txt")
        print(path.exists(), Path("b.txt").is_file())
        Path("b.txt").unlink()
        Path("old/gone.txt").unlink()
        Path("deep/er").mkdir(parents=True)
        Path("deep/er/x.bin").write_bytes(b"123")
        Path("deep/er/x.bin").touch()
        print(sorted(str(one) for one in Path(".").glob("**/*") if ".flor" not in str(one)), Path("b.txt").exists())
        print(sorted(one.name for one in Path("old").iterdir()), Path("deep").resolve().name)
        try:
            Path("b.txt").read_text()
        except FileNotFoundError as error:
            print(repr(error), error.filename)
        """,
    "temporary": """
        import os, tempfile
        with tempfile.NamedTemporaryFile("w+") as file:
            file.write("temporary"); file.flush()
            print(open(file.name).read(), os.path.exists(file.name))
        name = file.name
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "x"), "w") as file:
                file.write("x")
            print(os.listdir(folder), os.path.isdir(folder))
        print(os.path.exists(name), os.path.exists(folder))
        with tempfile.TemporaryFile() as file:
            file.write(b"nameless"); file.seek(0); print(file.read())
        folder = tempfile.mkdtemp()
        for n in range(3):
            #@ print("probe", n)
            print(n)
        with open(os.path.join(folder, "late"), "w") as file:
            file.write("x")
        print(os.listdir(folder))
        os.remove(os.path.join(folder, "late")); os.rmdir(folder)
        """,
    "folders": """
        import glob, os
        os.makedirs("out/a/b", exist_ok=True)
        os.makedirs("out/a/b", exist_ok=True)
        for n in range(3):
            open(f"out/a/{n}.txt", "w").close()
        print(sorted(os.listdir("out/a")), sorted(glob.glob("out/**/*.txt", recursive=True)))
        print(sorted((e.name, e.path, e.is_dir(), e.is_file()) for e in os.scandir("out/a")))
        print([(top, sorted(names), sorted(files)) for top, names, files in os.walk("out")])
        os.rename("out/a", "out/c")
        print(sorted(os.listdir("out")), os.path.isdir("out/a"), sorted(os.listdir("out/c")))
        os.rename("old", "older")
        print(os.path.isdir("old"), sorted(os.listdir("older")), open("older/kept.txt").read())
        try:
            os.rmdir("out/c")
        except OSError as error:
            print(error)
        os.mkdir("old")
        print(os.listdir("old"))
        """,
    "shutil": """
        import os, shutil
        shutil.copy("notes.txt", "copy.txt")
        shutil.copy2("notes.txt", "copy2.txt")
        print(open("copy.txt").read(), os.stat("copy2.txt").st_mtime == os.stat("notes.txt").st_mtime)
        shutil.copytree("old", "new")
        shutil.move("new/kept.txt", "moved.txt")
        print(sorted(os.listdir("new")), open("moved.txt").read())
        shutil.rmtree("old")
        shutil.rmtree("new")
        print(os.path.exists("old"), os.path.exists("new"))
        shutil.make_archive("archive", "zip", ".", "moved.txt")
        shutil.unpack_archive("archive.zip", "unpacked")
        print(os.listdir("unpacked"), shutil.disk_usage(".").total > 0)
        """,
    "csv": """
        import csv
        rows = list(csv.reader(open("data.csv")))
        with open("data.csv", "a", newline="") as file:
            writer = csv.writer(file)
            for n in range(3):
                writer.writerow([n, n * n])
                #@ print("probe", n)
        print(rows, list(csv.DictReader(open("data.csv"))))
        """,
    "sqlite": """
        import sqlite3
        with sqlite3.connect("runs.db") as base:
            base.execute("create table if not exists runs (epoch integer, loss real)")
            for epoch in range(3):
                base.execute("insert into runs values (?, ?)", (epoch, epoch / 2))
                #@ print("probe", epoch)
        base.close()
        base = sqlite3.connect("file:runs.db?mode=ro", uri=True)
        print(base.execute("select * from runs").fetchall())
        base.close()
        memory = sqlite3.connect(":memory:")
        print(memory.execute("select 1").fetchall())
        """,
    "links": """
        import os
        for n in range(3):
            with open(f"step{n}.txt", "w") as file:
                file.write(str(n))
            if os.path.lexists("latest"):
                os.remove("latest")
            os.symlink(f"step{n}.txt", "latest")
            #@ print("probe", open("latest").read())
        print(os.readlink("latest"), open("latest").read(), os.path.realpath("latest") == os.path.abspath("step2.txt"))
        with open("latest", "a") as file:
            file.write("!")
        print(open("step2.txt").read())
        os.link("step0.txt", "hard")
        print(os.path.samefile("hard", "step0.txt"), os.stat("hard").st_nlink)
        """,
    "errors": """
        import os
        def attempt(function, *arguments):
            try:
                function(*arguments)
            except Exception as error:
                print(type(error).__name__, error, getattr(error, "filename", None), getattr(error, "filename2", None))
        attempt(open, "absent.txt")
        attempt(open, "absent/x.txt", "w")
        attempt(open, "old", "w")
        attempt(open, "notes.txt", "x")
        attempt(open, b"absent.txt")
        attempt(open, "notes.txt", "nonsense")
        attempt(os.remove, "absent.txt")
        attempt(os.remove, "old")
        attempt(os.rmdir, "old")
        attempt(os.mkdir, "old")
        attempt(os.rename, "absent", "there")
        attempt(os.listdir, "absent")
        attempt(os.stat, "notes.txt/x")
        attempt(os.chdir, "absent")
        attempt(os.stat, "")
        print(open, os.stat, os.stat.__doc__[:20], open.__name__, os.access("notes.txt", os.R_OK))
        """,
    "current_folder": """
        import os
        os.mkdir("work")
        os.chdir("work")
        with open("here.txt", "w") as file:
            file.write("here")
        print(os.path.basename(os.getcwd()), os.listdir("."))
        print(os.path.abspath("here.txt").endswith("project/work/here.txt"))
        os.chdir("..")
        print(os.listdir("work"), os.path.exists("notes.txt"))
        os.chdir("old")
        print(sorted(os.listdir()), open("../notes.txt").read())
        """,
    "descriptors": """
        import os
        descriptor = os.open("raw.bin", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(descriptor, b"raw"); os.close(descriptor)
        print(os.path.getsize("raw.bin"))
        with open("notes.txt", "rb", buffering=0) as file:
            print(file.name, file.mode, file.read())
        folder = os.open("old", os.O_RDONLY)
        print(sorted(os.listdir(folder)), os.stat("kept.txt", dir_fd=folder).st_size)
        os.unlink("gone.txt", dir_fd=folder)
        print(sorted(os.listdir(folder)), sorted(os.listdir("old")))
        os.close(folder)
        """,
    "forked": """
        import os
        for n in range(2):
            child = os.fork()
            if child == 0:
                with open(f"child{n}.txt", "w") as file:
                    file.write(f"from child {n}")
                os.remove("old/gone.txt") if n == 0 else None
                os._exit(0)
            os.waitpid(child, 0)
            child = None  # its number is another in each run: where the loop below takes long enough for a checkpoint, that is told
            #@ print("probe", n)
        print([open(f"child{n}.txt").read() for n in range(2)], os.listdir("old"))
        """,
    "logging": """
        import logging
        logging.basicConfig(filename="run.log", format="%(message)s", level=logging.INFO)
        for n in range(3):
            logging.info("step %d", n)
            #@ print("probe", n)
        print(open("run.log").read())
        """,
    "compressed": """
        import bz2, gzip, lzma, zipfile
        for module, name in ((gzip, "x.gz"), (bz2, "x.bz2"), (lzma, "x.xz")):
            with module.open(name, "wt") as file:
                file.write("packed")
            print(module.open(name, "rt").read())
        with zipfile.ZipFile("x.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("inside"), "zipped")  # by its name alone it would hold the time
        print(zipfile.ZipFile("x.zip").namelist())
        """,
}  # fmt: skip
