/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The command --list-kernels of minerd(8): the hash rate of each kernel on each class of core, the
 * kernel that `auto` takes there, and the number of workers on a core. Prints to stdout. Returns
 * the exit status of the program: 0; EX_SOFTWARE: a kernel computed wrongly; EX_OSERR.
 */
#include <stdbool.h>

int list_kernels_run(bool json);
