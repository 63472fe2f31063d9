/*
 * vfs/fs_setup.c - see fs_setup.h.
 *
 * To make a file system names are walked, and read from a disk: too much to be
 * done under a lock of the file's own.  So whoever begins with something says
 * so, and whoever comes meanwhile is told -EBUSY; what belongs to the phase is
 * his alone until he has ended it.
 */
#include "vfs/fs_setup.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/mount_internal.h"

enum phase {
	SAYING,  /* words are taken */
	MADE,    /* and not mounted yet */
	PICKED,  /* or mounted: it is there, what is said changes it */
	AT_WORK, /* of somebody */
	FAILED,
};

/*
 *	(c)	constant
 *	(w)	of who has made the phase AT_WORK
 */
struct fs_setup {
	struct LOCK_OF(mutex, setup) lock; /* RANK_MISC_SLEEP */
	enum phase phase GUARDED_BY(C_setup);
	char *type;            /* (c) kfree'd; of a new one */
	char *source;          /* (w) kfree'd; NULL: nothing was said */
	char *options;         /* (w) a page, "name=value,..." */
	bool says_readonly, readonly; /* (w) */
	struct filesystem *fs; /* (w) a sight: what was made, or picked */
};

static const struct file_ops setup_ops;

static struct fs_setup *setup_of(struct file *f)
{
	return f->ops == &setup_ops ? f->data : NULL;
}

/* ---- one at a time ---- */

/* 0, and the phase that it was; -EBUSY if that is not among @phases. */
static int begin(struct fs_setup *s, unsigned phases, enum phase *was)
{
	int err = -EBUSY;

	mutex_lock(&s->lock);
	*was = s->phase;
	if (phases & (1U << *was)) {
		s->phase = AT_WORK;
		err = 0;
	}
	mutex_unlock(&s->lock);
	return err;
}

static void end(struct fs_setup *s, enum phase phase)
{
	mutex_lock(&s->lock);
	s->phase = phase;
	mutex_unlock(&s->lock);
}

/* ---- words ---- */

/* Those that are of every file system.  True: @key is one. */
static bool say_of_all(struct fs_setup *s, const char *key)
{
	/* What is written through at once, or not, is all the same in memory,
	 * and the file's own business on a disk. */
	static const char *const others[] = {
		"async", "dirsync", "lazytime", "mand", "nolazytime", "nomand", "sync",
	};

	if (strcmp(key, "ro") == 0 || strcmp(key, "rw") == 0) {
		s->says_readonly = true;
		s->readonly = key[1] == 'o';
		return true;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(key, others[i]) == 0)
			return true;
	return false;
}

static int say_source(struct fs_setup *s, const char *value)
{
	if (value == NULL || s->source != NULL)
		return -EINVAL;
	s->source = kstrdup(value);
	return s->source != NULL ? 0 : -ENOMEM;
}

/* One more option, which the file system looks at when it is made or changed; a
 * comma would make two of it. */
static int say_option(struct fs_setup *s, const char *key, const char *value)
{
	size_t used = strlen(s->options), more = strlen(key) + 2;

	if (*key == '\0' || strchr(key, ',') != NULL ||
	    (value != NULL && strchr(value, ',') != NULL))
		return -EINVAL;
	if (value != NULL)
		more += strlen(value) + 1;
	if (used + more > PAGE_SIZE)
		return -EINVAL;
	if (used != 0)
		strlcpy(s->options + used++, ",", 2);
	strlcpy(s->options + used, key, PAGE_SIZE - used);
	if (value != NULL) {
		used += strlen(key);
		strlcpy(s->options + used++, "=", 2);
		strlcpy(s->options + used, value, PAGE_SIZE - used);
	}
	return 0;
}

int fs_setup_say(struct file *f, const char *key, const char *value)
{
	struct fs_setup *s = setup_of(f);
	enum phase was;
	int err = s == NULL ? -EINVAL : begin(s, 1U << SAYING | 1U << PICKED, &was);

	if (err != 0)
		return err;
	if (strcmp(key, "source") == 0)
		err = say_source(s, value);
	else if (!say_of_all(s, key))
		err = say_option(s, key, value);
	end(s, was);
	return err;
}

