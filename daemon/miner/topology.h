/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What sysfs tells about CPUs: which are threads of one core, of which class a core is, and which
 * NUMA node it belongs to. What it does not tell is taken to be plain: a core of its own, one
 * class, node 0. See Documentation/admin-guide/cputopology.rst of Linux. Any thread.
 */
#include <sched.h>
#include <stdint.h>

enum {
	TOPOLOGY_CLASSES_MAX = 8,
	TOPOLOGY_THREADS_MAX = 8, /* of a core; a longer list is a virtual machine's fancy */
};

/* What a class is called, where the kernel names it. */
enum topology_kind {
	TOPOLOGY_PLAIN,
	TOPOLOGY_PERFORMANCE, /* cpu_core of Intel's hybrid CPUs */
	TOPOLOGY_EFFICIENCY,  /* cpu_atom */
	TOPOLOGY_LOW_POWER,   /* cpu_lowpower */
};

struct topology_cpu {
	uint16_t core; /* the lowest number of the CPUs of its core */
	uint16_t node;
	uint8_t class_index; /* 0: the fastest */
	uint8_t kind;	     /* enum topology_kind */
	uint64_t speed;	     /* cpu_capacity, or the highest frequency in kHz; 0: not known */
};

struct topology {
	cpu_set_t cpus; /* those that were asked for; others in cpu[] mean nothing */
	unsigned n_classes;
	struct topology_cpu cpu[CPU_SETSIZE];
};

/*
 * root is where sysfs is mounted ("/sys"). A class is all CPUs of one kind whose speeds differ by
 * less than a fifth: cores of one design are clocked somewhat apart, other designs much more.
 */
void topology_read(struct topology *ret, const char *root, const cpu_set_t *cpus);

/* The CPUs of that class. */
void topology_class(cpu_set_t *ret, const struct topology *topology, unsigned class_index);

/* The CPUs among cpus that are threads of the core of cpu, in order; how many. */
unsigned topology_core(unsigned ret[TOPOLOGY_THREADS_MAX], const struct topology *topology,
		       const cpu_set_t *cpus, unsigned cpu);

/* "performance cores"; for TOPOLOGY_PLAIN just "cores". */
const char *topology_kind_name(enum topology_kind kind);
