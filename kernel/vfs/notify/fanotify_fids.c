/*
 * vfs/notify/fanotify_fids.c - what a group reads in place of a descriptor:
 * records with handles and names.
 *
 *	FAN_REPORT_FID		the inode; of a name that came or went, the directory
 *	FAN_REPORT_DIR_FID	the directory in which it has its name, or is
 *	FAN_REPORT_NAME		with that name, "." is its own
 *	FAN_REPORT_TARGET_FID	the inode that had the name, too
 *
 * They are made when it happens, and need nothing of the inode later.
 */
#include "vfs/notify/fanotify_internal.h"

#include "lib/string.h"
#include "mm/uaccess.h"

/* Of a record. */
#define INFO_FID 1
#define INFO_DFID_NAME 2
#define INFO_DFID 3
#define INFO_OLD_DFID_NAME 10
#define INFO_NEW_DFID_NAME 12

/* One record as programs read it; the name follows, with at least one zero. */
struct user_info {
	uint8_t type, reserved;
	uint16_t len;
	uint32_t fsid[2];
	struct inode_handle handle;
};

_Static_assert(sizeof(struct user_info) == 32, "Linux's layout");

#define INFO_ALIGN 4U

/* ---- when it happens ---- */

static bool is_of_name(uint32_t mask)
{
	return mask & FAN_DIRENT_EVENTS;
}

static struct inode *object_of(const struct fanotify *g, const struct happening *h)
{
	return is_of_name(h->event) && !(g->flags & FAN_REPORT_TARGET_FID) ?
		       h->dir : h->inode;
}

static struct inode *dir_of(const struct happening *h)
{
	return !is_of_name(h->event) && h->is_dir ? h->inode : h->dir;
}

/* Beside the directory. */
static bool tells_object(const struct fanotify *g, const struct happening *h)
{
	return is_of_name(h->event) ? g->flags & FAN_REPORT_TARGET_FID :
				      (g->flags & FAN_REPORT_FID) && !h->is_dir;
}

static bool tells_name(const struct fanotify *g, const struct happening *h)
{
	return (g->flags & FAN_REPORT_NAME) && (is_of_name(h->event) || !h->is_dir);
}

/* Of two directories those in which it was watched. */
static void get_renamed(const struct fanotify *g, const struct happening *h,
			struct fanotify_fids *fids) REQUIRES(notify_lock)
{
	if (!g->has_old) {
		fids->dir = (struct inode_handle){ 0 };
		fids->name = (struct name){ 0 };
	}
	if (g->has_new) {
		fids->new_dir = inode_handle(h->to->dir);
		fids->new_name = h->to->name;
	}
}

bool fanotify_fids_get(const struct fanotify *g, const struct happening *h,
		       struct fanotify_fids *fids)
{
	struct inode *object = object_of(g, h), *dir = dir_of(h);

	*fids = (struct fanotify_fids){ .dev = h->inode->fs->dev };
	if (!(g->flags & FAN_REPORT_DIR_FID) || dir == NULL) {
		fids->object = inode_handle(object);
		return g->flags & FAN_REPORT_FID;
	}
	if (tells_name(g, h))
		fids->name = h->name;
	if (tells_object(g, h) && object != dir)
		fids->object = inode_handle(object);
	if (fids->name.text != NULL || fids->object.bytes != 0)
		fids->dir = inode_handle(dir);
	else /* which alone is the object */
		fids->object = inode_handle(dir);
	if (h->to != NULL)
		get_renamed(g, h, fids);
	return true;
}

/* ---- a copy ---- */

size_t fanotify_fids_room(const struct fanotify_fids *fids)
{
	return sizeof(*fids) + fids->name.len + fids->new_name.len;
}

static char *copy_name(char *to, struct name *name)
{
	if (name->text == NULL)
		return to;
	memcpy(to, name->text, name->len);
	name->text = to;
	return to + name->len;
}

void fanotify_fids_copy(struct fanotify_fids *to, const struct fanotify_fids *from)
{
	char *names = (char *)(to + 1);

	*to = *from;
	names = copy_name(names, &to->name);
	(void)copy_name(names, &to->new_name);
}

