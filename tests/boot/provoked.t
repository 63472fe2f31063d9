#!/usr/bin/env python3
"""
Claim   Each check of the lab build can fail: the mistake that it is for, made
        on purpose (kernel/debug/provoke.h), is a panic that says what it is.
"""
import pathlib
import re
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

MISTAKES = {
    "hang": r"hart \d+ has taken no interrupt while hart \d+ looked 10 times",
    "deadlock": r"deadlock: hart \d waits for WAITQ \S+ held by hart \d, which waits for WAITQ",
    "spin-circle": r"deadlock: hart \d waits for (WAITQ \S+ held by hart \d, which waits for )?"
                   r"READ_ONCE\(given\) in wait_with_lock from hart \d",
    "lost-wakeup": r"lost wake-up: thread \d+ \(sh\) sleeps in lose_wakeup although READ_ONCE\(arrived\)",
    "unkillable": r"unkillable: thread \d+ \(sh\) has to die, and has slept in sleep_too_deep for \d+ rounds",
    "rcu-sleep": r"rcu: who reads in sleep_and_read sleeps, or returns to the user",
    "rcu-free": r"rcu: an object of cache thread is freed without a grace period",
    "rcu-early": r"rcu: \S+ is freed while hart \d reads in free_below_reader, since before it was given up",
    "rcu-stall": r"rcu: a grace period awaits hart \d, which has looked \d+ times and not come by",
    "keep-lock": r"a lock is held on the way to user mode",
    "two-harts": r"thread \d+ \(sh\) runs on harts \d and \d",
    "dead-root": r"satp holds page \S+, which is no page table any more",
    "stack-low": r"assertion failed: kstack_is_own",
    "write-page": r"page \S+ was written after it was freed \(at \+0x10: ",
    "write-object": r"object \S+ of cache kmalloc-128 was written after it was freed",
    "unset": r"unset are an object (db){8}, a page (db){8}, a variable (fe){8}",
    "retry": r"200000 turns of a loop that tries again, without progress",
    "attempt": r"200000 turns of an attempt that waits for what is true already, without progress",
    "lock-circle": r"lock order: taking PROC_TREE \S+ closes a circle, for ATTR is held"
                   r"[\s\S]*seen before it:\n.*PROC_TREE, then ATTR,\n",
    "lock-pair": r"lock order: taking FUTEX \S+ after the one at the higher address",
    "lock-twice": r"lock order: taking PROC_TREE \S+ a second time",
    "lock-interrupt": r"lock order: taking PROC_TREE \S+: PROC_TREE is taken with interrupts on, "
                      r"and an interrupt waits for it",
    "lock-kept": r"an interrupt leaves a lock held",
    "lock-flush": r"lock order: taking FUTEX \S+: FUTEX is awaited with interrupts off, "
                  r"and held over a shootdown",
    "lock-sleep": r"sleeping while a spinlock is held: PROC_TREE",
    "lock-memory": r"lock order: taking SLAB 0x0 after one that stands below it",
}

# What /bin/deaf waits for, and does not hear of.
DEAF = {
    "queue": r"pipe_wait_for_bytes although !pipe_read_would_wait\(p\)",
    "exec": r"exec_become_only_thread although READ_ONCE\(p->nr_threads\) == 1",
    "wait4": r"wait_for although a child is to be told of",
    "poll": r"poll_wait although one of its files called",
    "vfork": r"vfork_wait although its child gave the memory back",
    "stop": r"signal_stop_here although its process goes on",
    "futex": r"futex_wait although it was taken off the queue",
    "time": r"sleep_until although its time is up",
    "sigwait": r"signal_wait although a signal is pending",
    "sigsuspend": r"signal_suspend although a signal is pending",
    "mutex": r"mutex_lock although it is free",
    "rwsem": r"rwsem_lock\w* although it is free",
}


def panics(cmd, says, what):
    status, output = guest.run(guest.Machine(smp=4, cmd=cmd))
    tap.ok(status == 99 and re.search("PANIC on hart .*" + says, output), what,
           f"{output}\nstatus {status}")
    return output


for name, says in MISTAKES.items():
    panics(f"sh -c 'echo {name} >/proc/drover/provoke'", says, name)

status, output = guest.run(guest.Machine(
    smp=1, cmd="sh -c 'sleep 1 & echo starve >/proc/drover/provoke'"))
tap.ok(status == 99 and re.search(r"PANIC on hart 0: .*starved: thread \d+ \(\w+\) is ready, and hart 0 has looked "
                                  r"\d+ times and not run it\n(?:.*\n)+?.*from \w+ (?:starve|provoke)\b", output),
       "starve", f"{output}\nstatus {status}")

# No panic: who runs programs finds it, by name, and nothing in one that is right.
PROGRAMS = {
    "leaky": r"#!/bin/sh\necho leak >/proc/drover/provoke\necho 1..1\necho ok 1\n",
    "right": r"#!/bin/sh\necho 1..1\necho ok 1\n",
}
script = "cd /tests/abi; " + "".join(f"printf '{text}' >{name}; chmod 755 {name}; "
                                     for name, text in PROGRAMS.items())
status, output = guest.run(guest.Machine(
    smp=4, cmd=shlex.join(["sh", "-c", script + "exec run-tests abi leaky right"])))
tap.ok(re.search(r"^not ok 1 - leaky: leaked objects from 1 place\n"
                 r"#   leaked: 1 of kmalloc-96 from forget_object\+0x", output, re.M), "leak", output)
tap.ok(re.search(r"^ok 2 - right", output, re.M), "no leak: nothing is said", output)

for name, says in DEAF.items():
    output = panics(f"/bin/deaf {name}",
                    r"lost wake-up: thread \d+ \(deaf\) sleeps in " + says, f"deaf {name}")
    # Who was poked has accused himself, and runs.
    tap.ok(re.search(r"thread \d+ \(deaf\) of \d+, child of \d+: (asleep for \d+ rounds in .*; awaits|runs on) ",
                     output), f"deaf {name}: the report says who waits for what", output)

tap.end()
