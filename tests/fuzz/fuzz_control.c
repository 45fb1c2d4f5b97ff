/* SPDX-License-Identifier: MIT */
/*
 * The control socket with its methods, from the bytes of clients to the replies. The first byte of
 * the input says which clients are trusted. Each line after it is sent by the present client, with
 * a NUL for its end; a line that begins with ! does something else, see act().
 */
#include <string.h>

#include "control_server.h"
#include "fuzz.h"

enum {
	CLIENTS = 12,		  /* more than one untrusted user may have */
	CONTROL_LINES_MAX = 200,  /* more of the input are left out */
	CONTROL_SERVED_MS = 2000, /* until trusted clients have their replies */
};

static struct control_fuzz {
	struct control_server server;
	struct varlink_client clients[CLIENTS], *client;
	uint8_t trusted; /* a bit for each client, modulo 8 */
	bool open_end;	 /* the next line has no NUL */
} fuzz;

static bool is_trusted(const struct varlink_client *client)
{
	return fuzz.trusted >> (client - fuzz.clients) % 8 & 1;
}

static void run(unsigned ms)
{
	control_server_run(&fuzz.server, ms);
	for (size_t i = 0; i < CLIENTS; i++)
		varlink_client_look(&fuzz.clients[i]);
}

static void use(struct varlink_client *client)
{
	fuzz.client = client;
	if (client->fd < 0)
		control_server_connect(&fuzz.server, client, is_trusted(client));
}

static void act(char what, uint8_t how)
{
	switch (what) {
	case 'u':
		use(&fuzz.clients[how % CLIENTS]);
		break;
	case 'x':
		varlink_client_end(fuzz.client);
		break;
	case 't':
		run(1u << (how & 15));
		break;
	case 'f':
		control_server_finish(&fuzz.server, how & 1 ? CONTROL_OK : CONTROL_REFUSED);
		break;
	case 'o':
		fuzz.open_end = true;
		break;
	default:
		break;
	}
}

static void step(const char *line, size_t n)
{
	if (n > 1 && line[0] == '!') {
		act(line[1], n > 2 ? (uint8_t)line[2] : 0);
		return;
	}
	varlink_client_send(fuzz.client, line, n);
	if (!fuzz.open_end)
		varlink_client_send(fuzz.client, "", 1);
	fuzz.open_end = false;
}

static void end(void)
{
	do {
		control_server_finish(&fuzz.server, CONTROL_OK);
		run(CONTROL_SERVED_MS);
	} while (fuzz.server.n_reloads);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (is_trusted(&fuzz.clients[i]))
			varlink_client_check_served(&fuzz.clients[i]);
		varlink_client_end(&fuzz.clients[i]);
	}
	control_server_end(&fuzz.server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	unsigned lines = 0;

	fuzz.trusted = size ? data[0] : 0;
	fuzz.open_end = false;
	for (size_t i = 0; i < CLIENTS; i++)
		fuzz.clients[i].fd = -1;
	control_server_begin(&fuzz.server);
	use(&fuzz.clients[0]);
	for (size_t at = 1, n; at < size && lines++ < CONTROL_LINES_MAX; at += n + 1) {
		const char *line_end = memchr(text + at, '\n', size - at);

		n = line_end ? (size_t)(line_end - text) - at : size - at;
		step(text + at, n);
	}
	end();
	return 0;
}
