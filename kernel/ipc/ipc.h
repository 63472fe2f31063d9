#pragma once

/*
 * ipc/ipc.h - what processes have between them.
 */

void ipc_init(void); /* boot */
