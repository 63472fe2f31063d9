/*
 * tests/analyse/right.c - the same without the mistakes: nothing is to be said.
 */
#include "lib/types.h"
#include "mm/slab.h"

int use_before(void);
void free_each(struct slab_cache *cache);
int follow_some(bool which);
int read_set(bool which);

int use_before(void)
{
	int *object = kmalloc(sizeof(*object)), value;

	if (object == NULL)
		return 0;
	*object = 1;
	value = *object;
	kfree(object);
	return value;
}

void free_each(struct slab_cache *cache)
{
	void *one = slab_alloc(cache), *other = slab_alloc(cache);

	slab_free(cache, one);
	slab_free(cache, other);
}

int follow_some(bool which)
{
	int value = 0, zero = 0, *at = &zero;

	if (which)
		at = &value;
	return *at;
}

int read_set(bool which)
{
	int value = 0;

	if (which)
		value = 1;
	return value;
}
