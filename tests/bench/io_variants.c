/* SPDX-License-Identifier: MIT */
/*
 * The conversation of io_compare by raw liburing, one client for each thing that io_uring offers,
 * so that daemon/io takes what gains and nothing else. Of a variant's flags each is one such thing;
 * what the header of the build machine does not know yet is set by number.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <liburing.h>

#include "common/line.h"
#include "io_compare.h"

enum {
	SEND_FIRST = 1 << 0,  /* submitted before the next recv, not behind it */
	SILENT = 1 << 1,      /* IOSQE_CQE_SKIP_SUCCESS and MSG_DONTWAIT: see ring.c */
	CALL = 1 << 2,	      /* send(2) */
	FIXED = 1 << 3,	      /* a registered descriptor */
	POLL_FIRST = 1 << 4,  /* IORING_RECVSEND_POLL_FIRST */
	MULTISHOT = 1 << 5,   /* one recv for all, into a ring of provided buffers */
	RECV_BUNDLE = 1 << 6, /* and as many of them as are needed (Linux 6.10) */
	SEND_BUNDLE = 1 << 7, /* what to send is taken from such a ring (Linux 6.10) */
	ZERO_COPY = 1 << 8,   /* IORING_OP_SEND_ZC */
	RING_FD = 1 << 9,     /* the ring's own descriptor registered */
	COOP = 1 << 10,	      /* COOP_TASKRUN instead of DEFER_TASKRUN */
	PLAIN = 1 << 11,      /* neither */
	SQPOLL = 1 << 12,     /* a kernel thread submits */
	NAPI = 1 << 13,	      /* busy polling of the network device (Linux 6.9) */
};

static const struct variant {
	const char *name;
	unsigned flags;
	const char *description;
} variants[] = {
	{"base", 0, "single issuer, deferred task work; recv, send, and a wait for each"},
	{"send-first", SEND_FIRST, "the send is submitted before the next recv"},
	{"silent", SEND_FIRST | SILENT, "and a send that succeeds tells nothing"},
	{"send(2)", CALL, "send(2), and the ring to receive"},
	{"fixed-file", SEND_FIRST | SILENT | FIXED, "silent, on a registered descriptor"},
	{"ring-fd", SEND_FIRST | SILENT | RING_FD, "silent, the ring's descriptor registered"},
	{"poll-first", SEND_FIRST | SILENT | POLL_FIRST, "silent, recv waits before it tries"},
	{"multishot", SEND_FIRST | SILENT | MULTISHOT, "silent, one recv for all messages"},
	{"recv-bundle", SEND_FIRST | SILENT | MULTISHOT | RECV_BUNDLE,
	 "silent, one recv for all, over several buffers"},
	{"send-bundle", SEND_FIRST | SILENT | SEND_BUNDLE, "silent, from a ring of buffers"},
	{"zero-copy", SEND_FIRST | ZERO_COPY, "a send without the kernel's copy"},
	{"all", SEND_FIRST | SILENT | MULTISHOT | FIXED | RING_FD,
	 "silent, multishot, both descriptors registered"},
	{"coop", SEND_FIRST | SILENT | COOP, "silent, cooperative task work"},
	{"plain", SEND_FIRST | SILENT | PLAIN, "silent, a ring without flags"},
	{"sqpoll", SEND_FIRST | SILENT | SQPOLL, "silent, a kernel thread submits"},
	{"napi", SEND_FIRST | SILENT | NAPI, "silent, the network device polled"},
};

enum {
	RECV = 1, /* user_data */
	SEND,
	RECV_GROUP = 0, /* of provided buffers */
	SEND_GROUP,
	BUFFERS = 16, /* of each group */
	BUFFER_SIZE = 4096,
	RECVSEND_BUNDLE = 1 << 4, /* IORING_RECVSEND_BUNDLE */
	REGISTER_NAPI = 27,	  /* IORING_REGISTER_NAPI */
	NAPI_US = 200,
};

