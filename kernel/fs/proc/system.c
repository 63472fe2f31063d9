/*
 * fs/proc/system.c - /proc files about the whole machine.
 *
 * The formats are those of proc(5), as far as ps, top and free read them.
 */
#include "fs/proc/procfs_internal.h"

#include "arch/hart.h"
#include "arch/pte.h"
#include "mm/page.h"
#include "proc/sched/load.h"
#include "proc/sched/sched.h"
#include "proc/task/hostname.h"
#include "proc/task/proc.h"
#include "proc/time/clock.h"

#define CLK_TCK 100UL

static const char *boot_cmdline; /* (c) */

void procfs_set_cmdline(const char *cmdline)
{
	boot_cmdline = cmdline;
}

int procfs_show_cmdline(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%s\n", boot_cmdline);
	return 0;
}

int procfs_show_version(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, OS_TYPE " version " OS_RELEASE " (gcc " __VERSION__
		    ")%s\n", LAB ? " lab" : "");
	return 0;
}

int procfs_show_cpuinfo(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct hartmask online = sched_online_harts();
	unsigned hart;

	for_each_hart(hart, online) {
		text_printf(t, "processor\t: %u\n", hart);
		text_printf(t, "hart\t\t: %lu\n", harts[hart].hartid);
		text_printf(t, "isa\t\t: rv64imafdc_zicsr_zifencei%s\n",
			    harts[hart].has_sstc ? "_sstc" : "");
		text_printf(t, "mmu\t\t: sv%u\n\n", 12 + 9 * pt_levels);
	}
	return 0;
}

/* ---- time ---- */

static unsigned long hundredths(uint64_t ticks)
{
	return ticks / (ticks_per_second / CLK_TCK);
}

static uint64_t total_idle_ticks(void)
{
	uint64_t sum = 0;

	for_each_present_hart(hart)
		sum += sched_idle_ticks(hart);
	return sum;
}

/* Not idle is user time: the kernel's own is not kept apart by hart. */
static void write_cpu(struct text *t, uint64_t idle, uint64_t all)
{
	unsigned long busy = all > idle ? hundredths(all - idle) : 0;

	text_printf(t, " %lu 0 0 %lu 0 0 0 0 0 0\n", busy, hundredths(idle));
}

/* When the machine started, in seconds since 1970. */
static unsigned long boot_time(void)
{
	uint64_t up = clock_monotonic_ns();

	return (clock_realtime_ns() - up) / NS_PER_SECOND;
}

int procfs_show_stat(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct hartmask online = sched_online_harts();
	uint64_t now = clock_ticks();
	unsigned hart;

	text_printf(t, "cpu ");
	write_cpu(t, total_idle_ticks(), now * nr_harts);
	for_each_hart(hart, online) {
		text_printf(t, "cpu%u", hart);
		write_cpu(t, sched_idle_ticks(hart), now);
	}
	text_printf(t, "intr %lu\n", counter_sum(COUNT_timer_ticks) +
		    counter_sum(COUNT_device_irqs));
	text_printf(t, "ctxt %lu\n", counter_sum(COUNT_switches));
	text_printf(t, "btime %lu\n", boot_time());
	text_printf(t, "processes %lu\n", counter_sum(COUNT_forks));
	text_printf(t, "procs_running %u\nprocs_blocked 0\n", load_nr_active());
	return 0;
}

/* There is no swap and no disk, so nothing comes from or goes to either. */
int procfs_show_vmstat(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "nr_free_pages %lu\n", pages_free());
	text_printf(t, "pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
	text_printf(t, "pgalloc_normal %lu\n", counter_sum(COUNT_page_allocs));
	text_printf(t, "pgfree %lu\n", counter_sum(COUNT_page_frees));
	text_printf(t, "pgfault %lu\npgmajfault 0\n",
		    counter_sum(COUNT_faults_anon) +
			    counter_sum(COUNT_faults_zero) +
			    counter_sum(COUNT_faults_file) +
			    counter_sum(COUNT_faults_cow_copy) +
			    counter_sum(COUNT_faults_cow_reuse) +
			    counter_sum(COUNT_faults_spurious));
	return 0;
}

int procfs_show_uptime(struct text *t, const struct procfs_entry *e UNUSED)
{
	unsigned long up = hundredths(clock_ticks());
	unsigned long idle = hundredths(total_idle_ticks());

	text_printf(t, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100,
		    idle / 100, idle % 100);
	return 0;
}

/* Rounded to hundredths. */
static void write_load(struct text *t, uint64_t load)
{
	load += LOAD_ONE / 200;
	text_printf(t, "%lu.%02lu ", load / LOAD_ONE,
		    load % LOAD_ONE * 100 / LOAD_ONE);
}

int procfs_show_loadavg(struct text *t, const struct procfs_entry *e UNUSED)
{
	uint64_t loads[NR_LOADS];

	load_averages(loads);
	for (unsigned i = 0; i < NR_LOADS; i++)
		write_load(t, loads[i]);
	text_printf(t, "%u/%u %d\n", load_nr_active(), nr_threads_total(),
		    current_proc()->pid);
	return 0;
}

/* ---- interrupts ---- */

static void write_interrupts(struct text *t, struct hartmask online,
			     const char *name, enum counter c, const char *what)
{
	unsigned hart;

	text_printf(t, "%4s:", name);
	for_each_hart(hart, online)
		text_printf(t, " %10lu", READ_ONCE(harts[hart].counters[c]));
	text_printf(t, "  %s\n", what);
}

int procfs_show_interrupts(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct hartmask online = sched_online_harts();
	unsigned hart;

	text_printf(t, "     ");
	for_each_hart(hart, online)
		text_printf(t, "       CPU%u", hart);
	text_put(t, "\n", 1);
	write_interrupts(t, online, "TMR", COUNT_timer_ticks, "timer");
	write_interrupts(t, online, "EXT", COUNT_device_irqs, "devices");
	write_interrupts(t, online, "TLB", COUNT_ipi_tlb_received, "flush a TLB");
	write_interrupts(t, online, "RES", COUNT_ipi_resched_received, "reschedule");
	return 0;
}
