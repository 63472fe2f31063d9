/*
 * init/main.c - boot, in the order a reader should learn it: first the whole
 * of it, one line a step, then the steps that are more than one call.
 */
#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/memory.h"
#include "arch/trap.h"
#include "debug/kasan.h"
#include "debug/printk.h"
#include "dev/plic.h"
#include "dev/rtc.h"
#include "dev/uart.h"
#include "dev/virtio_disk.h"
#include "init/cmdline.h"
#include "init/files.h"
#include "init/lab.h"
#include "init/overflow.h"
#include "init/settings.h"
#include "ipc/ipc.h"
#include "lib/bug.h"
#include "lib/fdt.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/sched/hotplug.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "proc/task/random.h"
#include "proc/time/timer.h"
#include "proc/time/vdso.h"
#include "syscall/hwprobe.h"

#define FDT_MAX (2UL << 20)

static struct fdt fdt;      /* (c) the boot hart's view of the board */
static uint32_t boot_done;  /* (a) ORDER boot-done */

/* The steps, below. */
static void memory_init(paddr_t fdt_pa);
static void hart_ready(void);
static void devices_init(void);
static void start_first_process(void);

/* entry.S calls this on the hart that the firmware picked, and when it is
 * done, boot_main(). */
void boot_memory(uint64_t hartid, paddr_t fdt_pa)
{
	if (!fdt_open(&fdt, phys_to_virt(fdt_pa), FDT_MAX))
		panic("the firmware passed no sound device tree");
	trap_init_hart();               /* traps reach the kernel */
	board_init(&fdt);               /* the board can be switched off */
	hart_init_boot(hartid, &fdt);   /* the clock, who we are */
	settings_read(&fdt);            /* the command line */
	memory_init(fdt_pa);
}

void boot_main(void)
{
	lab_init_memory();              /* rings for the whole run */
	random_init(&fdt);
	timers_init();
	sched_init();                   /* one run queue for each hart */
	hart_ready();
	devices_init();                 /* interrupts, console, disks */
	proc_init();                    /* processes and threads */
	hart_start_others(&fdt);        /* by SBI HSM; they wait below */
	sched_harts_arrived();
	plic_find_harts(&fdt);
	printk("drover: %u hart%s, %lu MiB free\n", nr_harts,
	       nr_harts == 1 ? "" : "s", pages_free() * PAGE_SIZE >> 20);
	ipc_init();
	vdso_init(hwprobe_values());
	files_init();                   /* the files of the initramfs */
	start_first_process();

	/* ORDER boot-done, release side; acquire is in hart_main(). */
	store_release(&boot_done, 1);
	for (unsigned h = 1; h < nr_harts; h++)
		ipi_send(h, IPI_RESCHED);
	sched_run_hart();
}

/*
 * Every other hart, once it has its stack and its page table; and any that
 * comes back, for which there is nothing to wait for.  The interrupt that ends
 * the wait is taken later, when they are on.
 */
void hart_main(void)
{
	/* ORDER boot-done, acquire side; release is in boot_main(). */
	while (load_acquire(&boot_done) == 0) {
		ipi_poll();
		hart_idle_wait();
	}
	hart_ready();
	sched_run_hart();
}

/* ---- the steps ---- */

static void memory_init(paddr_t fdt_pa)
{
	page_init(&fdt, fdt_pa, fdt.size); /* physical pages */
	kernel_map_init(page_ram_end(), page_alloc_boot);
	kasan_start();
	slab_init();                       /* small objects */
	mm_init();                         /* address spaces */
}

/* What each but the first must find when it comes. */
bool hart_prepare(unsigned id)
{
	void *first = kstack_alloc(), *emergency = kstack_alloc();

	if (first == NULL || emergency == NULL || !sched_add_hart(id) ||
	    !lab_add_hart(id))
		return false;
	harts[id].boot_sp = (uint64_t)first + KSTACK_SIZE;
	harts[id].emergency_sp = (uint64_t)emergency + KSTACK_SIZE;
	return true;
}

/* What every hart needs before it runs threads. */
static void hart_ready(void)
{
	sched_init_hart();
	timer_init_hart();
}

static void devices_init(void)
{
	plic_init(&fdt);
	uart_init(&fdt);
	rtc_init(&fdt);
	virtio_disk_init(&fdt);
}

static void start_first_process(void)
{
	const char *path = cmdline_value("init");

	if (path == NULL)
		path = "/init";
	overflow_if_told();
	proc_start_init(path, cmdline_init_argv(path));
}
