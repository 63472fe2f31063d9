#pragma once

/*
 * proc/task/session.h - the calls of job control: setpgid(), setsid() and
 * what they have made of a process.  All return -errno on failure; 0 names
 * the running process, other numbers may be of any thread of one.
 */

int proc_get_group(int pid);
int proc_get_session(int pid);
/* Put @pid, the running process or a child of it that has not called exec,
 * into group @pgid (0: one of its own) of the same session. */
int proc_set_group(int pid, int pgid);
/* A new session and group, led by the running process: their number. */
int proc_new_session(void);
