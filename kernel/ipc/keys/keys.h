#pragma once

/*
 * ipc/keys/keys.h - what programs keep in the kernel for themselves: keys, in
 * keyrings.  keyrings(7) has the rules.
 *
 * Calls name a key by its serial number, or one of their own keyrings by a
 * number below 0.  Each is the running thread's call, and answers a serial
 * number, a length or 0; or -errno, as Linux has them.  All of them sleep.
 */

#include "lib/types.h"

/* Limits of what a user, or root, may have.  (a) /proc/sys/kernel/keys */
extern uint32_t keys_max, keys_max_bytes, keys_root_max, keys_root_max_bytes;

#define KEY_TYPE_MAX 32    /* with the NUL, as all here */
#define KEY_DESC_MAX 4096
#define KEY_PAYLOAD_MAX (1024U * 1024 - 1)

void keys_init(void); /* boot */

/* @data was allocated, and is taken over, or freed. */
long keys_add(const char *type, const char *desc, void *data, size_t n, int ring);
long keys_update(int id, void *data, size_t n);
/* @construct: what is not found is made, without a value. */
long keys_request(const char *type, const char *desc, bool construct, int to);
long keys_search(int ring, const char *type, const char *desc, int to);

/* @name NULL: one without a name. */
long keys_join_session(const char *name);
long keys_ring_id(int id, bool create);
long keys_set_default(int which);

long keys_link(int id, int ring);
long keys_unlink(int id, int ring);
long keys_clear(int ring);
long keys_revoke(int id);
long keys_invalidate(int id);
long keys_set_timeout(int id, unsigned seconds);
long keys_chown(int id, unsigned uid, unsigned gid);
long keys_set_rights(int id, unsigned rights);

/* The length of what there is to tell, and *@text is all of it if it is at most
 * @n, to be freed; else NULL. */
long keys_describe(int id, char **text, size_t n);
long keys_read(int id, char **text, size_t n);
/* 0: the key is there and may be looked at. */
long keys_view(int id);
