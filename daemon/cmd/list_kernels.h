/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The verb --list-kernels of minerd(8): what each kernel reaches on each class of core, which one
 * `auto` takes there, and how many workers a core is given. Prints to stdout and gives the exit
 * status of the program: 0; EX_SOFTWARE: a kernel computed wrongly; EX_OSERR.
 */
#include <stdbool.h>

int list_kernels_run(bool json);
