#!/usr/bin/env python3
"""Does the checker of lock contracts notice a lock that is not taken?

    drop_locks.py [--all] CLANG FLAG...

Takes a lock and what gives it back out of one function, as a careless change
would, and has clang look at the file: it must object.  One function for each
lock that guards fields (SAMPLE), or with --all each function of kernel/ that
takes one itself; then what clang let pass is listed and nothing fails, for
not every lock guards a field.
"""
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent

SAMPLE = """
    kernel/debug/log.c log_clear
    kernel/dev/uart.c uart_read
    kernel/fs/ext2/node.c ext2_node_begin
    kernel/fs/proc/maps.c procfs_write_vmas
    kernel/fs/proc/procfs.c text_file_read
    kernel/fs/tmp/handle.c tmpfs_find
    kernel/ipc/eventfd.c add
    kernel/ipc/futex/futex.c futex_wake
    kernel/ipc/futex/pi.c futex_pi_priority_changed
    kernel/ipc/mqueue/notify.c mqueue_forget
    kernel/ipc/pipe/pipe.c pipe_release
    kernel/ipc/sysv/msg.c msg_send
    kernel/ipc/sysv/object.c sysv_next
    kernel/ipc/sysv/sem_undo.c find
    kernel/ipc/timerfd.c timerfd_clock_was_set
    kernel/ipc/timerfd.c timerfd_set
    kernel/mm/fault.c reuse_cow
    kernel/mm/fault_stack.c grow_stack
    kernel/mm/frames.c blocks_give
    kernel/mm/pagecache.c pagecache_truncate
    kernel/mm/slab.c magazine_fill
    kernel/mm/store.c take_dirty
    kernel/mm/store_list.c next_of_all
    kernel/mm/unmap.c mm_zap_pagecache
    kernel/net/census.c census_enter
    kernel/net/ioctl.c next_bytes
    kernel/net/netlink/port.c netlink_find
    kernel/proc/sched/runq.c runq_pop
    kernel/proc/signal/core.c core_pattern_get
    kernel/proc/signal/async_owner.c async_owner
    kernel/proc/signal/deliver.c take_next
    kernel/proc/signal/send.c signal_fault
    kernel/proc/task/exit.c exec_become_only_thread
    kernel/proc/task/hostname.c own_name_set
    kernel/proc/task/pgroup.c head_leaves_shared
    kernel/proc/task/random.c seed
    kernel/proc/time/adjust.c clock_adjust
    kernel/proc/time/cpuclock.c take_due
    kernel/proc/task/wait.c look
    kernel/proc/time/itimer.c posix_timer_set
    kernel/proc/time/timer.c timer_start
    kernel/syscall/sys_file_rw.c move_at_pos
    kernel/syscall/sys_file_rw.c move_in_turn
    kernel/tty/devpts.c devpts_add
    kernel/tty/job.c set_foreground
    kernel/vfs/attr.c owner_locked
    kernel/vfs/fd/change.c fd_close
    kernel/vfs/filelock.c unlock_all
    kernel/vfs/fs_context.c vfs_getcwd
    kernel/vfs/lease.c give_up
    kernel/vfs/notify/notify.c end_some
    kernel/vfs/notify/notify.c end_marks
    kernel/vfs/notify/fanotify_mark.c fanotify_mark_add
    kernel/vfs/notify/fanotify_mark.c fanotify_drop_marks
    kernel/vfs/open.c open_fifo
    kernel/vfs/user.c user_find
    kernel/vfs/xattr.c inode_get_xattr
"""

FUNCTION = re.compile(r"^(?![\s#/}])[^;{}]*?(\w+)\([^;{}]*\)[^;{}]*\n\{\n.*?^\}", re.M | re.S)
TAKE = re.compile(r"\b(spin_lock|spin_lock_irqsave|mutex_lock|rwsem_lock|rwsem_lock_shared|"
                  r"map_lock|map_lock_shared|names_lock|names_lock_shared|tree_lock|tree_lock_shared)\((.*?)\);")
GIVE = {"spin_lock_irqsave": "spin_unlock_irqrestore"}

Drop = collections.namedtuple("Drop", "file function lock text")


def without(body, take):
    """@body without the lock that @take matched; None if it is not given back."""
    name, lock = take[1], take[2]
    give = GIVE.get(name, name.replace("lock", "unlock", 1))
    instead = "irq_save()" if name.endswith("irqsave") else "(void)0"
    rest = body[:take.start()] + instead + ";" + body[take.end():]
    given = rf"\b{give}\({re.escape(lock)}(?:, (\w+))?\);"
    rest, n = re.subn(given, lambda g: f"irq_restore({g[1]});" if g[1] else "(void)0;", rest)
    return rest if n else None


def drops(file):
    text = (TOP / file).read_text()
    for function in FUNCTION.finditer(text):
        for take in TAKE.finditer(function[0]):
            body = without(function[0], take)
            if body is not None:
                yield Drop(file, function[1], take[2] or take[1],
                           text[:function.start()] + body + text[function.end():])


def is_noticed(compiler, drop):
    done = subprocess.run([*compiler, "-x", "c", "-"], cwd=TOP, input=drop.text, text=True,
                          capture_output=True)
    return done.returncode != 0 and "-Wthread-safety" in done.stderr


def judged(files, compiler, is_wanted):
    """[(Drop, was it noticed?)]"""
    chosen = [d for file in files for d in drops(file) if is_wanted(d)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(zip(chosen, pool.map(lambda d: is_noticed(compiler, d), chosen)))


def sources():
    return sorted(str(path.relative_to(TOP)) for path in (TOP / "kernel").rglob("*.c")
                  if path.parent.name != "sync" and path.name != "offsets.c")


def survey(compiler):
    result = judged(sources(), compiler, lambda drop: True)
    for drop, noticed in result:
        if not noticed:
            print(f"let pass: {drop.file}: {drop.function}(): {drop.lock}")
    print(f"{sum(noticed for _, noticed in result)} of {len(result)} noticed")


def check(compiler):
    rows = {tuple(row.split()) for row in SAMPLE.strip().splitlines()}
    result = judged(sorted({file for file, _ in rows}), compiler,
                    lambda drop: (drop.file, drop.function) in rows)
    problems = [f"{drop.file}: {drop.function}() without {drop.lock}: nobody objects"
                for drop, noticed in result if not noticed]
    problems += [f"{file}: {function}() takes no lock that could be dropped"
                 for file, function in sorted(rows - {drop[:2] for drop, _ in result})]
    return problems


def main():
    if sys.argv[1:2] == ["--all"]:
        survey(sys.argv[2:])
        return 0
    problems = check(sys.argv[1:])
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
