/* SPDX-License-Identifier: MIT */
#include "fake_resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "fake_inside.h"

static struct fake_name {
	const char *host;
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];
	size_t n;
	bool asked;
} names[FAKE_RESOLVE_NAMES];

struct resolve_request {
	struct ring_task task;
	struct resolve_request *next;
	struct resolve *resolve; /* NULL: cancelled */
	const struct fake_name *name;
	in_port_t port;
};

/* All that are not done. */
static struct resolve_request *requests;

static void release(struct resolve_request *request)
{
	struct resolve_request **at = &requests;

	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
	free(request);
}

/* The entry of host; NULL: a free one. */
static struct fake_name *find(const char *host)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (host ? names[i].host && strcmp(names[i].host, host) == 0 : !names[i].host)
			return &names[i];
	return NULL;
}

void fake_resolve(const char *host, const struct resolve_address *addresses, size_t n)
{
	struct fake_name *name = find(host);

	name = name ? name : find(NULL);
	assert(name);
	name->host = host;
	name->n = n;
	name->asked = false;
	if (n && n < FAKE_RESOLVE_HANGS)
		memcpy(name->addresses, addresses, n * sizeof(*addresses));
}

void fake_resolve_reset(void)
{
	memset(names, 0, sizeof(names));
}

bool fake_resolve_asked(const char *host)
{
	const struct fake_name *name = find(host);

	assert(name);
	return name->asked;
}

static void set_port(struct resolve_address *address, in_port_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->address;

	/* sin6_port lies where sin_port does. */
	if (!in->sin_port)
		in->sin_port = port;
}

static void on_task(struct ring_task *task)
{
	struct resolve_request *request = container_of(task, struct resolve_request, task);
	struct resolve *resolve = request->resolve;
	const struct fake_name *name = request->name;

	if (resolve) {
		resolve->request = NULL;
		resolve->n = name ? name->n : 0;
		for (size_t i = 0; i < resolve->n; i++) {
			resolve->addresses[i] = name->addresses[i];
			set_port(&resolve->addresses[i], request->port);
		}
		resolve->fn(resolve);
	}
	release(request);
}

int resolver_init(struct resolver *resolver, struct ring *ring)
{
	*resolver = (struct resolver){.ring = ring};
	return 0;
}

void resolver_stop(struct resolver *resolver)
{
	resolver->stopped = true;
}

/* The process has ended, maybe in the middle of look-ups. */
void resolver_deinit(struct resolver *resolver)
{
	while (requests)
		release(requests);
}

int resolve_start(struct resolver *resolver, struct resolve *resolve, const char *host,
		  unsigned port)
{
	struct resolve_request *request;

	fake_inside_leave();
	request = calloc(1, sizeof(*request));
	fake_inside_enter();
	*request = (struct resolve_request){
		.task.fn = on_task,
		.next = requests,
		.resolve = resolve,
		.name = find(host),
		.port = htons((uint16_t)port),
	};
	requests = request;
	if (find(host))
		find(host)->asked = true;
	snprintf(resolve->reason, sizeof(resolve->reason), "look-up of %.64s: %s", host,
		 gai_strerror(EAI_NONAME));
	resolve->request = request;
	if (request->name && request->name->n == FAKE_RESOLVE_HANGS)
		return 0;
	ring_task_later(resolver->ring, &request->task);
	return 0;
}

void resolve_cancel(struct resolve *resolve)
{
	struct resolve_request *request = resolve->request;

	resolve->request = NULL;
	if (!request)
		return;
	request->resolve = NULL;
	if (!request->task.queued)
		release(request);
}

const char *resolve_text(char ret[RESOLVE_TEXT_MAX], const struct resolve_address *address)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&address->address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->address;
	const void *bytes = in->sin_family == AF_INET6 ? (const void *)&in6->sin6_addr
						       : (const void *)&in->sin_addr;

	return inet_ntop(in->sin_family, bytes, ret, RESOLVE_TEXT_MAX) ? ret : "an address";
}
