/*
 * syscall/sys_keys.c - keys and keyrings: add_key(), request_key(), keyctl().
 */
#include "syscall/syscall.h"

#include "ipc/keys/keys.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"

/* ---- what programs hand in ---- */

/* A string that is too long is -EINVAL here. */
static int get_string(char *to, vaddr_t from, size_t size)
{
	long length = strncpy_from_user(to, from, size);

	return length == -ENAMETOOLONG ? -EINVAL : length < 0 ? (int)length : 0;
}

/* Of what kind, and which: in one piece of memory. */
struct key_name {
	char type[KEY_TYPE_MAX];
	char desc[KEY_DESC_MAX];
};

static int get_type(char *type, vaddr_t from)
{
	int err = get_string(type, from, KEY_TYPE_MAX);

	if (err == 0 && *type == '\0')
		err = -EINVAL;
	return err == 0 && *type == '.' ? -EPERM : err;
}

/* NULL, and *@err; or both names, to be freed. */
static struct key_name *get_name(vaddr_t type, vaddr_t desc, int *err)
{
	struct key_name *name = kzalloc(sizeof(*name));

	if (name == NULL) {
		*err = -ENOMEM;
		return NULL;
	}
	*err = get_type(name->type, type);
	if (*err == 0 && desc != 0)
		*err = get_string(name->desc, desc, KEY_DESC_MAX);
	if (*err == 0)
		return name;
	kfree(name);
	return NULL;
}

static int get_payload(void **data, vaddr_t from, size_t n)
{
	*data = NULL;
	if (n == 0)
		return 0;
	*data = kmalloc(n);
	if (*data == NULL)
		return -ENOMEM;
	if (copy_from_user(*data, from, n) == 0)
		return 0;
	kfree(*data);
	*data = NULL;
	return -EFAULT;
}

/* ---- the calls ---- */

/* LACKS add_key: of the types there are `keyring`, `user` and `logon`. */
SYSCALL_5(add_key, type, desc, payload, n, ring)
{
	struct key_name *name;
	void *data;
	long result;
	int err;

	if (n > KEY_PAYLOAD_MAX)
		return -EINVAL;
	name = get_name(type, desc, &err);
	if (name == NULL)
		return err;
	if (name->desc[0] == '.' && strncmp(name->type, "keyring", 7) == 0)
		result = -EPERM;
	else
		result = get_payload(&data, payload, n);
	if (result == 0)
		result = keys_add(name->type, name->desc, data, n, (int)ring);
	kfree(name);
	return result;
}

/* LACKS request_key: `/sbin/request-key` is not called: what is not found stays so. */
SYSCALL_4(request_key, type, desc, callout, to)
{
	struct key_name *name;
	char *info = NULL;
	long result;
	int err;

	name = get_name(type, desc, &err);
	if (name == NULL)
		return err;
	result = 0;
	if (callout != 0) {
		info = kmalloc(KEY_DESC_MAX);
		result = info == NULL ? -ENOMEM :
					get_string(info, callout, KEY_DESC_MAX);
	}
	if (result == 0)
		result = keys_request(name->type, name->desc, callout != 0, (int)to);
	kfree(info);
	kfree(name);
	return result;
}

/* ---- keyctl ---- */

enum {
	GET_KEYRING_ID,
	JOIN_SESSION_KEYRING,
	UPDATE,
	REVOKE,
	CHOWN,
	SETPERM,
	DESCRIBE,
	CLEAR,
	LINK,
	UNLINK,
	SEARCH,
	READ,
	INSTANTIATE,
	NEGATE,
	SET_REQKEY_KEYRING,
	SET_TIMEOUT,
	ASSUME_AUTHORITY,
	GET_SECURITY,
	REJECT = 19,
	INSTANTIATE_IOV = 20,
	INVALIDATE = 21,
};

static long join_session(vaddr_t from)
{
	char *name;
	long result;

	if (from == 0)
		return keys_join_session(NULL);
	name = kmalloc(KEY_DESC_MAX);
	if (name == NULL)
		return -ENOMEM;
	result = get_string(name, from, KEY_DESC_MAX);
	if (result == 0 && *name == '.')
		result = -EPERM;
	if (result == 0)
		result = keys_join_session(name);
	kfree(name);
	return result;
}

static long update(int id, vaddr_t from, size_t n)
{
	void *data;
	int err;

	if (n > PAGE_SIZE)
		return -EINVAL;
	err = get_payload(&data, from, n);
	return err != 0 ? err : keys_update(id, data, n);
}

static long search(int ring, vaddr_t type, vaddr_t desc, int to)
{
	struct key_name *name;
	long result;
	int err;

	name = get_name(type, desc, &err);
	if (name == NULL)
		return err;
	result = keys_search(ring, name->type, name->desc, to);
	kfree(name);
	return result;
}

/* All of it, or its length alone. */
static long put_all(long (*tell)(int id, char **text, size_t n), int id, vaddr_t to,
		    size_t n)
{
	char *text = NULL;
	long length = tell(id, &text, to != 0 ? n : 0);

	if (text != NULL && copy_to_user(to, text, (size_t)length) != 0)
		length = -EFAULT;
	kfree(text);
	return length;
}

/* No module has labelled it: an empty string. */
static long get_security(int id, vaddr_t to, size_t n)
{
	long err = keys_view(id);

	if (err == 0 && to != 0 && n > 0 && zero_user(to, 1) != 0)
		err = -EFAULT;
	return err != 0 ? err : 1;
}

/*
 * LACKS keyctl: what is about other programs that make keys (`INSTANTIATE`,
 * `NEGATE`, `ASSUME_AUTHORITY`) knows of none; `SESSION_TO_PARENT`,
 * `GET_PERSISTENT`, `RESTRICT_KEYRING`, `MOVE`, `CAPABILITIES`, `WATCH_KEY` and
 * what computes with keys are `EOPNOTSUPP`.
 */
SYSCALL_5(keyctl, operation, a, b, c, d)
{
	int id = (int)a;

	switch ((int)operation) {
	case GET_KEYRING_ID:
		return keys_ring_id(id, (int)b != 0);
	case JOIN_SESSION_KEYRING:
		return join_session(a);
	case UPDATE:
		return update(id, b, c);
	case REVOKE:
		return keys_revoke(id);
	case CHOWN:
		return keys_chown(id, (unsigned)b, (unsigned)c);
	case SETPERM:
		return keys_set_rights(id, (unsigned)b);
	case DESCRIBE:
		return put_all(keys_describe, id, b, c);
	case CLEAR:
		return keys_clear(id);
	case LINK:
		return keys_link(id, (int)b);
	case UNLINK:
		return keys_unlink(id, (int)b);
	case SEARCH:
		return search(id, b, c, (int)d);
	case READ:
		return put_all(keys_read, id, b, c);
	case INSTANTIATE:
	case NEGATE:
	case REJECT:
	case INSTANTIATE_IOV:
		return -EPERM;
	case SET_REQKEY_KEYRING:
		return keys_set_default(id);
	case SET_TIMEOUT:
		return keys_set_timeout(id, (unsigned)b);
	case ASSUME_AUTHORITY:
		return id == 0 ? 0 : id < 0 ? -EINVAL : -ENOKEY;
	case GET_SECURITY:
		return get_security(id, b, c);
	case INVALIDATE:
		return keys_invalidate(id);
	}
	return -EOPNOTSUPP;
}
