/* SPDX-License-Identifier: MIT */
#pragma once

/* Sets of CPUs, and which of them this process has. Internal to config/; any thread. */
#include "config/conf.h"

/* The CPUs that this process may use. Negative errno. */
int conf_cpus_allowed(cpu_set_t *ret);

/* The CPUs of this machine, whether on or off; those that are allowed when /sys does not say. */
int conf_cpus_present(cpu_set_t *ret);

/* a without b. */
void conf_cpus_minus(cpu_set_t *ret, const cpu_set_t *a, const cpu_set_t *b);
