/*
 * arch/riscv/isa.c - what a hart can do, as the device tree has it.
 *
 * Old trees have one string, "riscv,isa": rv64, a letter for each extension
 * of the base (g for imafd), and then those with longer names, each behind a
 * '_'.  New ones have a list of names, "riscv,isa-extensions".
 */

#include "arch/isa.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "lib/string.h"

/* What the kernel and the programs that it runs are compiled for. */
static const char needed[] = "imafdc";

/* Extensions follow the base letters of @isa, each after a '_'. */
static bool isa_names_long(const char *isa, const char *extension)
{
	size_t len = strlen(extension);

	while ((isa = strchr(isa, '_')) != NULL) {
		isa++;
		if (strncmp(isa, extension, len) == 0 &&
		    (isa[len] == '_' || isa[len] == '\0'))
			return true;
	}
	return false;
}

static bool isa_names_letter(const char *isa, char letter)
{
	if (strncmp(isa, "rv64", 4) != 0)
		return false;
	for (isa += 4; *isa != '\0' && *isa != '_'; isa++)
		if (*isa == letter ||
		    (*isa == 'g' && strchr("imafd", letter) != NULL))
			return true;
	return false;
}

static bool isa_names(const char *isa, const char *extension)
{
	return extension[1] == '\0' ? isa_names_letter(isa, extension[0]) :
				      isa_names_long(isa, extension);
}

bool cpu_has(const struct fdt *fdt, int node, const char *extension)
{
	const char *isa = fdt_prop_str(fdt, node, "riscv,isa");

	return fdt_prop_has_str(fdt, node, "riscv,isa-extensions", extension) ||
	       (isa != NULL && isa_names(isa, extension));
}

/* A tree that says nothing about a hart promises nothing, and may have kept
 * quiet about a good one. */
static bool says_something(const struct fdt *fdt, int node)
{
	return fdt_prop_str(fdt, node, "riscv,isa") != NULL ||
	       fdt_prop_str(fdt, node, "riscv,isa-extensions") != NULL;
}

bool cpu_lacks(const struct fdt *fdt, int node, char letters[CPU_LETTERS])
{
	unsigned n = 0;

	for (const char *p = needed; *p != '\0'; p++) {
		const char name[] = { *p, '\0' };

		if (says_something(fdt, node) && !cpu_has(fdt, node, name))
			letters[n++] = (char)(*p - 'a' + 'A');
	}
	letters[n] = '\0';
	return n != 0;
}

/* ---- what programs may ask for ---- */

static const char *const names[NR_ISA_EXTENSIONS] = {
	[ISA_ZBA] = "zba",	 [ISA_ZBB] = "zbb", [ISA_ZBC] = "zbc",
	[ISA_ZBS] = "zbs",	 [ISA_ZFA] = "zfa", [ISA_ZFH] = "zfh",
	[ISA_ZFHMIN] = "zfhmin", [ISA_ZICOND] = "zicond",
};

static uint32_t missing; /* (c) a bit for each that a hart lacks */

void isa_note(const struct fdt *fdt, int node)
{
	for (unsigned i = 0; i < NR_ISA_EXTENSIONS; i++)
		if (!cpu_has(fdt, node, names[i]))
			missing |= BIT(i);
}

bool isa_has(enum isa_extension extension)
{
	return !(missing & BIT(extension));
}

bool isa_identity(int64_t key, uint64_t *value)
{
	if (key < 0 || key > SBI_IDENTITY_LAST)
		return false;
	*value = sbi_identity((unsigned)key);
	return true;
}
