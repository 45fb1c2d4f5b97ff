/* SPDX-License-Identifier: MIT */
/*
 * io/tls against a server whose records are cut, changed, repeated, put in another order or made
 * up. The first byte of the input is the settings of both ends, each two bytes after it are a step.
 */
#include <assert.h>
#include <string.h>

#include "common/container.h"
#include "fake_random.h"
#include "fuzz.h"
#include "tls_link.h"

enum { STEPS_MAX = 512 };

enum { TRUST_PIN, TRUST_CERTIFICATE, TRUST_ANY, TRUST_WRONG_PIN };

static struct tls_fuzz {
	struct tls_context context;
	struct tls_link link;
	uint8_t settings;
} fuzz;

static void begin(void)
{
	tls_link_begin(&fuzz.link, &fuzz.context, (fuzz.settings & 3) == TRUST_WRONG_PIN,
		       fuzz.settings & 4 ? TLS1_2_VERSION : TLS1_3_VERSION, fuzz.settings & 8);
}

static void change_server(uint8_t what)
{
	SSL *ssl = fuzz.link.server.ssl;

	switch (what & 3) {
	case 0:
		SSL_shutdown(ssl);
		break;
	case 1:
		SSL_new_session_ticket(ssl);
		break;
	default:
		if (SSL_version(ssl) == TLS1_3_VERSION)
			SSL_key_update(ssl, what >> 2 & 1);
		else
			SSL_renegotiate(ssl);
	}
	SSL_do_handshake(ssl);
}

static void step(uint8_t what, uint8_t how)
{
	struct tls_link *link = &fuzz.link;
	size_t record = tls_link_record(link), written = (size_t)how << (what >> 5 & 6);

	switch (what & 15) {
	case 0:
		tls_link_deliver(link, record, false);
		break;
	case 1:
		tls_link_deliver(link, link->n, false);
		break;
	case 2:
		tls_link_deliver(link, MIN(how + (size_t)1, link->n), false);
		break;
	case 3:
		tls_link_deliver(link, record, true);
		break;
	case 4:
		if (link->n)
			link->wire[how % link->n] ^= what >> 4 | 1;
		break;
	case 5:
		tls_link_drop(link, record);
		break;
	case 6:
		tls_link_put_last(link, record);
		break;
	case 7: /* a header before what is there */
		tls_link_receive(link, (uint8_t[]){20 + (how & 3), 3, 3, what >> 6, how}, 5);
		break;
	case 8:
		tls_link_write_up(link, written);
		break;
	case 9:
		tls_link_write_down(link, written);
		break;
	case 10:
		tls_close(&link->tls);
		break;
	case 11:
		change_server(how);
		break;
	case 12: /* which may resume the session of this one */
		tls_link_end(link);
		begin();
		break;
	default: /* one byte that is not of the server's */
		tls_link_receive(link, &how, 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char wrong_pin[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	const char *const pins[] = {tls_server_pin(), NULL, NULL, wrong_pin};
	struct tls_settings settings;
	char reason[TLS_REASON_MAX];

	fuzz.settings = size ? data[0] : 0;
	settings = (struct tls_settings){
		.ca_pem = tls_server_pem(),
		.pin = pins[fuzz.settings & 3],
		.verify = (fuzz.settings & 3) != TRUST_ANY,
	};
	fake_random_seed(1);
	assert(tls_context_init(&fuzz.context, &settings, reason) == 0);
	begin();
	for (size_t at = 1; at + 1 < size && at < 2 * (size_t)STEPS_MAX; at += 2) {
		step(data[at], data[at + 1]);
		tls_link_serve(&fuzz.link);
	}
	tls_link_end(&fuzz.link);
	tls_context_deinit(&fuzz.context);
	return 0;
}
