/*
 * dev/virtio_disk.c - the driver of a virtio block device behind virtio-mmio.
 *
 * Driver and device talk by one page of memory.  A request is a chain of
 * descriptors: its header, the data, a byte for the status.  The driver puts
 * the chain's first index into the available ring, raises that ring's index and
 * notifies the device; the device works, puts it into the used ring, raises
 * that one's index and interrupts.
 *
 * One request at a time, under the disk's lock, so descriptors are always the
 * same three.  Whoever asked sleeps until the used index has caught up, whatever
 * signals come: until then the device may write to the buffer.  The interrupt
 * does nothing but wake.
 *
 * Source: Virtual I/O Device (VIRTIO) Version 1.2, 2.7, 4.2 and 5.2.
 */

#include "dev/virtio_disk.h"

#include "arch/barrier.h"
#include "arch/memory.h"
#include "debug/printk.h"
#include "dev/plic.h"
#include "disk/disk.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/fdt.h"
#include "mm/page.h"

enum {
	REG_MAGIC = 0x000,
	REG_VERSION = 0x004,
	REG_DEVICE_ID = 0x008,
	REG_DEVICE_FEATURES = 0x010,
	REG_DEVICE_FEATURES_SEL = 0x014,
	REG_DRIVER_FEATURES = 0x020,
	REG_DRIVER_FEATURES_SEL = 0x024,
	REG_QUEUE_SEL = 0x030,
	REG_QUEUE_SIZE_MAX = 0x034,
	REG_QUEUE_SIZE = 0x038,
	REG_QUEUE_READY = 0x044,
	REG_QUEUE_NOTIFY = 0x050,
	REG_INTERRUPT_STATUS = 0x060,
	REG_INTERRUPT_ACK = 0x064,
	REG_STATUS = 0x070,
	REG_QUEUE_DESCRIPTORS = 0x080,
	REG_QUEUE_AVAILABLE = 0x090,
	REG_QUEUE_USED = 0x0a0,
	REG_CAPACITY = 0x100, /* in sectors; the configuration begins there */
	REGISTERS_SIZE = 0x108,
};

#define MAGIC 0x74726976U
#define VERSION 2U
#define DEVICE_BLOCK 2U

#define STATUS_ACKNOWLEDGE BIT(0)
#define STATUS_DRIVER BIT(1)
#define STATUS_DRIVER_OK BIT(2)
#define STATUS_FEATURES_OK BIT(3)
#define STATUS_FAILED BIT(7)

#define FEATURE_READONLY BIT(5)
#define FEATURE_FLUSH BIT(9)
#define FEATURE_VERSION_1 BIT(32)

#define QUEUE_SIZE 4U

enum { REQUEST_READ = 0, REQUEST_WRITE = 1, REQUEST_FLUSH = 4 };
enum { DESC_HEADER, DESC_DATA, DESC_STATUS };

#define DESC_NEXT BIT(0)
#define DESC_DEVICE_WRITES BIT(1)

#define REQUEST_OK 0
#define REQUEST_PENDING 0xff /* no device answers this */

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

/* What both sides see.  RISC-V is little-endian, as virtio is. */
struct shared {
	struct descriptor descriptors[QUEUE_SIZE];
	struct {
		uint16_t flags, index, ring[QUEUE_SIZE];
	} available;
	struct {
		uint16_t flags, index; /* (a) ORDER disk-request */
		struct {
			uint32_t id, length;
		} ring[QUEUE_SIZE];
	} used;
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header;
	uint8_t status;
};

_Static_assert(sizeof(struct shared) <= PAGE_SIZE, "one page");
_Static_assert(offsetof(struct shared, used) % 4 == 0, "2.7: aligned to 4");

/*
 *	(c)	constant after boot
 *	(l)	lock
 */
struct virtio_disk {
	struct disk disk;
	volatile uint8_t *registers; /* (c) */
	bool has_flush;              /* (c) else all writes are through */
	struct mutex lock;           /* RANK_MISC_SLEEP: one request */
	struct shared *shared;       /* (c) (l) what is in it */
	struct waitq done;           /* used.index was raised */
};

