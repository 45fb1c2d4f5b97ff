/* SPDX-License-Identifier: MIT */
/*
 * Each thread hashes headers of its own, as a worker does, until the main thread sets the stop word
 * that all threads share. The target is so easy that there are hundreds of hits a second; the
 * scalar oracle hashes each of them again. So the result reveals a kernel that loses or invents
 * hits.
 */
#include "cmd/benchmark.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/thread.h"
#include "common/units.h"
#include "miner/kernel_test.h"
#include "miner/probe_kernels.h"

enum { BENCHMARK_SCAN = 1 << 20 /* hashes of one call of a kernel, at most */ };

/* One hash in about 2^16 is a hit, exactly 65535 in 2^32. */
static const double benchmark_difficulty = 0x1p-16;

struct thread {
	const struct kernel *kernel;
	const _Atomic uintptr_t *stop;
	const struct target *target;
	struct header header;
	unsigned n_versions;
	int cpu;
	pthread_t id;

	/* Results. */
	uint64_t hashes;
	uint64_t elapsed_ns;
	uint64_t hits;
	uint64_t errors; /* candidates that the oracle did not confirm */
	struct kernel_state state;
};

/* Sums over all threads. */
struct totals {
	double hashrate; /* H/s, all threads */
	double seconds;
	double expected; /* hits */
	uint64_t hashes;
	uint64_t hits;
	uint64_t errors;
};

static void check_hits(struct thread *thread, const struct kernel_scan *scan)
{
	for (unsigned i = 0; i < scan->n_hits; i++) {
		struct header header = thread->header;
		struct target hash;

		header.version = scan->hit[i].version;
		header.nonce = scan->hit[i].nonce;
		header_hash(sha256_compress_scalar, &header, &hash);
		if (target_met(thread->target, &hash))
			thread->hits++;
		else
			thread->errors++;
	}
}

static void *thread_run(void *pointer)
{
	struct thread *thread = pointer;
	struct kernel_work work = {
		.n_versions = thread->n_versions,
		.top_mask = target_top_mask(thread->target),
		.n_nonces = UINT64_C(1) << 32,
	};
	enum kernel_result result = KERNEL_DONE;
	struct kernel_scan scan;
	uint64_t begin = clock_now();

	/* BIP 320: bits 13 to 28 are free to roll. */
	for (unsigned i = 0; i < work.n_versions; i++)
		work.version[i] = thread->header.version | i << 13;
	while (result != KERNEL_STOPPED) {
		if (result == KERNEL_DONE) {
			thread->header.ntime++;
			header_encode(&thread->header, work.header);
			thread->kernel->prepare(&thread->state, &work);
		}
		result = thread->kernel->scan(&thread->state, BENCHMARK_SCAN, thread->stop, &scan);
		thread->hashes += scan.hashes;
		check_hits(thread, &scan);
	}
	thread->elapsed_ns = clock_now() - begin;
	return NULL;
}

/* The header of block 125552, with a different merkle root for each thread. */
static void thread_header(struct thread *thread, unsigned index)
{
	thread->header = (struct header){
		.version = 0x20000000,
		.prevhash = {0x81, 0xcd, 0x02, 0xab, 0x7e, 0x56, 0x9e, 0x8b, 0xcd,
			     0x93, 0x17, 0xe2, 0xfe, 0x99, 0xf2, 0xde, 0x44, 0xd4,
			     0x9a, 0xb2, 0xb8, 0x85, 0x1b, 0xa4, 0xa3, 0x08},
		.ntime = 0x4dd7f5c7,
		.nbits = 0x1a44b9f2,
	};
	sha256d(sha256_compress_scalar, (const uint8_t *)&index, sizeof(index),
		thread->header.merkle_root);
}

/* The index-th CPU of allowed, which has more than index CPUs. */
static int allowed_cpu(const cpu_set_t *allowed, unsigned index)
{
	int skip = (int)index, cpu = 0;

	for (;; cpu++)
		if (CPU_ISSET(cpu, allowed) && skip-- == 0)
			return cpu;
}

