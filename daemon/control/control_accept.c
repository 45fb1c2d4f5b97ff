/* SPDX-License-Identifier: MIT */
/*
 * Who connects: how many are served, and that root and the owner are, whatever the others do and
 * however many files are open. Whoever is refused gets to know why, as far as his socket takes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "control/control_parts.h"

enum {
	CONTROL_ACCEPTS = 4,	 /* connections taken in one iteration of the loop */
	CONTROL_AGAIN_MS = 1000, /* until the next attempt after a failure */
	/* CPU time for one of the others that is spent elsewhere: waking up, and his whole life. */
	CONTROL_ACCEPT_NS = 10 * 1000,
	CONTROL_ADOPT_NS = 30 * 1000,
};

static size_t accept_count(const struct control *control, bool others, bool same_uid, uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &control->clients[i];

		n += client->used && (!others || !client->peer.trusted) &&
		     (!same_uid || client->peer.uid == uid);
	}
	return n;
}

size_t control_count(const struct control *control)
{
	return accept_count(control, false, false, 0);
}

/* Why there is no place for one more; NULL: there is. */
static const char *accept_objection(const struct control *control, const struct control_peer *peer)
{
	size_t places = CONTROL_CLIENTS_MAX - (peer->owner ? 0 : CONTROL_OWNER_RESERVED);

	if (!peer->trusted &&
	    accept_count(control, true, true, peer->uid) >= CONTROL_OTHERS_UID_MAX)
		return "too many clients of this user";
	if (control_count(control) >= places ||
	    (!peer->trusted && accept_count(control, true, false, 0) >= CONTROL_OTHERS_MAX))
		return "too many clients";
	return NULL;
}

/* The socket is new, there is room for the reply; and if not, its end says enough. */
static void accept_refuse(struct control *control, int fd, const struct control_peer *peer,
			  const char *reason)
{
	const struct control_interface *interface = control->interfaces[control->n_interfaces - 1];
	char reply[CONTROL_REASON_MAX];
	int n = snprintf(reply, sizeof(reply),
			 "{\"parameters\":{\"reason\":\"%s\"},\"error\":\"%s.Refused\"}", reason,
			 interface->name);

	(void)send(fd, reply, (size_t)n + 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", peer->name}),
		  "control: client of %s, pid %d refused: %s", peer->name, peer->pid, reason);
}

/* Takes over fd. reserved: it is one of those that only the trusted get. */
static void accept_client(struct control *control, int fd, bool reserved)
{
	CLEANUP(cleanup_close) int owned = fd;
	uint64_t begin = control_cpu_ns(), cost = CONTROL_ACCEPT_NS;
	const char *objection;
	struct control_peer peer;
	int r;

	r = control_socket_peer(&peer, fd, control->group);
	if (r < 0) {
		log_warning("control: client refused: no credentials: %s", strerror(-r));
		return;
	}
	objection = accept_objection(control, &peer);
	if (reserved && !peer.trusted)
		objection = "too many open files";
	if (objection) {
		accept_refuse(control, fd, &peer, objection);
	} else {
		control_adopt(control, take_fd(&owned), &peer);
		cost += CONTROL_ADOPT_NS;
	}
	if (!peer.trusted)
		control_budget_spend(&control->accepts, control_cpu_ns() - begin + cost);
}

static int accept_open(const struct control *control)
{
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void control_reserve_files(struct control *control)
{
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		if (control->reserved[i] < 0 && control->fd >= 0)
			control->reserved[i] = fcntl(control->fd, F_DUPFD_CLOEXEC, 0);
}

/* A connection for which there is no descriptor but a reserved one. */
static int accept_reserved(struct control *control, int error)
{
	size_t i = 0;
	int fd;

	log_warning("control: %s: only clients that may change the daemon are served; raise the "
		    "limit (ulimit -n, in a unit: LimitNOFILE=)",
		    strerror(-error));
	while (i < CONTROL_RESERVED_FILES && control->reserved[i] < 0)
		i++;
	if (i == CONTROL_RESERVED_FILES)
		return error;
	close(take_fd(&control->reserved[i]));
	fd = accept_open(control);
	if (fd >= 0)
		accept_client(control, fd, true);
	control_reserve_files(control);
	return fd;
}

/* Negative errno: there is nobody else (-EAGAIN), or it failed. */
static int accept_next(struct control *control)
{
	int fd = accept_open(control);

	if (fd == -EMFILE || fd == -ENFILE)
		return accept_reserved(control, fd);
	if (fd >= 0)
		accept_client(control, fd, false);
	return fd == -ECONNABORTED || fd == -EINTR ? 0 : fd;
}

void control_watch(struct control *control)
{
	uint64_t wait = control_budget_wait(&control->accepts, clock_now());

	if (wait)
		ring_timer_in(control->ring, &control->accept_again, wait);
	else
		ring_poll(control->ring, &control->acceptable, control->fd, POLLIN);
}

void control_on_acceptable(struct ring_op *op, int result)
{
	struct control *control = container_of(op, struct control, acceptable);
	int r = result < 0 ? result : 0;

	if (control->closing)
		return;
	for (unsigned i = 0; i < CONTROL_ACCEPTS && r >= 0; i++)
		r = accept_next(control);
	if (r >= 0 || r == -EAGAIN || r == -EINTR) {
		control_watch(control);
		return;
	}
	log_warning("control: cannot accept a client: %s", strerror(-r));
	ring_timer_in(control->ring, &control->accept_again, CONTROL_AGAIN_MS * CLOCK_MS);
}

void control_on_accept_again(struct ring_timer *timer)
{
	control_watch(container_of(timer, struct control, accept_again));
}
