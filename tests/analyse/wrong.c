/*
 * tests/analyse/wrong.c - one mistake a function, each of a kind that an analyser
 * has to name: tests/host/analyse.t.
 */
#include "lib/types.h"
#include "mm/slab.h"

int use_freed(void);
void free_twice(struct slab_cache *cache);
int follow_null(bool which);
int read_unset(bool which);
size_t size_of_size(const char *text);

int use_freed(void)
{
	int *object = kmalloc(sizeof(*object));

	if (object == NULL)
		return 0;
	*object = 1;
	kfree(object);
	return *object;
}

void free_twice(struct slab_cache *cache)
{
	void *object = slab_alloc(cache);

	slab_free(cache, object);
	slab_free(cache, object);
}

int follow_null(bool which)
{
	int value = 0, *at = NULL;

	if (which)
		at = &value;
	return *at;
}

int read_unset(bool which)
{
	int value;

	if (which)
		value = 1;
	return value;
}

size_t size_of_size(const char *text)
{
	return sizeof(sizeof(*text));
}