struct client {
	struct io_uring uring;
	unsigned flags;
	int fd;
	struct line_buffer in;
	char out[BUFFER_SIZE]; /* answers to send, then with the kernel until the send is done */
	size_t queued;
	bool receiving;
	struct io_uring_buf_ring *recv_ring, *send_ring;
	char buffers[BUFFERS][BUFFER_SIZE];
};

static void check(int result, const char *what)
{
	if (result < 0) {
		errno = -result;
		io_fail(what);
	}
}

static struct io_uring_buf_ring *buffers_register(struct client *client, int group)
{
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = (unsigned short)group};
	void *memory = aligned_alloc(4096, 4096);

	if (!memory)
		io_fail("buffers");
	io_uring_buf_ring_init(memory);
	reg.ring_addr = (unsigned long)memory;
	check(io_uring_register_buf_ring(&client->uring, &reg, 0), "provided buffers");
	return memory;
}

static void buffer_provide(struct client *client, struct io_uring_buf_ring *ring, unsigned i,
			   void *data, size_t size)
{
	io_uring_buf_ring_add(ring, data, (unsigned)size, (unsigned short)i,
			      io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(ring, 1);
}

static void client_init(struct client *client)
{
	struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER |
						  IORING_SETUP_DEFER_TASKRUN};
	struct {
		unsigned busy_poll_us;
		unsigned char prefer_busy_poll, pad[3];
		unsigned long reserved;
	} napi = {.busy_poll_us = NAPI_US, .prefer_busy_poll = 1};

	if (client->flags & COOP)
		params.flags = IORING_SETUP_COOP_TASKRUN;
	if (client->flags & PLAIN)
		params.flags = 0;
	if (client->flags & SQPOLL) {
		params.flags = IORING_SETUP_SQPOLL | IORING_SETUP_SINGLE_ISSUER;
		params.sq_thread_idle = 50; /* ms */
	}
	check(io_uring_queue_init_params(64, &client->uring, &params), "io_uring");
	if (client->flags & RING_FD)
		check(io_uring_register_ring_fd(&client->uring), "ring descriptor");
	if (client->flags & FIXED)
		check(io_uring_register_files(&client->uring, &client->fd, 1), "files");
	if (client->flags & NAPI)
		check(io_uring_register(client->uring.ring_fd, REGISTER_NAPI, &napi, 1), "NAPI");
	if (client->flags & MULTISHOT) {
		client->recv_ring = buffers_register(client, RECV_GROUP);
		for (unsigned i = 0; i < BUFFERS; i++)
			buffer_provide(client, client->recv_ring, i, client->buffers[i],
				       BUFFER_SIZE);
	}
	if (client->flags & SEND_BUNDLE)
		client->send_ring = buffers_register(client, SEND_GROUP);
}

static struct io_uring_sqe *client_sqe(struct client *client, unsigned long what)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&client->uring);

	if (!sqe)
		io_fail("submission queue");
	memset(sqe, 0, sizeof(*sqe));
	io_uring_sqe_set_data64(sqe, what);
	return sqe;
}

/* To be called last: the preparation clears what it does not know. */
static void client_mark(struct client *client, struct io_uring_sqe *sqe, unsigned long what)
{
	io_uring_sqe_set_data64(sqe, what);
	if (client->flags & FIXED) {
		sqe->fd = 0;
		sqe->flags |= IOSQE_FIXED_FILE;
	}
}

static void client_receive(struct client *client)
{
	struct io_uring_sqe *sqe;
	char *space = NULL;
	size_t size = 0;

	if (client->receiving)
		return;
	sqe = client_sqe(client, RECV);
	if (!(client->flags & MULTISHOT))
		check(line_space(&client->in, &space, &size), "line");
	io_uring_prep_recv(sqe, client->fd, space, size, 0);
	if (client->flags & MULTISHOT) {
		sqe->ioprio |= IORING_RECV_MULTISHOT;
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = RECV_GROUP;
	}
	if (client->flags & RECV_BUNDLE)
		sqe->ioprio |= RECVSEND_BUNDLE;
	if (client->flags & POLL_FIRST)
		sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
	client_mark(client, sqe, RECV);
	client->receiving = true;
}

