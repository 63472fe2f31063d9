#pragma once

/*
 * sync/rwsem_class.h - reader-writer locks with a class, for LOCK_ANALYSIS
 * alone; sync/lockclass.h says what for.  The end of sync/rwsem.h.
 */

#ifdef LOCK_ANALYSIS
#define X(class)							     \
	struct CAPABILITY("rwsem") rwsem_##class {			     \
		struct rwsem lock;					     \
	};								     \
	void rwsem_lock_##class(struct rwsem_##class *s)		     \
		ACQUIRES(s) ACQUIRES(C_##class);			     \
	void rwsem_unlock_##class(struct rwsem_##class *s)		     \
		RELEASES(s) RELEASES(C_##class);			     \
	void rwsem_lock_shared_##class(struct rwsem_##class *s)		     \
		ACQUIRES_SHARED(s) ACQUIRES_SHARED(C_##class);		     \
	bool rwsem_trylock_shared_##class(struct rwsem_##class *s)	     \
		TRY_ACQUIRE_SHARED(true, s)				     \
		TRY_ACQUIRE_SHARED(true, C_##class);			     \
	void rwsem_unlock_shared_##class(struct rwsem_##class *s)	     \
		RELEASES_SHARED(s) RELEASES_SHARED(C_##class);
RWSEM_CLASSES(X)
#undef X

#define RWSEM_lock(class) struct rwsem_##class *: rwsem_lock_##class,
#define RWSEM_unlock(class) struct rwsem_##class *: rwsem_unlock_##class,
#define RWSEM_lock_shared(class)					     \
	struct rwsem_##class *: rwsem_lock_shared_##class,
#define RWSEM_trylock_shared(class)					     \
	struct rwsem_##class *: rwsem_trylock_shared_##class,
#define RWSEM_unlock_shared(class)					     \
	struct rwsem_##class *: rwsem_unlock_shared_##class,

#define rwsem_lock(s)							     \
	_Generic((s), RWSEM_CLASSES(RWSEM_lock) default: rwsem_lock)(s)
#define rwsem_unlock(s)							     \
	_Generic((s), RWSEM_CLASSES(RWSEM_unlock) default: rwsem_unlock)(s)
#define rwsem_lock_shared(s)						     \
	_Generic((s), RWSEM_CLASSES(RWSEM_lock_shared)			     \
		 default: rwsem_lock_shared)(s)
#define rwsem_trylock_shared(s)						     \
	_Generic((s), RWSEM_CLASSES(RWSEM_trylock_shared)		     \
		 default: rwsem_trylock_shared)(s)
#define rwsem_unlock_shared(s)						     \
	_Generic((s), RWSEM_CLASSES(RWSEM_unlock_shared)		     \
		 default: rwsem_unlock_shared)(s)
#endif