#define MAX_DISKS 4

static struct virtio_disk disks[MAX_DISKS];
static unsigned nr_disks; /* (c) after boot */

static volatile uint32_t *reg32(struct virtio_disk *v, unsigned offset)
{
	return (volatile uint32_t *)(v->registers + offset);
}

static void write_address(struct virtio_disk *v, unsigned offset, void *what)
{
	paddr_t pa = virt_to_phys(what);

	*reg32(v, offset) = (uint32_t)pa;
	*reg32(v, offset + 4) = (uint32_t)(pa >> 32);
}

/* ---- requests ---- */

static void fill_chain(struct shared *s, void *buf, size_t n, bool write)
{
	s->descriptors[DESC_HEADER] = (struct descriptor){
		.address = virt_to_phys(&s->header),
		.length = sizeof(s->header),
		.flags = DESC_NEXT,
		.next = n != 0 ? DESC_DATA : DESC_STATUS,
	};
	s->descriptors[DESC_DATA] = (struct descriptor){
		.address = n != 0 ? virt_to_phys(buf) : 0,
		.length = (uint32_t)n,
		.flags = DESC_NEXT | (write ? 0 : DESC_DEVICE_WRITES),
		.next = DESC_STATUS,
	};
	s->descriptors[DESC_STATUS] = (struct descriptor){
		.address = virt_to_phys(&s->status),
		.length = sizeof(s->status),
		.flags = DESC_DEVICE_WRITES,
	};
}

static void submit(struct virtio_disk *v)
{
	struct shared *s = v->shared;
	uint16_t index = s->available.index;

	s->available.ring[index % QUEUE_SIZE] = DESC_HEADER;
	/*
	 * ORDER disk-request, driver side; the device's answer is awaited in
	 * is_done().  It reads the request after the index that offers it, and
	 * the index after the notification.
	 */
	store_release(&s->available.index, (uint16_t)(index + 1));
	io_wmb();
	*reg32(v, REG_QUEUE_NOTIFY) = 0;
}

static bool is_done(struct virtio_disk *v)
{
	/*
	 * ORDER disk-request, answer side; the other is in submit().  The
	 * device has written data and status before it raised the index.
	 */
	return load_acquire(&v->shared->used.index) ==
	       v->shared->available.index;
}

/* One request from its beginning to its end: 0 or -EIO. */
static int request(struct virtio_disk *v, uint32_t type, uint64_t sector,
		   void *buf, size_t n)
{
	struct shared *s = v->shared;
	uint8_t status;

	mutex_lock(&v->lock);
	s->header.type = type;
	s->header.sector = sector;
	s->status = REQUEST_PENDING;
	fill_chain(s, buf, n, type == REQUEST_WRITE);
	submit(v);
	waitq_wait(&v->done, is_done(v));
	status = s->status;
	mutex_unlock(&v->lock);
	return status == REQUEST_OK ? 0 : -EIO;
}

static int transfer(struct disk *d, uint64_t offset, void *buf, size_t n,
		    bool write)
{
	return request(container_of(d, struct virtio_disk, disk),
		       write ? REQUEST_WRITE : REQUEST_READ,
		       offset / SECTOR_SIZE, buf, n);
}

static int flush(struct disk *d)
{
	struct virtio_disk *v = container_of(d, struct virtio_disk, disk);

	return v->has_flush ? request(v, REQUEST_FLUSH, 0, NULL, 0) : 0;
}

/* A handler is not told which source it is for: all disks are asked. */
static void interrupt(void)
{
	for (unsigned i = 0; i < nr_disks; i++) {
		struct virtio_disk *v = &disks[i];
		uint32_t why = *reg32(v, REG_INTERRUPT_STATUS);

		if (why == 0)
			continue;
		*reg32(v, REG_INTERRUPT_ACK) = why;
		waitq_wake_all(&v->done);
	}
}

/* ---- at boot ---- */

static uint64_t device_features(struct virtio_disk *v)
{
	uint64_t low, high;

	*reg32(v, REG_DEVICE_FEATURES_SEL) = 0;
	low = *reg32(v, REG_DEVICE_FEATURES);
	*reg32(v, REG_DEVICE_FEATURES_SEL) = 1;
	high = *reg32(v, REG_DEVICE_FEATURES);
	return high << 32 | low;
}

