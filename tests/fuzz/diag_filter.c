/* sources: net/inet/diag_filter.c */
/*
 * The filter of who asks for sockets, a program: one that may be run reads nothing
 * beside it, and comes to an end.  The first bytes are a socket that it looks at.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "arch/hart.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "net/inet/diag_filter.h"
#include "vfs/cred.h"

static struct cred cred;
static struct arch_thread thread = { .cred = &cred };
static struct hart hart = { .current = &thread };

struct hart *hart_self(void)
{
	return &hart;
}

bool ip_is_v4(const struct ip *ip)
{
	return ip->byte[V4_AT - 1] == 0xff;
}

/* The rest, where an access beside it is noticed; its owner's to free. */
static void *program_of(const uint8_t *data, size_t size)
{
	void *program = malloc(size);

	memcpy(program, data, size);
	return program;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag_subject s;
	void *program;
	long allocated = fuzz_allocated;
	bool passes;
	int err;

	if (size < sizeof(s) + 1)
		return 0;
	memcpy(&s.local, data, sizeof(s.local));
	memcpy(&s.remote, data + sizeof(s.local), sizeof(s.remote));
	s.port_is_chosen = data[sizeof(s)] & 1;
	s.family = data[sizeof(s)] & 2 ? AF_INET : AF_INET6;
	cred.caps.effective = data[sizeof(s)] & 4 ? ~0UL : 0;
	data += sizeof(s) + 1;
	size -= sizeof(s) + 1;

	program = program_of(data, size);
	err = diag_filter_check(program, size);
	fuzz_check(err == 0 || err == -EINVAL || err == -EPERM);
	if (err == 0) {
		passes = diag_filter_passes(program, size, &s);
		fuzz_check(diag_filter_passes(program, size, &s) == passes);
	}
	fuzz_check(fuzz_allocated == allocated);
	free(program);
	return 0;
}
