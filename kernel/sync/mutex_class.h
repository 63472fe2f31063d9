#pragma once

/*
 * sync/mutex_class.h - mutexes with a class, for LOCK_ANALYSIS alone;
 * sync/lockclass.h says what for.  The end of sync/mutex.h.
 */

#ifdef LOCK_ANALYSIS
#define X(class)							     \
	struct CAPABILITY("mutex") mutex_##class {			     \
		struct mutex lock;					     \
	};								     \
	void mutex_lock_##class(struct mutex_##class *m)		     \
		ACQUIRES(m) ACQUIRES(C_##class);			     \
	void mutex_lock_below_##class(struct mutex_##class *m)		     \
		ACQUIRES(m) ACQUIRES(C_##class);			     \
	bool mutex_trylock_##class(struct mutex_##class *m)		     \
		TRY_ACQUIRE(true, m) TRY_ACQUIRE(true, C_##class);	     \
	void mutex_unlock_##class(struct mutex_##class *m)		     \
		RELEASES(m) RELEASES(C_##class);
MUTEX_CLASSES(X)
#undef X

#define MUTEX_lock(class) struct mutex_##class *: mutex_lock_##class,
#define MUTEX_lock_below(class) struct mutex_##class *: mutex_lock_below_##class,
#define MUTEX_trylock(class) struct mutex_##class *: mutex_trylock_##class,
#define MUTEX_unlock(class) struct mutex_##class *: mutex_unlock_##class,

#define mutex_lock(m)							     \
	_Generic((m), MUTEX_CLASSES(MUTEX_lock) default: mutex_lock)(m)
#define mutex_lock_below(m)						     \
	_Generic((m), MUTEX_CLASSES(MUTEX_lock_below) default: mutex_lock_below)(m)
#define mutex_trylock(m)						     \
	_Generic((m), MUTEX_CLASSES(MUTEX_trylock) default: mutex_trylock)(m)
#define mutex_unlock(m)							     \
	_Generic((m), MUTEX_CLASSES(MUTEX_unlock) default: mutex_unlock)(m)
#endif
