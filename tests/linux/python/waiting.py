"""selectors, all kinds: pipes, socket pairs, time-outs."""
import os
import selectors
import socket

for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
    with kind() as selector:
        read, write = os.pipe()
        one, other = socket.socketpair()
        selector.register(read, selectors.EVENT_READ, "pipe")
        selector.register(one, selectors.EVENT_READ, "socket")
        assert selector.select(0.05) == []
        os.write(write, b"x")
        assert [key.data for key, _ in selector.select(60)] == ["pipe"]
        other.send(b"y")
        assert {key.data for key, _ in selector.select(60)} == {"pipe", "socket"}
        selector.modify(one, selectors.EVENT_WRITE, "writable")
        os.read(read, 1)
        assert [key.data for key, _ in selector.select(60)] == ["writable"]
        for fd in (read, write):
            os.close(fd)
        one.close()
        other.close()
