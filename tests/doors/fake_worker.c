/* SPDX-License-Identifier: MIT */
#include "fake_worker.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_events.h"
#include "fake_ring.h"

enum { FAKE_BLOCKS_MAX = 4 /* that are no shares, of a job */ };

static struct fake_worker {
	struct worker *worker; /* NULL: free */
	struct fake_event event;
	struct search_step step;
	unsigned version;
	uint32_t nonce;	  /* the next hash is of this one in step.version[version] */
	bool stepped;	  /* there is a step */
	bool first;	  /* the job has not been hashed yet */
	uint64_t hash_ns; /* when the next hash is due, with a job */
	uint64_t seen_ns; /* when the message in the inbox is seen */
} fakes[FAKE_WORKERS];

static const struct fake_worker_settings *settings;

/* A job in a message; NULL: the message is none. */
static struct job *job_of(uintptr_t message)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as in worker.c */
	return message > WORKER_INBOX_EXIT ? (struct job *)message : NULL;
}

static struct fake_worker *find(const struct worker *worker)
{
	for (size_t i = 0; i < FAKE_WORKERS; i++)
		if (fakes[i].worker == worker)
			return &fakes[i];
	return NULL;
}

static void timestamp(struct worker_timestamp *ret, uint64_t sequence)
{
	ret->ns = clock_now();
	ret->sequence = sequence;
}

uint64_t worker_timestamp_read(const struct worker_timestamp *timestamp, uint64_t sequence)
{
	return timestamp->sequence == sequence ? timestamp->ns : 0;
}

static void begin(struct fake_worker *fake, struct job *job)
{
	struct worker *worker = fake->worker;

	timestamp(&worker->taken, job->sequence);
	worker->job = job;
	worker->blocks_left = FAKE_BLOCKS_MAX;
	worker->header.nbits = job->nbits;
	memcpy(worker->header.prevhash, job->prevhash, sizeof(job->prevhash));
	search_space_init(&worker->search_space, job, worker->index, worker->n_workers);
	merkle_prefix_init(&worker->prefix, job, worker->sha256);
	worker->busy = true;
	fake->stepped = false;
	fake->first = true;
	fake->hash_ns = clock_now();
}

static void drop(struct worker *worker)
{
	if (worker->job)
		job_unref(worker->job);
	worker->job = NULL;
	worker->busy = false;
}

/* ns until the next hash, within the limits. */
static uint64_t pause(const struct worker *worker)
{
	uint64_t limit = worker->hashrate_limit;
	double rate = settings->hashrate * worker->cpu_limit / 100;

	if (limit)
		rate = MIN(rate, (double)limit);
	return (uint64_t)((double)CLOCK_S / rate);
}

/* Goes on to the next header of the job. false: there is none. */
static bool step(struct fake_worker *fake)
{
	struct worker *worker = fake->worker;
	const struct job *job = worker->job;
	uint64_t elapsed = (clock_now() - job->packet_ns) / CLOCK_S;

	if (!search_space_next(&worker->search_space,
			       (uint32_t)MIN(elapsed, (uint64_t)job->ntime_roll), &fake->step))
		return false;
	if (fake->step.new_extranonce2)
		merkle_root(job, &worker->prefix, fake->step.extranonce2, worker->sha256,
			    worker->header.merkle_root);
	worker->header.ntime = fake->step.ntime;
	fake->stepped = true;
	fake->version = 0;
	fake->nonce = 0;
	return true;
}

void fake_worker_hash(const struct worker *worker, const struct job *job,
		      const struct header *header, struct target *ret)
{
	uint8_t bytes[HEADER_SIZE];

	header_encode(header, bytes);
	header_hash(sha256_compress_scalar, header, ret);
	if (settings->hashed)
		settings->hashed(worker, job, bytes);
}

void fake_worker_found(const struct share *share)
{
	if (settings->found)
		settings->found(share);
}

static void give_share(struct fake_worker *fake, const struct target *hash)
{
	struct worker *worker = fake->worker;
	struct share share = {
		.job = job_ref(worker->job),
		.ntime = fake->step.ntime,
		.nonce = worker->header.nonce,
		.version = worker->header.version,
		.hash = *hash,
	};

	memcpy(share.extranonce2, fake->step.extranonce2, sizeof(share.extranonce2));
	fake_worker_found(&share);
	if (share_queue_push(&worker->shares, &share))
		fake_ring_wake(worker->event_fd);
	else
		job_unref(share.job);
}

static unsigned versions_of(const struct fake_worker *fake)
{
	return MIN(fake->step.n_versions, settings->versions);
}

/* The first ones of the step and, where not all are hashed, its last one: steps must not overlap.
 */
