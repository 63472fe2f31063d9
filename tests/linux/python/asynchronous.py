"""asyncio: servers over TCP and Unix sockets, processes, signals, time."""
import asyncio
import os
import signal
import tempfile


async def echo(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()


async def ask(connecting, text):
    reader, writer = await connecting
    writer.write(text)
    assert await reader.readline() == text
    writer.close()


async def main():
    path = os.path.join(tempfile.mkdtemp(), "socket")
    tcp = await asyncio.start_server(echo, "127.0.0.1", 0)
    unix = await asyncio.start_unix_server(echo, path)
    port = tcp.sockets[0].getsockname()[1]
    await asyncio.gather(*(ask(asyncio.open_connection("127.0.0.1", port), b"%d\n" % n) for n in range(40)))
    await asyncio.gather(*(ask(asyncio.open_unix_connection(path), b"%d\n" % n) for n in range(40)))
    child = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    assert (await child.communicate())[0] == b"hello\n"
    rang = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, rang.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(rang.wait(), 60)
    assert await asyncio.to_thread(lambda: 7) == 7


asyncio.run(main())
