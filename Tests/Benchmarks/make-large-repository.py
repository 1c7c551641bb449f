#!/usr/bin/env python3
"""Makes a bare repository of some 60,000 objects and 10,400 files, the same in every run, by `git fast-import`."""
import random
import subprocess
import sys

directory = sys.argv[1]
files = int(sys.argv[2]) if len(sys.argv) > 2 else 10_400
commits = int(sys.argv[3]) if len(sys.argv) > 3 else 500
source = random.Random(20261121)
words = ["".join(source.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(source.randint(2, 11))) for _ in range(4000)]
paths = [
    f"module{n % 40}/src/main/java/org/example/part{n // 40 % 30}/Class{n}.java" for n in range(files)
]


def line():
    return "    " + " ".join(source.choice(words) for _ in range(source.randint(3, 11))) + ";\n"


contents = {path: [line() for _ in range(source.randint(10, 120))] for path in paths}
subprocess.run(["git", "init", "-q", "--bare", "-b", "main", directory], check=True)
importer = subprocess.Popen(["git", "-C", directory, "fast-import", "--quiet"], stdin=subprocess.PIPE)
out = importer.stdin


def commit(number, changed):
    out.write(f"commit refs/heads/main\ncommitter A <a@example.org> {1700000000 + number * 60} +0000\n".encode())
    message = f"Change {number}\n".encode()
    out.write(b"data %d\n%s" % (len(message), message))
    for path in changed:
        data = "".join(contents[path]).encode()
        out.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))


commit(0, paths)
for number in range(1, commits):
    changed = source.sample(paths, 12)
    for path in changed:
        contents[path][source.randrange(len(contents[path]))] = line()
    commit(number, changed)
out.close()
importer.wait()
subprocess.run(["git", "-C", directory, "repack", "-adq", "--window=10"], check=True)
subprocess.run(["git", "-C", directory, "update-server-info"], check=True)
subprocess.run(["git", "-C", directory, "count-objects", "-v"], check=True)
