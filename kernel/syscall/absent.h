#pragma once

/*
 * syscall/absent.h - the program needs a call that Linux has and drover lacks.
 * Lab build only.
 *
 * What it does then is often far from the call: it tries something else, or
 * says that it "cannot" without saying what.  So the first program that makes
 * one is named on the console, with the call's number and Linux's name.
 */

/* Call number @nr has just answered ENOSYS.  Says so once for each of Linux's
 * numbers, whoever it was; of others, and where drover has the call, nothing.
 * So no user can fill the console.  Context: a system call, no lock. */
void absent_call(unsigned long nr);
