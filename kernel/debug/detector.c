/*
 * debug/detector.c - see detector.h.
 */

#include "debug/detector.h"

#include "debug/backtrace.h"
#include "debug/kasan.h"
#include "debug/printk.h"
#include "debug/ubsan.h"
#include "lib/bug.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "proc/sched/thread.h"

#if CHECKED

#define TEXT_MAX 180

static const struct thread *tester; /* (a) NULL, but during a test */
static unsigned nr_found;           /* (the tester) since its last mistake */

static bool is_tested(void)
{
	const struct thread *t = READ_ONCE(tester);

	return t != NULL && t == current_thread();
}

static void report(const char *detector, void (*explain)(const void *arg),
		   const void *arg, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];
	bool tested = is_tested();

	kvsnprintf(text, sizeof(text), fmt, ap);
	if (!tested)
		printk_panic_mode();
	if (tested || explain != NULL)
		printk("%s: %s\n", detector, text);
	if (explain != NULL)
		explain(arg);
	if (!tested)
		panic("%s: %s", detector, text);
	nr_found++;
	backtrace_print((uint64_t)__builtin_frame_address(0));
}

void detector_found(const char *detector, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(detector, NULL, NULL, fmt, ap);
	va_end(ap);
}

void detector_found_with(const char *detector, void (*explain)(const void *arg),
			 const void *arg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(detector, explain, arg, fmt, ap);
	va_end(ap);
}

static void test_one(const char *detector, const struct planted *fault)
{
	unsigned expected = fault->right ? 0 : 1;

	nr_found = 0;
	fault->commit();
	if (nr_found != expected)
		panic("%s: %s was reported %u times, not %u", detector,
		      fault->name, nr_found, expected);
	printk("%s: %s: as it should be\n", detector, fault->name);
}

void detector_test(const char *detector, const struct planted *faults, unsigned n)
{
	WRITE_ONCE(tester, current_thread());
	for (unsigned i = 0; i < n; i++)
		test_one(detector, &faults[i]);
	WRITE_ONCE(tester, NULL);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "kasan", kasan_test },
	{ "ubsan", ubsan_test },
	{ "unreachable", ubsan_test_unreachable },
};

void (*detector_find_test(const char *name))(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(tests); i++)
		if (strcmp(tests[i].name, name) == 0)
			return tests[i].run;
	return NULL;
}

#elif LAB

void (*detector_find_test(const char *name UNUSED))(void)
{
	return NULL;
}

#endif
