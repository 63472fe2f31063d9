/*
 * fs/ext2/dir.c - entries of a directory.
 *
 * A directory is a file of entries, each with its distance to the next one, that
 * fill its blocks exactly.  An entry that is taken out becomes room of the one
 * before it, or, as the first of its block, one of no inode.  All of it is
 * looked at with distrust: an entry is used only if it and what it says of the
 * next one are within the block.
 *
 * An index (dir_index) is not kept: a directory that is changed has none
 * afterwards, which its flag says.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sync/block.h"

/* An entry, and where it is. */
struct place {
	struct ext2_block b;
	uint64_t index; /* of the block, in the directory */
	struct ext2_dirent *entry;
	struct ext2_dirent *before; /* in the same block, or NULL */
};

static uint64_t blocks_of(const struct ext2_node *dir)
{
	return dir->size >> dir->ext2->block_shift;
}

/* Block @index of @dir; there are no holes. */
static int get_block(struct ext2_node *dir, uint64_t index, struct ext2_block *b)
{
	uint32_t nr;
	int err = ext2_map(dir, index, &nr);

	b->page = NULL;
	if (err != 0)
		return err;
	if (nr == 0)
		return ext2_wrong(dir->ext2, "directory %lu has a hole",
				  dir->inode.ino);
	return ext2_block_get(dir->ext2, nr, b);
}

/* The one at @at in @b, of which @room bytes are left; NULL: it is none. */
static struct ext2_dirent *entry_at(const struct ext2_node *dir,
				    const struct ext2_block *b, unsigned at)
{
	struct ext2_dirent *e = (struct ext2_dirent *)(b->data + at);
	unsigned room = dir->ext2->block_size - at;

	if (room < EXT2_DIRENT_HEADER || e->size % 4 != 0 || e->size > room ||
	    e->size < ext2_dirent_size(e->name_len) || e->size < 12 ||
	    e->ino > dir->ext2->inodes) {
		(void)ext2_wrong(dir->ext2, "directory %lu has a wrong entry at %u of block %u",
				 dir->inode.ino, at, b->nr);
		return NULL;
	}
	return e;
}

static bool is_named(const struct ext2_dirent *e, const struct name *name)
{
	return e->ino != 0 && e->name_len == name->len &&
	       memcmp(e->name, name->text, name->len) == 0;
}

static bool is_dots(const struct ext2_dirent *e)
{
	return e->name[0] == '.' &&
	       (e->name_len == 1 || (e->name_len == 2 && e->name[1] == '.'));
}

/* ---- going through all ---- */

/*
 * Ask @wanted for each entry, until it says yes: 0, and it is in *@p, whose
 * block is to be put; -ENOENT; or what is wrong.
 */
static ALWAYS_INLINE int
search_block(struct ext2_node *dir, struct place *p,
			bool (*wanted)(const struct ext2_dirent *e, const void *arg),
			const void *arg)
{
	struct ext2_dirent *e;

	p->before = NULL;
	for (unsigned at = 0; at < dir->ext2->block_size; at += e->size) {
		e = entry_at(dir, &p->b, at);
		if (e == NULL)
			return -EUCLEAN;
		if (wanted(e, arg)) {
			p->entry = e;
			return 0;
		}
		p->before = e;
	}
	return -ENOENT;
}

/* All around, from block @from on. */
static ALWAYS_INLINE int
search(struct ext2_node *dir, struct place *p, uint64_t from,
       bool (*wanted)(const struct ext2_dirent *e, const void *arg),
       const void *arg)
{
	uint64_t blocks = blocks_of(dir);
	int err = -ENOENT;

	for (uint64_t i = 0; err == -ENOENT && i < blocks; i++) {
		p->index = (from + i) % blocks;
		err = get_block(dir, p->index, &p->b);
		if (err != 0)
			break;
		err = search_block(dir, p, wanted, arg);
		if (err != 0)
			ext2_block_put(&p->b);
		cond_resched();
	}
	return err;
}

/* The next name is often near the last one: those who go through a directory look
 * up what they have read.  So is room.  Where one begins makes no difference to
 * what is found, so many may note it at once. */
static void note(uint64_t *where, uint64_t index)
{
	if (READ_ONCE(*where) != index)
		WRITE_ONCE(*where, index);
}

static bool has_name(const struct ext2_dirent *e, const void *name)
{
	return is_named(e, name);
}

static bool is_of(const struct ext2_dirent *e, const void *ino)
{
	return e->ino == *(const uint32_t *)ino && !is_dots(e);
}

static bool is_child(const struct ext2_dirent *e, const void *unused UNUSED)
{
	return e->ino != 0 && !is_dots(e);
}

