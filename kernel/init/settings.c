/*
 * init/settings.c - what the words of the command line choose before anything
 * else has begun.
 */
#include "init/settings.h"

#include "arch/hart.h"
#include "arch/memory.h"
#include "arch/tlb.h"
#include "debug/printk.h"
#include "init/cmdline.h"
#include "init/lab.h"
#include "lib/fdt.h"
#include "lib/string.h"

void settings_read(const struct fdt *fdt)
{
	int chosen = fdt_find_path(fdt, "/chosen");
	const char *args = chosen == FDT_NONE ? NULL :
			   fdt_prop_str(fdt, chosen, "bootargs");

	cmdline_init(args == NULL ? "" : args);
	if (cmdline_has("quiet"))
		printk_set_level(PRINTK_LEVEL_QUIET);
	cmdline_check();
	lab_init();
	if (cmdline_value("tlb") != NULL &&
	    strcmp(cmdline_value("tlb"), "rfence") == 0)
		tlb_use_firmware();
	if (cmdline_has("asids=off"))
		tlb_use_no_asids();
	kernel_map_mode(cmdline_value("mmu"));
	if (cmdline_has("idle=suspend"))
		hart_idle_by_firmware();
}
