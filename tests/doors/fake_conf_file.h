/* SPDX-License-Identifier: MIT */
#pragma once

/* The configuration file of a simulated process, in the place of config/conf_file.c. */

/* Each file that is read has this text, which is borrowed; NULL: there is none. */
void fake_conf_file(const char *text);
