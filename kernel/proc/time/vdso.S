/*
 * proc/time/vdso.S - the built image of the vDSO, as a part of the kernel.
 */
#include "vdso_offsets.h"

	.section .rodata
	.balign	8
	.globl	vdso_image
vdso_image:
	.incbin	"vdso.so"
1:
	.balign	8
	.globl	vdso_image_size
vdso_image_size:
	.dword	1b - vdso_image
	.globl	vdso_sigreturn_offset
vdso_sigreturn_offset:
	.dword	VDSO_RT_SIGRETURN
