"""multiprocessing by fork and by spawn: pools, queues, locks, shared values."""
import multiprocessing


def square(number):
    return number * number


def count(value, times):
    for _ in range(times):
        with value.get_lock():
            value.value += 1


def add(numbers, sums):
    sums.put(sum(iter(numbers.get, None)))


def try_all(context):
    with context.Pool(4) as pool:
        assert pool.map(square, range(200)) == [n * n for n in range(200)]
    value = context.Value("i", 0)
    counters = [context.Process(target=count, args=(value, 200)) for _ in range(4)]
    numbers, sums = context.Queue(), context.Queue()
    adder = context.Process(target=add, args=(numbers, sums))
    for process in (*counters, adder):
        process.start()
    for number in (*range(300), None):
        numbers.put(number)
    assert sums.get(timeout=120) == 44850
    for process in (*counters, adder):
        process.join()
        assert process.exitcode == 0
    assert value.value == 800


if __name__ == "__main__":
    try_all(multiprocessing.get_context("fork"))
    try_all(multiprocessing.get_context("spawn"))