static bool name_same(const struct name *a, const struct name *b)
{
	return a->len == b->len && (a->text == NULL) == (b->text == NULL) &&
	       (a->text == NULL || memcmp(a->text, b->text, a->len) == 0);
}

static bool handle_same(const struct inode_handle *a, const struct inode_handle *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool fanotify_fids_same(const struct fanotify_fids *a, const struct fanotify_fids *b)
{
	return a->dev == b->dev && handle_same(&a->object, &b->object) &&
	       handle_same(&a->dir, &b->dir) &&
	       handle_same(&a->new_dir, &b->new_dir) &&
	       name_same(&a->name, &b->name) &&
	       name_same(&a->new_name, &b->new_name);
}

/* ---- as it is read ---- */

struct record {
	uint8_t type;
	const struct inode_handle *handle;
	struct name name;
};

#define MOST_RECORDS 3

static struct record object_record(const struct fanotify *g, uint32_t mask,
				   const struct fanotify_fids *fids, bool alone)
{
	struct record r = { .type = INFO_FID, .handle = &fids->object };

	if (!alone || (g->flags & FAN_FID_BITS) == FAN_REPORT_FID)
		return r;
	if ((g->flags & FAN_REPORT_NAME) && (mask & FAN_ONDIR)) {
		r.type = INFO_DFID_NAME;
		r.name = (struct name){ ".", 1 };
	} else if (mask & (FAN_DIRENT_EVENTS | FAN_ONDIR)) {
		r.type = INFO_DFID;
	}
	return r;
}

static unsigned records_of(const struct fanotify *g, uint32_t mask,
			   const struct fanotify_fids *fids, struct record *r)
{
	unsigned n = 0;

	if (fids->dir.bytes != 0)
		r[n++] = (struct record){
			.type = mask & FAN_RENAME ? INFO_OLD_DFID_NAME :
				fids->name.text != NULL ? INFO_DFID_NAME :
							  INFO_DFID,
			.handle = &fids->dir,
			.name = fids->name,
		};
	if (fids->new_dir.bytes != 0)
		r[n++] = (struct record){ INFO_NEW_DFID_NAME, &fids->new_dir,
					  fids->new_name };
	if (fids->object.bytes != 0) {
		r[n] = object_record(g, mask, fids, n == 0);
		n++;
	}
	return n;
}

static size_t record_len(const struct record *r)
{
	return sizeof(struct user_info) +
	       (r->name.text != NULL ? align_up(r->name.len + 1, INFO_ALIGN) : 0);
}

size_t fanotify_fids_len(const struct fanotify *g, uint32_t mask,
			 const struct fanotify_fids *fids)
{
	struct record records[MOST_RECORDS];
	unsigned n = records_of(g, mask, fids, records);
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += record_len(&records[i]);
	return len;
}

static int put_name(vaddr_t to, const struct name *name, size_t room)
{
	static const char zeros[INFO_ALIGN];
	int err = copy_to_user(to, name->text, name->len);

	return err != 0 ? err :
			  copy_to_user(to + name->len, zeros, room - name->len);
}

static int put_record(vaddr_t to, const struct record *r, unsigned dev)
{
	const struct user_info info = {
		.type = r->type,
		.len = (uint16_t)record_len(r),
		.fsid = { dev, 0 },
		.handle = *r->handle,
	};
	int err = copy_to_user(to, &info, sizeof(info));

	return err != 0 || r->name.text == NULL ?
		       err : put_name(to + sizeof(info), &r->name,
				      info.len - sizeof(info));
}

int fanotify_fids_put(const struct fanotify *g, uint32_t mask,
		      const struct fanotify_fids *fids, vaddr_t to)
{
	struct record records[MOST_RECORDS];
	unsigned n = records_of(g, mask, fids, records);
	int err = 0;

	for (unsigned i = 0; i < n && err == 0; i++) {
		err = put_record(to, &records[i], fids->dev);
		to += record_len(&records[i]);
	}
	return err;
}
