/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One stream connection: to a pool over TCP, or of a client of the control socket. It receives into
 * its own buffer, hands out whole messages without a copy, and sends in order. It calls lost() at
 * most once, and closed() once, when no operation is armed any more. Io thread only.
 *
 *	stream_init -> stream_adopt -> .. lost or stream_close .. -> closed
 *
 * With stream_secure() before stream_adopt() all of it goes through TLS. After closed() it may
 * adopt the next descriptor, or be deinitialised.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/line.h"
#include "io/ring.h"
#include "io/tls.h"

enum {
	STREAM_SEND_MAX = 1024 * 1024, /* bytes that may wait to be sent: the peer does not read */
	STREAM_REASON_MAX = 192,
	STREAM_CIPHER_SIZE = 16 * 1024, /* bytes received at once under TLS */
	STREAM_DELIVER_MAX = 16, /* messages delivered in an iteration; more wait for the next */
};

struct stream;

struct stream_handler {
	/* The TLS handshake is done. NULL only for streams without TLS. */
	void (*secured)(struct stream *stream);
	/* A message without its delimiter; message[n] is NUL. It may call stream_close(). */
	void (*message)(struct stream *stream, char *message, size_t n);
	/*
	 * May be NULL: then each message is delivered when it is received. Else bytes were
	 * received; nothing is delivered and nothing more received before stream_step(), so that
	 * the owner decides when the peer is served. Not for TLS.
	 */
	void (*received)(struct stream *stream);
	/* May be NULL. All that was queued is in the socket's buffer, or has left that. */
	void (*drained)(struct stream *stream);
	/*
	 * The connection failed or ended, for the reason given; not called after stream_close().
	 * closed() follows in a later iteration.
	 */
	void (*lost)(struct stream *stream, const char *reason);
	/* No operation is armed any more, the descriptor is closed, and the buffers are freed. */
	void (*closed)(struct stream *stream);
};

enum stream_state {
	STREAM_CLOSED,
	STREAM_SECURING, /* the TLS handshake */
	STREAM_OPEN,
	STREAM_CLOSING,
};

struct stream {
	struct ring *ring;
	const struct stream_handler *handler;
	enum stream_state state;
	bool ended_by_peer; /* in lost(): not by the network, nor by a limit of ours */
	int fd;
	uint64_t received_ns; /* when the end of the current message was reaped */

	struct line_buffer in;

	/* `sending` belongs to the kernel; what is queued meanwhile waits in the other buffer. */
	char *sending, *queued;
	size_t sending_size, sent, sending_room;
	size_t queued_size, queued_room;

	struct tls_context *context; /* borrowed; NULL: plain */
	const char *host;	     /* borrowed; the server that TLS expects */
	struct tls tls;
	char *cipher; /* receive buffer under TLS: STREAM_CIPHER_SIZE bytes, owned */

	struct ring_op recv_op, send_op;
	struct ring_task flush;
	struct ring_task go_on; /* delivers what is beyond STREAM_DELIVER_MAX */
	struct ring_task finish;
};

void stream_init(struct stream *stream, struct ring *ring, const struct stream_handler *handler,
		 char delimiter);

/* Only when closed, or when the ring is gone: that closes the descriptor. Idempotent. */
void stream_deinit(struct stream *stream);

/*
 * Only when closed: the maximum of bytes of a message with its delimiter, and of what is received
 * before it is delivered. Default: LINE_MAX_SIZE.
 */
void stream_limit(struct stream *stream, size_t max);

/* Whether its completions are called before those of other streams. */
void stream_serve_first(struct stream *stream, bool first);

/*
 * Only when closed: the next stream_adopt() is of a descriptor connected to host, and uses TLS.
 * Both must outlive the connection. context NULL: no TLS.
 */
void stream_secure(struct stream *stream, struct tls_context *context, const char *host);

/*
 * Takes over a connected descriptor; only when closed. The stream is open at once, under TLS when
 * secured() is called. On allocation failure lost() is called from within.
 */
void stream_adopt(struct stream *stream, int fd);

/*
 * Queues n bytes; all that is queued in one iteration leaves in one send. false: STREAM_SEND_MAX
 * would be exceeded, there is no memory, or the stream is not open; then nothing was queued.
 */
bool stream_send(struct stream *stream, const void *data, size_t n);

/*
 * The same without a copy: reserves space for n bytes in the send buffer, valid until the next call
 * of the stream; commits how many of them were written. NULL and false as above.
 */
char *stream_reserve(struct stream *stream, size_t n);
bool stream_commit(struct stream *stream, size_t n);

/*
 * Only with received(): delivers the next message, if there is one. true: another one waits for the
 * next stream_step(). false: none does, and the stream receives again.
 */
bool stream_step(struct stream *stream);

/* The address of the peer. false: there is no connection. */
bool stream_peer(const struct stream *stream, struct sockaddr_storage *ret);

/* How many bytes wait to be sent. */
size_t stream_unsent(const struct stream *stream);

/* Ends the connection; closed() follows in a later iteration. Nothing when closed or closing. */
void stream_close(struct stream *stream);
