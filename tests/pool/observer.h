/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a program that drives the pool by calls can learn of each step, for rules of its own to
 * check; it embeds its struct testpool, which is connection->pool. Each function may be NULL. None
 * may call the pool, and none is called by testpool_deinit(). One thread.
 */
struct connection;
struct judged;

struct testpool_observer {
	void (*opened)(struct connection *connection);

	/* For connection->reason. Its descriptor is closed and it is released right after. */
	void (*closed)(struct connection *connection);

	/* A login of user is granted; the reply is not sent yet. */
	void (*authorized)(struct connection *connection, const char *user);

	/* A login of user is refused; the reply is not sent yet. user: NULL if it is no text. */
	void (*refused)(struct connection *connection, const char *user);

	/* A share has its verdict, which is counted but not sent yet. */
	void (*judged)(struct connection *connection, const struct judged *judged);

	/* A submit is thrown away unread, as the script wants. */
	void (*lost)(struct connection *connection);

	void (*violation)(struct connection *connection, const char *what);
};