/* Runs the threads for so many seconds. Negative errno: a thread could not be started. */
static int threads_run(struct thread *threads, unsigned n, _Atomic uintptr_t *stop,
		       unsigned seconds)
{
	struct timespec end;
	unsigned started = 0;
	int r = 0;

	while (started < n && r == 0) {
		struct thread *thread = &threads[started];

		r = thread_start_on(&thread->id, (unsigned)thread->cpu, thread_run, thread);
		if (r == 0)
			started++;
	}
	if (r == 0) {
		clock_gettime(CLOCK_MONOTONIC, &end);
		end.tv_sec += seconds;
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
			;
	}
	atomic_store(stop, 1);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i].id, NULL);
	return r;
}

static struct totals totals_of(const struct thread *threads, unsigned n)
{
	struct totals totals = {};

	for (unsigned i = 0; i < n; i++) {
		double seconds = (double)threads[i].elapsed_ns / CLOCK_S;

		totals.hashes += threads[i].hashes;
		totals.hits += threads[i].hits;
		totals.errors += threads[i].errors;
		totals.hashrate += (double)threads[i].hashes / seconds;
		totals.seconds = fmax(totals.seconds, seconds);
	}
	totals.expected = (double)totals.hashes * 65535 / 0x1p32;
	return totals;
}

/* false: the hits deviate more than chance explains: by five standard deviations and two hits. */
static bool totals_plausible(const struct totals *totals)
{
	return totals->errors == 0 &&
	       fabs((double)totals->hits - totals->expected) <= 5 * sqrt(totals->expected) + 2;
}

static void print_text(const struct benchmark_options *options, const struct thread *threads,
		       unsigned n, const struct totals *totals)
{
	char unit[UNITS_MAX];

	printf("kernel    %s (%s), %s version rolling\n", threads[0].kernel->name,
	       threads[0].kernel->isa, options->version_rolling ? "with" : "without");
	for (unsigned i = 0; i < n; i++)
		printf("cpu %-3d   %s\n", threads[i].cpu,
		       units_hashrate(unit, (double)threads[i].hashes * CLOCK_S /
						    (double)threads[i].elapsed_ns));
	printf("together  %s", units_hashrate(unit, totals->hashrate));
	printf(", %s in %.2f s\n", units_count(unit, (double)totals->hashes, "H"), totals->seconds);
	printf("found     %llu hits of about %.0f expected, ", (unsigned long long)totals->hits,
	       totals->expected);
	if (totals->errors)
		printf("and %llu WRONG ones\n", (unsigned long long)totals->errors);
	else
		printf("each confirmed by the oracle\n");
	if (!totals_plausible(totals))
		printf("This kernel computes WRONGLY on this machine.\n");
}

static void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
	json_object_put(object);
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void print_run_json(const struct benchmark_options *options, const struct thread *threads,
			   unsigned n, const struct totals *totals)
{
	struct json_object *object = json_object_new_object(), *cpus = json_object_new_array();

	add(object, "kernel", json_object_new_string(threads[0].kernel->name));
	add(object, "threads", json_object_new_int((int)n));
	add(object, "seconds", json_object_new_double(totals->seconds));
	add(object, "hashes", json_object_new_int64((int64_t)totals->hashes));
	add(object, "hashrate", json_object_new_double(round(totals->hashrate)));
	add(object, "version_rolling", json_object_new_boolean(options->version_rolling));
	add(object, "found", json_object_new_int64((int64_t)totals->hits));
	add(object, "expected", json_object_new_double(totals->expected));
	add(object, "hardware_errors", json_object_new_int64((int64_t)totals->errors));
	for (unsigned i = 0; i < n; i++) {
		struct json_object *cpu = json_object_new_object();

		add(cpu, "cpu", json_object_new_int(threads[i].cpu));
		add(cpu, "hashes", json_object_new_int64((int64_t)threads[i].hashes));
		json_object_array_add(cpus, cpu);
	}
	add(object, "cpus", cpus);
	print_json(object);
}

