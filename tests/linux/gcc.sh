#!/bin/bash
# Claim   gcc compiles programs that run here: of one file, of several at once,
#         with threads, with a library of their own; and what is wrong is told.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit

cat >hello.c <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
	return printf("hello %s, %d\n", argv[1], argc) != 15;
}
END
cat >threads.c <<'END'
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
static atomic_int sum;
static void *add(void *n)
{
	for (int i = 0; i < 1000; i++)
		sum += (int)(long)n;
	return NULL;
}
int main(void)
{
	pthread_t t[4];
	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, add, (void *)i);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	return printf("%d\n", sum) != 5;
}
END
cat >Makefile <<'END'
parts := $(shell seq 8)
program: $(parts:%=part.%.o) main.o
	$(CC) -o $@ $^
part.%.c:
	echo 'int part_$*(void) { return $*; }' >$@
main.c:
	(for i in $(parts); do echo "int part_$$i(void);"; done; \
	echo 'int main(void) { return 0'; for i in $(parts); do echo "+ part_$$i()"; done; echo '; }') >$@
END

one() {
	run gcc -O2 -Wall -o hello hello.c && run ./hello there && says "hello there, 2"
}

static() {
	run gcc -static -o hello.static hello.c && run ./hello.static there && says "hello there, 2"
}

threads() {
	run gcc -O2 -pthread -o threads threads.c && run ./threads && says 6000
}

at_once() {
	run make -j4 program && { ./program; [ $? = 36 ]; }
}

library() {
	echo 'int seven(void) { return 7; }' >seven.c
	echo 'int seven(void); int main(void) { return seven(); }' >asks.c
	run gcc -shared -fPIC -o libseven.so seven.c && run gcc -o asks asks.c -L. -lseven -Wl,-rpath,"$PWD" &&
		{ ./asks; [ $? = 7 ]; }
}

wrong() {
	echo 'int main(void) { return nothing; }' >wrong.c
	! run gcc wrong.c && says "wrong.c:1:" && says undeclared
}

check "one file: compiled, linked, run" one
check "the same without shared libraries" static
check "a program with threads" threads
check "nine files by make -j4" at_once
check "a shared library and who uses it" library
check "an error has its place" wrong
cd / && rm -r "$folder"
done_testing
