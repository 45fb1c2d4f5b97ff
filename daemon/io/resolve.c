/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a request belongs to its thread until it is in the list `done`, and from then on to
 * the io thread. `resolve`, that is who waits for the answer, belongs to the io thread all the
 * time.
 */
#include "io/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/thread.h"

struct resolve_shared {
	_Atomic unsigned references; /* one of the resolver, and of each thread */
	int event_fd;
	_Atomic(struct resolve_request *) done;
};

struct resolve_request {
	struct resolve_shared *shared;
	struct resolve *resolve; /* NULL: cancelled */
	struct resolve_request *next;
	char *host;
	char port[8];
	struct addrinfo *found;
	int error; /* EAI_* */
	int system_error;
};

static void resolve_request_free(struct resolve_request *request)
{
	if (request->found)
		freeaddrinfo(request->found);
	free(request->host);
	free(request);
}

/* The last reference frees the requests that nobody took. */
static void resolve_shared_unref(struct resolve_shared *shared)
{
	struct resolve_request *done;

	if (atomic_fetch_sub(&shared->references, 1) > 1)
		return;
	done = atomic_load(&shared->done);
	while (done) {
		struct resolve_request *request = done;

		done = request->next;
		resolve_request_free(request);
	}
	close(shared->event_fd);
	free(shared);
}

static void *resolve_thread(void *argument)
{
	struct resolve_request *request = argument;
	struct resolve_shared *shared = request->shared;
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	const uint64_t one = 1;
	ssize_t n;

	request->error = getaddrinfo(request->host, request->port, &hints, &request->found);
	request->system_error = errno;
	request->next = atomic_load(&shared->done);
	while (!atomic_compare_exchange_weak(&shared->done, &request->next, request))
		;
	do
		n = write(shared->event_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
	resolve_shared_unref(shared);
	return NULL;
}

/*
 * How many addresses of a family are kept: all that the other family leaves, which has up to half.
 * Else a name with many of one family would leave none of the other for RFC 8305's race.
 */
static size_t resolve_room(const struct addrinfo *found, bool ipv6)
{
	size_t others = 0;

	for (const struct addrinfo *a = found; a; a = a->ai_next)
		others += (a->ai_family == AF_INET6) != ipv6;
	return RESOLVE_ADDRESSES_MAX - MIN(others, (size_t)RESOLVE_ADDRESSES_MAX / 2);
}

static void resolve_finish(struct resolve *resolve, const struct resolve_request *request)
{
	size_t room[] = {resolve_room(request->found, false), resolve_room(request->found, true)};

	resolve->n = 0;
	for (const struct addrinfo *a = request->found; a; a = a->ai_next) {
		struct resolve_address *address = &resolve->addresses[resolve->n];
		bool ipv6 = a->ai_family == AF_INET6;

		if (!room[ipv6] || a->ai_addrlen > sizeof(address->address))
			continue;
		room[ipv6]--;
		memcpy(&address->address, a->ai_addr, a->ai_addrlen);
		address->size = a->ai_addrlen;
		resolve->n++;
	}
	if (!resolve->n)
		snprintf(resolve->reason, sizeof(resolve->reason), "look-up of %.64s: %s",
			 request->host,
			 request->error == EAI_SYSTEM ? strerror(request->system_error)
						      : gai_strerror(request->error));
	resolve->request = NULL;
	resolve->fn(resolve);
}

static void resolver_on_event(struct ring_op *op, int result)
{
	struct resolver *resolver = container_of(op, struct resolver, op);
	struct resolve_request *done;

	if (resolver->stopped)
		return;
	done = atomic_exchange(&resolver->shared->done, NULL);
	while (done) {
		struct resolve_request *request = done;

		done = request->next;
		if (request->resolve)
			resolve_finish(request->resolve, request);
		resolve_request_free(request);
	}
	ring_read(resolver->ring, op, resolver->shared->event_fd, &resolver->woken,
		  sizeof(resolver->woken));
}

int resolver_init(struct resolver *resolver, struct ring *ring)
{
	struct resolve_shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return -ENOMEM;
	atomic_init(&shared->references, 1);
	shared->event_fd = eventfd(0, EFD_CLOEXEC);
	if (shared->event_fd < 0) {
		free(shared);
		return -errno;
	}
	*resolver = (struct resolver){.ring = ring, .shared = shared, .op.fn = resolver_on_event};
	ring_read(ring, &resolver->op, shared->event_fd, &resolver->woken, sizeof(resolver->woken));
	return 0;
}

void resolver_stop(struct resolver *resolver)
{
	resolver->stopped = true;
	if (resolver->op.armed)
		ring_cancel(resolver->ring, &resolver->op);
}

void resolver_deinit(struct resolver *resolver)
{
	struct resolve_shared *shared = TAKE(resolver->shared);

	assert(!shared || !resolver->op.armed || !resolver->ring->initialized);
	if (shared)
		resolve_shared_unref(shared);
}

static struct resolve_request *resolve_request_new(struct resolver *resolver,
						   struct resolve *resolve, const char *host,
						   unsigned port)
{
	struct resolve_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->shared = resolver->shared;
	request->resolve = resolve;
	request->host = strdup(host);
	if (!request->host)
		free(TAKE(request));
	else
		snprintf(request->port, sizeof(request->port), "%u", port);
	return request;
}

static int resolve_begin(struct resolver *resolver, struct resolve *resolve, const char *host,
			 unsigned port)
{
	struct resolve_request *request = resolve_request_new(resolver, resolve, host, port);
	pthread_t thread;
	int r;

	if (!request)
		return -ENOMEM;
	atomic_fetch_add(&request->shared->references, 1);
	r = thread_start(&thread, NULL, resolve_thread, request);
	if (r < 0) {
		resolve_shared_unref(request->shared);
		resolve_request_free(request);
		return r;
	}
	pthread_detach(thread);
	resolve->request = request;
	return 0;
}

/* A literal address: getaddrinfo(3) returns at once for it. No name has a colon. */
static bool resolve_is_address(const char *host)
{
	struct in_addr address;

	return strchr(host, ':') || inet_pton(AF_INET, host, &address) == 1;
}

int resolve_start(struct resolver *resolver, struct resolve *resolve, const char *host,
		  unsigned port)
{
	int r;

	assert(!resolve->request);
	if (atomic_load(&resolver->shared->references) > RESOLVE_LIVE_MAX &&
	    !resolve_is_address(host)) {
		snprintf(resolve->reason, sizeof(resolve->reason),
			 "look-up of %.64s: %d others have no answer yet; check the resolver of "
			 "this machine",
			 host, RESOLVE_LIVE_MAX);
		return -EAGAIN;
	}
	r = resolve_begin(resolver, resolve, host, port);
	if (r < 0)
		snprintf(resolve->reason, sizeof(resolve->reason), "look-up of %.64s: %s", host,
			 thread_refusal(r));
	return r;
}

void resolve_cancel(struct resolve *resolve)
{
	if (resolve->request)
		resolve->request->resolve = NULL;
	resolve->request = NULL;
}

const char *resolve_text(char ret[RESOLVE_TEXT_MAX], const struct resolve_address *address)
{
	if (getnameinfo((const struct sockaddr *)&address->address, address->size, ret,
			RESOLVE_TEXT_MAX, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(ret, RESOLVE_TEXT_MAX, "an address");
	return ret;
}
