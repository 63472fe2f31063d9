#pragma once

/*
 * init/settings.h - how the kernel is to work, as its command line says.
 */

struct fdt;

/* Keep the command line that @fdt has, say which words of it nobody knows, and
 * do what those about the kernel itself say.  The first hart, once. */
void settings_read(const struct fdt *fdt);