/* Finds the kernel of that name and tests it. Returns an exit status. */
static int choose_kernel(const char *name, const struct kernel **ret)
{
	const struct kernel *kernel;

	if (strcmp(name, "auto") == 0) {
		struct probe_kernels kernels;

		probe_kernels_run(&kernels, PROBE_KERNELS_SLICE_NS, false);
		if (kernels.failed) {
			fprintf(stderr, "minerd: kernel %s failed its self-test\n",
				kernels.failed->name);
			return EX_SOFTWARE;
		}
		*ret = kernels.best;
		return 0;
	}
	kernel = kernel_find(name);
	if (!kernel) {
		fprintf(stderr, "minerd: no kernel \"%s\"; minerd --list-kernels names them\n",
			name);
		return EX_USAGE;
	}
	if (!kernel_supported(kernel)) {
		fprintf(stderr, "minerd: kernel %s needs %s, which this CPU does not have\n", name,
			kernel->isa);
		return EX_USAGE;
	}
	if (!kernel_self_test(kernel)) {
		fprintf(stderr, "minerd: kernel %s failed its self-test\n", name);
		return EX_SOFTWARE;
	}
	*ret = kernel;
	return 0;
}

static int benchmark_failed(const char *what, int r)
{
	fprintf(stderr, "minerd: --benchmark: %s: %s\n", what, thread_refusal(r));
	return EX_OSERR;
}

/*
 * Decides on the number of threads: `wanted`, or one for each allowed CPU if that is 0. Several
 * threads on one CPU would measure the scheduler. Returns an exit status.
 */
static int choose_cpus(unsigned wanted, cpu_set_t *ret_allowed, unsigned *ret_n)
{
	unsigned n;

	if (sched_getaffinity(0, sizeof(*ret_allowed), ret_allowed) < 0)
		return benchmark_failed("cannot get the allowed CPUs", -errno);
	n = (unsigned)CPU_COUNT(ret_allowed);
	if (wanted > n) {
		fprintf(stderr,
			"minerd: --threads %u is above %u, the number of CPUs that this process "
			"may use: each thread needs a CPU of its own\n",
			wanted, n);
		return EX_USAGE;
	}
	*ret_n = wanted ? wanted : n;
	return 0;
}

int benchmark_run(const struct benchmark_options *options)
{
	CLEANUP(cleanup_free) struct thread *threads = NULL;
	const struct kernel *kernel = NULL;
	_Atomic uintptr_t stop = 0;
	struct target target = {};
	struct totals totals;
	cpu_set_t allowed;
	unsigned n = 0;
	int r;

	assert(options->seconds > 0);
	r = choose_cpus(options->threads, &allowed, &n);
	if (r)
		return r;
	r = choose_kernel(options->kernel, &kernel);
	if (r)
		return r;
	threads = aligned_alloc(_Alignof(struct thread), n * sizeof(*threads));
	if (!threads)
		return benchmark_failed("threads", -ENOMEM);
	target_from_difficulty(&target, benchmark_difficulty);
	for (unsigned i = 0; i < n; i++) {
		threads[i].kernel = kernel;
		threads[i].stop = &stop;
		threads[i].target = &target;
		threads[i].n_versions = options->version_rolling ? KERNEL_VERSIONS_MAX : 1;
		threads[i].cpu = allowed_cpu(&allowed, i);
		threads[i].hashes = threads[i].hits = threads[i].errors = 0;
		thread_header(&threads[i], i);
	}
	r = threads_run(threads, n, &stop, options->seconds);
	if (r < 0)
		return benchmark_failed("cannot start a thread", r);
	totals = totals_of(threads, n);
	if (options->json)
		print_run_json(options, threads, n, &totals);
	else
		print_text(options, threads, n, &totals);
	return totals_plausible(&totals) ? 0 : EX_SOFTWARE;
}