static void client_send(struct client *client)
{
	int flags = MSG_NOSIGNAL | (client->flags & SILENT ? MSG_DONTWAIT | MSG_WAITALL : 0);
	size_t n = client->queued;
	struct io_uring_sqe *sqe;

	if (!n)
		return;
	client->queued = 0;
	if (client->flags & CALL) {
		if (send(client->fd, client->out, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
			io_fail("send");
		return;
	}
	sqe = client_sqe(client, SEND);
	if (client->flags & ZERO_COPY) {
		io_uring_prep_send_zc(sqe, client->fd, client->out, n, MSG_NOSIGNAL, 0);
	} else if (client->flags & SEND_BUNDLE) {
		buffer_provide(client, client->send_ring, 0, client->out, n);
		io_uring_prep_send(sqe, client->fd, NULL, 0, flags);
		sqe->ioprio |= RECVSEND_BUNDLE;
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = SEND_GROUP;
	} else {
		io_uring_prep_send(sqe, client->fd, client->out, n, flags);
	}
	if (client->flags & SILENT)
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	client_mark(client, sqe, SEND);
}

/* What came goes into the line buffer, if the kernel has not put it there. */
static void client_take(struct client *client, unsigned first, size_t n)
{
	char *space;
	size_t size;

	for (unsigned i = first; n; i = (i + 1) % BUFFERS) {
		size_t part = n < BUFFER_SIZE ? n : BUFFER_SIZE;

		check(line_space(&client->in, &space, &size), "line");
		if (size < part)
			io_fail("no room for a message");
		memcpy(space, client->buffers[i], part);
		line_received(&client->in, part);
		buffer_provide(client, client->recv_ring, i, client->buffers[i], BUFFER_SIZE);
		n -= part;
	}
}

/* false: the end. */
static bool client_received(struct client *client, const struct io_uring_cqe *cqe)
{
	char *line;
	size_t n;

	client->receiving = cqe->flags & IORING_CQE_F_MORE;
	check(cqe->res, "recv");
	if (cqe->res == 0)
		return false;
	if (client->flags & MULTISHOT)
		client_take(client, cqe->flags >> IORING_CQE_BUFFER_SHIFT, (size_t)cqe->res);
	else
		line_received(&client->in, (size_t)cqe->res);
	while (line_next(&client->in, &line, &n))
		client->queued += io_answer(client->out + client->queued, line);
	return true;
}

static void client_run(struct client *client)
{
	struct io_uring_cqe *cqe;
	bool going = true;

	client_receive(client);
	while (going) {
		check(io_uring_submit_and_wait(&client->uring, 1), "wait");
		while (io_uring_peek_cqe(&client->uring, &cqe) == 0) {
			struct io_uring_cqe done = *cqe;

			io_uring_cqe_seen(&client->uring, cqe);
			if (done.user_data == RECV)
				going = client_received(client, &done);
			else
				check(done.res, "send"); /* none is ever cut short here */
		}
		if (!going)
			break;
		if (client->flags & SEND_FIRST)
			client_send(client);
		client_receive(client);
		client_send(client);
	}
}

bool io_variant(const char *name, int fd)
{
	struct client *client;

	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (strcmp(name, variants[i].name) != 0)
			continue;
		client = calloc(1, sizeof(*client));
		if (!client)
			io_fail("client");
		client->flags = variants[i].flags;
		client->fd = fd;
		client->in = LINE_BUFFER_NULL('\n');
		client_init(client);
		client_run(client);
		io_uring_queue_exit(&client->uring);
		free(client->recv_ring);
		free(client->send_ring);
		line_deinit(&client->in);
		free(client);
		close(fd);
		return true;
	}
	return false;
}

void io_variants_list(void)
{
	printf("{");
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		printf("%s\"%s\":\"%s\"", i ? "," : "", variants[i].name, variants[i].description);
	printf("}\n");
}
