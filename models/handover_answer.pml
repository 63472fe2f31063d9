/*
 * models/handover_answer.pml - the two sides of handover.pml.  A fence stands
 * in unless_bug(NAME, fence), so that it can be left out to see what for it is.
 */
inline give()
{
	WRITE_ONCE(DATA, 1);
	unless_bug(no_data, smp_wmb());
	WRITE_ONCE(FULL, 1);
	unless_bug(no_wake, smp_mb());
	READ_ONCE(ASLEEP, is_asleep)
}

inline take()
{
	WRITE_ONCE(ASLEEP, 1);
	unless_bug(no_sleep, smp_mb());
	READ_ONCE(FULL, is_full)
}
