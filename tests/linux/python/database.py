"""sqlite3 from four threads."""
import os
import sqlite3
import tempfile
import threading

path = os.path.join(tempfile.mkdtemp(), "base")
with sqlite3.connect(path) as base:
    base.execute("CREATE TABLE t(writer INT, n INT)")


def write(writer):
    own = sqlite3.connect(path, timeout=300)
    for n in range(25):
        with own:
            own.execute("INSERT INTO t VALUES(?, ?)", (writer, n))
    own.close()


writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
assert base.execute("SELECT count(*) FROM t").fetchone() == (100,)
assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