/* Bytes that are free behind what @e needs itself. */
static unsigned room_of(const struct ext2_dirent *e)
{
	return e->ino == 0 ? e->size : e->size - ext2_dirent_size(e->name_len);
}

static bool has_room(const struct ext2_dirent *e, const void *needed)
{
	return room_of(e) >= *(const unsigned *)needed;
}

/* ---- looking ---- */

static int search_name(struct ext2_node *dir, struct place *p,
		       const struct name *name)
{
	int err = search(dir, p, READ_ONCE(dir->name_near), has_name, name);

	if (err == 0)
		note(&dir->name_near, p->index);
	return err;
}

int ext2_dir_find(struct ext2_node *dir, const struct name *name, uint32_t *ino)
{
	struct place p;
	int err = search_name(dir, &p, name);

	if (err != 0)
		return err;
	*ino = p.entry->ino;
	ext2_block_put(&p.b);
	return 0;
}

int ext2_dir_name_of(struct ext2_node *dir, uint32_t ino, struct name *name,
		     char *buf)
{
	struct place p;
	int err = search(dir, &p, 0, is_of, &ino);

	if (err != 0)
		return err;
	memcpy(buf, p.entry->name, p.entry->name_len);
	*name = (struct name){ buf, p.entry->name_len };
	ext2_block_put(&p.b);
	return 0;
}

int ext2_dir_is_empty(struct ext2_node *dir)
{
	struct place p;
	int err = search(dir, &p, 0, is_child, NULL);

	if (err != 0)
		return err == -ENOENT ? 0 : err;
	ext2_block_put(&p.b);
	return -ENOTEMPTY;
}

/* What readdir says of a type; 0: it has to be asked. */
static unsigned mode_of(const struct ext2_node *dir, const struct ext2_dirent *e)
{
	static const unsigned modes[] = { 0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK,
					  S_IFIFO, S_IFSOCK, S_IFLNK };

	return dir->ext2->has_types && e->type < ARRAY_SIZE(modes) ?
		       modes[e->type] : 0;
}

/* A program that gets another one would take it for a path. */
static bool is_a_name(const struct ext2_dirent *e)
{
	for (unsigned i = 0; i < e->name_len; i++)
		if (e->name[i] == '/' || e->name[i] == '\0')
			return false;
	return e->name_len != 0;
}

/* Cookies are offsets, a little further: none is less than the first. */
static bool emit(struct ext2_node *dir, const struct ext2_dirent *e,
		 uint64_t offset, struct dir_sink *sink)
{
	const struct name name = { e->name, e->name_len };

	if (e->ino == 0 || is_dots(e))
		return true;
	return sink->emit(sink, &name, e->ino, mode_of(dir, e),
			  offset + e->size + DIR_COOKIE_FIRST);
}

/* The entries of one block from @offset on: 1, or 0 when the sink is full. */
static int read_block(struct ext2_node *dir, const struct ext2_block *b,
		      uint64_t start, uint64_t offset, struct dir_sink *sink)
{
	struct ext2_dirent *e;

	for (unsigned at = 0; at < dir->ext2->block_size; at += e->size) {
		e = entry_at(dir, b, at);
		if (e == NULL)
			return -EUCLEAN;
		if (e->ino != 0 && !is_a_name(e))
			return ext2_wrong(dir->ext2, "directory %lu has what is no name",
					  dir->inode.ino);
		if (start + at >= offset && !emit(dir, e, start + at, sink))
			return 0;
	}
	return 1;
}

long ext2_dir_read(struct inode *inode, uint64_t cookie, struct dir_sink *sink)
{
	struct ext2_node *dir = ext2_node(inode);
	uint64_t offset = cookie - DIR_COOKIE_FIRST;
	int result = 1;

	for (uint64_t i = offset >> dir->ext2->block_shift;
	     result > 0 && i < blocks_of(dir); i++) {
		struct ext2_block b;

		result = get_block(dir, i, &b);
		if (result != 0)
			break;
		result = read_block(dir, &b, i << dir->ext2->block_shift, offset,
				    sink);
		ext2_block_put(&b);
		cond_resched();
	}
	return result < 0 ? result : 0;
}

/* ---- changing ---- */

static uint8_t type_of(const struct ext2_node *dir, unsigned mode)
{
	static const uint8_t types[16] = {
		[S_IFREG >> 12] = 1, [S_IFDIR >> 12] = 2, [S_IFCHR >> 12] = 3,
		[S_IFBLK >> 12] = 4, [S_IFIFO >> 12] = 5, [S_IFSOCK >> 12] = 6,
		[S_IFLNK >> 12] = 7,
	};

	return dir->ext2->has_types ? types[(mode & S_IFMT) >> 12] : 0;
}