/* ---- making, changing, mounting ---- */

static void forget_words(struct fs_setup *s)
{
	*s->options = '\0';
	s->says_readonly = false;
}

static int make(struct fs_setup *s, bool exclusively)
{
	bool readonly = s->says_readonly && s->readonly;
	int err;

	err = filesystem_make(s->type, s->source, readonly, s->options, &s->fs);
	if (err == 0 && exclusively && !filesystem_is_seen_once(s->fs))
		err = -EBUSY;
	/* A file system that others see, too, is as it is. */
	if (err == 0 && readonly && s->fs->ops->shut != NULL)
		err = filesystem_change(s->fs, NULL, true, true);
	return err;
}

int fs_setup_make(struct file *f, bool exclusively)
{
	struct fs_setup *s = setup_of(f);
	enum phase was;
	int err = s == NULL ? -EINVAL : begin(s, 1U << SAYING, &was);

	if (err != 0)
		return err;
	err = make(s, exclusively);
	end(s, err == 0 ? MADE : FAILED);
	return err;
}

int fs_setup_change(struct file *f)
{
	struct fs_setup *s = setup_of(f);
	enum phase was;
	int err = s == NULL ? -EINVAL : begin(s, 1U << PICKED, &was);

	if (err != 0)
		return err;
	err = filesystem_change(s->fs, *s->options != '\0' ? s->options : NULL,
				s->says_readonly, s->readonly);
	forget_words(s);
	end(s, err == 0 ? PICKED : FAILED);
	return err;
}

static int mount(struct fs_setup *s, unsigned flags, struct file **out)
{
	struct mount *m;

	filesystem_get(s->fs);
	m = mount_create(s->fs, s->fs->root, s->source != NULL ? s->source : "none",
			 NULL, flags);
	return m == NULL ? -ENOMEM : mount_file(m, out);
}

int fs_setup_mount(struct file *f, unsigned flags, struct file **out)
{
	struct fs_setup *s = setup_of(f);
	enum phase was;
	int err = s == NULL ? -EINVAL : begin(s, 1U << MADE, &was);

	if (err != 0)
		return s == NULL || was == SAYING || was == FAILED ? -EINVAL : err;
	err = mount(s, flags, out);
	if (err == 0)
		forget_words(s);
	end(s, err == 0 ? PICKED : was);
	return err;
}

/* ---- the open file ---- */

/* What there would be to tell of an error is in no words. */
static ssize_t setup_read(struct file *f UNUSED, vaddr_t buf UNUSED,
			  size_t n UNUSED, uint64_t *pos UNUSED)
{
	return -ENODATA;
}

static void destroy(struct fs_setup *s)
{
	if (s->fs != NULL)
		filesystem_put(s->fs);
	kfree(s->options);
	kfree(s->source);
	kfree(s->type);
	kfree(s);
}

static void setup_release(struct file *f)
{
	destroy(f->data);
}

static const struct file_ops setup_ops = {
	.read = setup_read,
	.release = setup_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[fscontext]",
};

static int create(const char *type, struct filesystem *fs, struct file **out)
{
	struct fs_setup *s = kzalloc(sizeof(*s));
	int err = -ENOMEM;

	if (s == NULL)
		return err;
	mutex_init(&s->lock, RANK_MISC_SLEEP);
	s->type = kstrdup(type);
	s->options = kzalloc(PAGE_SIZE);
	if (s->type != NULL && s->options != NULL)
		err = file_create(out, &setup_ops, FMODE_READ | FMODE_WRITE, O_RDWR, s);
	if (err != 0) {
		destroy(s);
		return err;
	}
	is_private(setup);
	s->phase = fs != NULL ? PICKED : SAYING;
	if (fs != NULL)
		filesystem_get(fs);
	s->fs = fs;
	return 0;
}

int fs_setup_new(const char *type, struct file **out)
{
	return filesystem_is_known(type) ? create(type, NULL, out) : -ENODEV;
}

int fs_setup_pick(const struct path *at, struct file **out)
{
	if (at->mount == NULL || at->inode != at->mount->root)
		return -EINVAL;
	return create(at->mount->fs->type, at->mount->fs, out);
}
