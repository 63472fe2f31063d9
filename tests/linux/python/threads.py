"""Threads: locks, queues, conditions, a pool."""
import concurrent.futures
import queue
import threading

total, lock, numbers = 0, threading.Lock(), queue.Queue(8)


def add():
    global total
    for number in iter(numbers.get, None):
        with lock:
            total += number


workers = [threading.Thread(target=add) for _ in range(4)]
for worker in workers:
    worker.start()
for number in range(2000):
    numbers.put(number)
for _ in workers:
    numbers.put(None)
for worker in workers:
    worker.join()
assert total == 1999000

barrier = threading.Barrier(4)
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    assert sorted(pool.map(lambda _: barrier.wait(60), range(4))) == [0, 1, 2, 3]
assert not threading.Event().wait(0.05)
