/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One stream connection: a pool's over TCP or a client's of the control socket. It receives into
 * its own buffer and hands out whole messages where they lie, sends in order, and tells once when
 * it is lost and once when nothing of it belongs to the kernel any more. Io thread only.
 *
 *	stream_init -> stream_adopt -> .. lost or stream_close .. -> closed
 *
 * With stream_secure() before stream_adopt() all of it goes through TLS.
 * After closed() it may adopt the next one, or be deinitialised.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/line.h"
#include "io/ring.h"
#include "io/tls.h"

enum {
	STREAM_SEND_MAX =
		1024 * 1024, /* bytes that may wait to be sent: more is an error of the peer */
	STREAM_REASON_MAX = 192,
	STREAM_CIPHER_SIZE = 16 * 1024, /* bytes received at once under TLS */
	STREAM_TURN_MAX = 16, /* messages delivered in a turn of the loop; more wait for the next */
};

struct stream;

struct stream_handler {
	/* The TLS handshake is done. May be NULL for streams without TLS. */
	void (*secured)(struct stream *stream);
	/* A message without its delimiter; message[n] is NUL. It may call stream_close(). */
	void (*message)(struct stream *stream, char *message, size_t n);
	/*
	 * May be NULL: then each message is delivered as it comes. Else bytes have come, and
	 * neither is a message delivered nor are more bytes received before stream_step(): so the
	 * owner decides when the peer is served. Not for TLS.
	 */
	void (*received)(struct stream *stream);
	/* May be NULL. All that was queued has left: into the socket's buffer, at least. */
	void (*drained)(struct stream *stream);
	/*
	 * The connection failed or ended, for the reason given; not called after stream_close().
	 * closed() follows in a later turn.
	 */
	void (*lost)(struct stream *stream, const char *reason);
	/* All operations came back and the descriptor is closed. */
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
	bool ended_by_peer; /* when lost() is called: by the peer or the way to it, not by a limit
			     */
	int fd;
	uint64_t received_ns; /* when the completion with the end of the current message was reaped
			       */

	struct line_buffer in;

	/* What is being sent belongs to the kernel; what is queued meanwhile waits in another
	 * buffer. */
	char *sending, *queued;
	size_t sending_size, sent, sending_room;
	size_t queued_size, queued_room;

	struct tls_context *context; /* borrowed; NULL: plain */
	const char *host;	     /* borrowed; whom TLS has to find at the other end */
	struct tls tls;
	char *cipher; /* what is received under TLS: STREAM_CIPHER_SIZE bytes */

	struct ring_op recv_op, send_op;
	struct ring_task flush;
	struct ring_task go_on; /* delivers what was too much for a turn */
	struct ring_task finish;
};

void stream_init(struct stream *stream, struct ring *ring, const struct stream_handler *handler,
		 char delimiter);

/* Only when closed. Idempotent. */
void stream_deinit(struct stream *stream);

/*
 * Before stream_adopt(): the most bytes of a message with its delimiter, and of what is received
 * before it is delivered. Without it: LINE_MAX_SIZE.
 */
void stream_limit(struct stream *stream, size_t max);

/* Whether its peer is served before those of other streams. */
void stream_serve_first(struct stream *stream, bool first);

/*
 * For the next stream_adopt(), whose descriptor leads to host. Both must outlive the connection.
 * context NULL: plain again.
 */
void stream_secure(struct stream *stream, struct tls_context *context, const char *host);

/*
 * Takes over a connected descriptor: open at once, or after secured() under TLS. Then memory may
 * fail it, and lost() is called from within.
 */
void stream_adopt(struct stream *stream, int fd);

/*
 * Queues n bytes: what is queued in one turn leaves in one send. false: STREAM_SEND_MAX would be
 * exceeded or the stream is not open, nothing was queued.
 */
bool stream_send(struct stream *stream, const void *data, size_t n);

/*
 * The same without a copy: room for at most n bytes where they wait to be sent, valid until the
 * next call of the stream, and then how many of them were written. NULL and false as above.
 */
char *stream_reserve(struct stream *stream, size_t n);
bool stream_commit(struct stream *stream, size_t n);

/*
 * Of a stream with received(): delivers the next message, if there is one. Returns whether another
 * one waits for the next stream_step(); if none does, more is received.
 */
bool stream_step(struct stream *stream);

/* The address at the other end. false: there is no connection (any more). */
bool stream_peer(const struct stream *stream, struct sockaddr_storage *ret);

/* Bytes that wait to be sent. */
size_t stream_unsent(const struct stream *stream);

/* Ends the connection; closed() follows in a later turn. Nothing when closed or closing. */
void stream_close(struct stream *stream);