static unsigned version_index(const struct fake_worker *fake)
{
	bool last = fake->version + 1 == versions_of(fake);

	return last ? fake->step.n_versions - 1 : fake->version;
}

static void hash(struct fake_worker *fake)
{
	struct worker *worker = fake->worker;
	const struct job *job = worker->job;
	struct target value;

	worker->header.version = fake->step.version[version_index(fake)];
	worker->header.nonce = fake->nonce;
	fake_worker_hash(worker, job, &worker->header, &value);
	worker->hashes++;
	worker->heartbeat++;
	if (fake->first)
		timestamp(&worker->first_hash, job->sequence);
	fake->first = false;
	if (target_met(&job->target, &value)) {
		give_share(fake, &value);
	} else if (worker->blocks_left && target_met(&job->network_target, &value)) {
		worker->blocks_left--;
		give_share(fake, &value);
	}
}

static void on_hash(struct fake_worker *fake)
{
	struct worker *worker = fake->worker;

	if (!fake->stepped && !step(fake)) {
		if (!search_space_is_empty(&worker->search_space))
			worker->used_up = worker->job->sequence;
		drop(worker);
		fake_ring_wake(worker->event_fd);
		return;
	}
	hash(fake);
	if (++fake->version == versions_of(fake)) {
		fake->version = 0;
		fake->stepped = ++fake->nonce < settings->nonces;
	}
}

static bool has_message(const struct worker *worker)
{
	return atomic_load(&worker->inbox) != WORKER_INBOX_EMPTY;
}

static void take_message(struct fake_worker *fake)
{
	struct worker *worker = fake->worker;
	struct job *job = job_of(atomic_exchange(&worker->inbox, WORKER_INBOX_EMPTY));

	drop(worker);
	worker->heartbeat++;
	if (job)
		begin(fake, job);
}

static void set_event(struct fake_worker *fake)
{
	uint64_t at = fake->worker->job ? fake->hash_ns : UINT64_MAX;

	if (has_message(fake->worker))
		at = MIN(at, fake->seen_ns);
	if (at != UINT64_MAX)
		fake_event_set(&fake->event, at);
}

static void on_event(struct fake_event *event)
{
	struct fake_worker *fake = container_of(event, struct fake_worker, event);
	struct worker *worker = fake->worker;

	if (has_message(worker) && clock_now() >= fake->seen_ns) {
		take_message(fake);
	} else if (worker->job && clock_now() >= fake->hash_ns) {
		on_hash(fake);
		fake->hash_ns = clock_now() + pause(worker);
	}
	set_event(fake);
}

void fake_worker_begin(const struct fake_worker_settings *with)
{
	memset(fakes, 0, sizeof(fakes));
	settings = with;
}

unsigned fake_worker_count(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < FAKE_WORKERS; i++)
		n += fakes[i].worker != NULL;
	return n;
}

unsigned fake_worker_busy(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < FAKE_WORKERS; i++)
		n += fakes[i].worker && fakes[i].worker->job;
	return n;
}

void fake_worker_limits(unsigned *ret_least, unsigned *ret_most)
{
	*ret_least = UINT_MAX;
	*ret_most = 0;
	for (size_t i = 0; i < FAKE_WORKERS; i++) {
		if (!fakes[i].worker)
			continue;
		*ret_least = MIN(*ret_least, fakes[i].worker->cpu_limit);
		*ret_most = MAX(*ret_most, fakes[i].worker->cpu_limit);
	}
}

const struct job *fake_worker_job(void)
{
	for (size_t i = 0; i < FAKE_WORKERS; i++)
		if (fakes[i].worker && fakes[i].worker->job)
			return fakes[i].worker->job;
	return NULL;
}

int worker_start(struct worker *worker, int policy)
{
	struct fake_worker *fake = find(NULL);

	assert(fake && settings);
	*fake = (struct fake_worker){.worker = worker, .event.fn = on_event};
	worker->thread = pthread_self();
	worker->cpu_limit = 100;
	return 0;
}

void worker_post(struct worker *worker, uintptr_t message)
{
	struct fake_worker *fake = find(worker);

	if (!has_message(worker))
		fake->seen_ns = clock_now() + (settings->delay ? settings->delay() : 0);
	job_unref(job_of(atomic_exchange(&worker->inbox, message)));
	set_event(fake);
}

/* Limits have changed, or a message is there, whose event is set. */
void worker_wake(struct worker *worker)
{
}

void worker_join(struct worker *worker)
{
	struct fake_worker *fake = find(worker);

	drop(worker);
	job_unref(job_of(atomic_exchange(&worker->inbox, WORKER_INBOX_EMPTY)));
	fake_event_clear(&fake->event);
	fake->worker = NULL;
}