static void drop_index(struct ext2_node *dir)
{
	rwsem_lock(&dir->map);
	dir->flags &= ~EXT2_FLAG_INDEX;
	rwsem_unlock(&dir->map);
}

static void fill(struct ext2_node *dir, struct ext2_dirent *e, unsigned size,
		 const struct name *name, uint32_t ino, unsigned mode)
{
	*e = (struct ext2_dirent){ .ino = ino, .size = (uint16_t)size,
				   .name_len = (uint8_t)name->len,
				   .type = type_of(dir, mode) };
	memcpy(e->name, name->text, name->len);
}

/* One more block at the end, of one entry of no inode. */
static int grow(struct ext2_node *dir, struct place *p)
{
	uint32_t nr;
	bool made;
	int err = ext2_map_new(dir, blocks_of(dir), NULL, &nr, &made);

	p->index = blocks_of(dir);
	if (err == 0)
		err = ext2_block_get_new(dir->ext2, nr, &p->b);
	if (err != 0)
		return err;
	p->entry = (struct ext2_dirent *)p->b.data;
	p->entry->size = (uint16_t)dir->ext2->block_size;
	ext2_block_dirty(&p->b, p->entry, EXT2_DIRENT_HEADER);
	WRITE_ONCE(dir->size, dir->size + dir->ext2->block_size);
	return 0;
}

/* The entry gets the room that @p has found. */
static void put_in(struct ext2_node *dir, struct place *p, const struct name *name,
		   uint32_t ino, unsigned mode)
{
	struct ext2_dirent *e = p->entry;
	unsigned size = e->size, used = 0;

	if (e->ino != 0) {
		used = ext2_dirent_size(e->name_len);
		e->size = (uint16_t)used;
		e = (struct ext2_dirent *)((char *)e + used);
	}
	fill(dir, e, size - used, name, ino, mode);
	ext2_block_dirty(&p->b, p->entry, size);
}

/* The same, and the inode that has grown is written with it, or a name that was
 * synced could be in a block to which nothing leads.  Before there is a name in it:
 * if this fails there is none. */
static int grow_written(struct ext2_node *dir, struct place *p)
{
	int err = grow(dir, p);

	if (err != 0)
		return err;
	drop_index(dir);
	err = ext2_raw_write(dir);
	if (err != 0)
		ext2_block_put(&p->b);
	return err;
}

int ext2_dir_add(struct ext2_node *dir, const struct name *name, uint32_t ino,
		 unsigned mode)
{
	unsigned needed = ext2_dirent_size((unsigned)name->len);
	struct place p;
	int err = search(dir, &p, dir->room_near, has_room, &needed);

	if (err == -ENOENT)
		err = grow_written(dir, &p);
	if (err != 0)
		return err;
	dir->room_near = p.index;
	put_in(dir, &p, name, ino, mode);
	ext2_block_put(&p.b);
	drop_index(dir);
	return 0;
}

int ext2_dir_remove(struct ext2_node *dir, const struct name *name)
{
	struct place p;
	int err = search_name(dir, &p, name);

	if (err != 0)
		return err == -ENOENT ? -EUCLEAN : err;
	p.entry->ino = 0;
	if (p.before != NULL)
		p.before->size = (uint16_t)(p.before->size + p.entry->size);
	ext2_block_dirty(&p.b, p.entry, EXT2_DIRENT_HEADER);
	if (p.before != NULL)
		ext2_block_dirty(&p.b, p.before, EXT2_DIRENT_HEADER);
	dir->room_near = p.index;
	ext2_block_put(&p.b);
	drop_index(dir);
	return 0;
}

int ext2_dir_set(struct ext2_node *dir, const struct name *name, uint32_t ino,
		 unsigned mode)
{
	struct place p;
	int err = search_name(dir, &p, name);

	if (err != 0)
		return err == -ENOENT ? -EUCLEAN : err;
	p.entry->ino = ino;
	p.entry->type = type_of(dir, mode);
	ext2_block_dirty(&p.b, p.entry, EXT2_DIRENT_HEADER);
	ext2_block_put(&p.b);
	return 0;
}

int ext2_dir_make(struct ext2_node *dir, uint32_t parent)
{
	static const struct name dot = { ".", 1 }, dotdot = { "..", 2 };
	struct place p;
	int err = grow(dir, &p);

	if (err != 0)
		return err;
	put_in(dir, &p, &dot, (uint32_t)dir->inode.ino, S_IFDIR);
	put_in(dir, &p, &dotdot, parent, S_IFDIR);
	ext2_block_put(&p.b);
	return 0;
}
