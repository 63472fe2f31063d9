"""mmap: shared with a child and with a file, and shared memory by name."""
import mmap
import os
import tempfile
from multiprocessing import shared_memory

shared = mmap.mmap(-1, 1 << 20)
if os.fork() == 0:
    shared[1000:1005] = b"child"
    os._exit(0)
os.wait()
assert shared[1000:1005] == b"child"

with tempfile.TemporaryFile() as file:
    file.truncate(1 << 16)
    view = mmap.mmap(file.fileno(), 1 << 16)
    view[5000:5004] = b"view"
    view.flush()
    assert os.pread(file.fileno(), 4, 5000) == b"view"
    view.resize(1 << 17)
    assert os.fstat(file.fileno()).st_size == 1 << 17

named = shared_memory.SharedMemory(create=True, size=4096)
again = shared_memory.SharedMemory(named.name)
named.buf[7] = 77
assert again.buf[7] == 77
again.close()
named.close()
named.unlink()