/* Take of the device's features those that we know; false: it insists. */
static bool agree_on_features(struct virtio_disk *v)
{
	uint64_t features = device_features(v) &
			    (FEATURE_READONLY | FEATURE_FLUSH | FEATURE_VERSION_1);

	*reg32(v, REG_DRIVER_FEATURES_SEL) = 0;
	*reg32(v, REG_DRIVER_FEATURES) = (uint32_t)features;
	*reg32(v, REG_DRIVER_FEATURES_SEL) = 1;
	*reg32(v, REG_DRIVER_FEATURES) = (uint32_t)(features >> 32);
	*reg32(v, REG_STATUS) |= STATUS_FEATURES_OK;
	v->disk.is_readonly = features & FEATURE_READONLY;
	v->has_flush = features & FEATURE_FLUSH;
	return (features & FEATURE_VERSION_1) &&
	       (*reg32(v, REG_STATUS) & STATUS_FEATURES_OK);
}

static bool make_queue(struct virtio_disk *v)
{
	struct page *page = page_alloc_zeroed(PAGE_KERNEL);

	*reg32(v, REG_QUEUE_SEL) = 0;
	if (page == NULL || *reg32(v, REG_QUEUE_SIZE_MAX) < QUEUE_SIZE)
		return false;
	v->shared = page_address(page);
	*reg32(v, REG_QUEUE_SIZE) = QUEUE_SIZE;
	write_address(v, REG_QUEUE_DESCRIPTORS, v->shared->descriptors);
	write_address(v, REG_QUEUE_AVAILABLE, &v->shared->available);
	write_address(v, REG_QUEUE_USED, &v->shared->used);
	*reg32(v, REG_QUEUE_READY) = 1;
	return true;
}

static bool set_up(struct virtio_disk *v)
{
	static const struct disk_ops ops = {
		.transfer = transfer,
		.flush = flush,
	};

	*reg32(v, REG_STATUS) = 0; /* a reset */
	*reg32(v, REG_STATUS) |= STATUS_ACKNOWLEDGE;
	*reg32(v, REG_STATUS) |= STATUS_DRIVER;
	if (!agree_on_features(v) || !make_queue(v)) {
		*reg32(v, REG_STATUS) |= STATUS_FAILED;
		return false;
	}
	mutex_init(&v->lock, RANK_MISC_SLEEP);
	waitq_init(&v->done);
	v->disk.ops = &ops;
	v->disk.size = (*reg32(v, REG_CAPACITY) |
			(uint64_t)*reg32(v, REG_CAPACITY + 4) << 32) *
		       SECTOR_SIZE;
	*reg32(v, REG_STATUS) |= STATUS_DRIVER_OK;
	return true;
}

static bool is_disk(struct virtio_disk *v)
{
	return *reg32(v, REG_MAGIC) == MAGIC &&
	       *reg32(v, REG_VERSION) == VERSION &&
	       *reg32(v, REG_DEVICE_ID) == DEVICE_BLOCK;
}

static void add_disk(const struct fdt *fdt, int node)
{
	struct virtio_disk *v = &disks[nr_disks];
	struct fdt_range reg;
	uint32_t irq;

	if (!fdt_reg(fdt, node, 0, &reg) || reg.size < REGISTERS_SIZE ||
	    !fdt_prop_cell(fdt, node, "interrupts", 0, &irq))
		return;
	v->registers = device_map(reg.base, reg.size);
	if (!is_disk(v))
		return;
	if (!set_up(v) || !disk_register(&v->disk)) {
		printk("virtio: a disk that cannot be used\n");
		return;
	}
	nr_disks++;
	plic_register(irq, interrupt);
}

void virtio_disk_init(const struct fdt *fdt)
{
	int node;

	fdt_for_each_compatible(node, fdt, "virtio,mmio")
		if (nr_disks < MAX_DISKS && fdt_is_enabled(fdt, node))
			add_disk(fdt, node);
}
