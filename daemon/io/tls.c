/* SPDX-License-Identifier: MIT */
/*
 * Invariant: no plain text is taken or given before the handshake is done and the server has proved
 * who it is. OpenSSL reads and writes two buffers in memory; both are bounded.
 */
#include "io/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "io/tls_reason.h"
#include "io/tls_store.h"

static void tls_forget_session(struct tls_context *context)
{
	SSL_SESSION_free(TAKE(context->session));
	free(TAKE(context->session_host));
}

/* A new session replaces the last one: a pool has one connection at a time. */
static int tls_on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls *tls = SSL_get_app_data(ssl);
	char *host = strdup(tls->host);

	if (!host)
		return 0;
	tls_forget_session(tls->context);
	tls->context->session = session;
	tls->context->session_host = host;
	return 1;
}

static int tls_on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *tls = SSL_get_app_data(ssl);

	if (!ok)
		tls_reason_certificate(tls->reason, X509_STORE_CTX_get_error(store),
				       X509_STORE_CTX_get_current_cert(store), tls->host,
				       tls->context->own_ca);
	return ok;
}

static bool tls_parse_pin(const char *text, uint8_t ret[32])
{
	uint8_t bytes[33]; /* 44 digits, the last one padding */
	EVP_ENCODE_CTX *decoder;
	int n = 0, rest = 0;
	bool ok;

	if (strncmp(text, "sha256//", 8) != 0 || strlen(text) != 8 + 44)
		return false;
	decoder = EVP_ENCODE_CTX_new();
	if (!decoder)
		return false;
	EVP_DecodeInit(decoder);
	ok = EVP_DecodeUpdate(decoder, bytes, &n, (const unsigned char *)text + 8, 44) >= 0 &&
	     EVP_DecodeFinal(decoder, bytes + n, &rest) >= 0 && n + rest == 32;
	EVP_ENCODE_CTX_free(decoder);
	if (ok)
		memcpy(ret, bytes, 32);
	return ok;
}

static int tls_set_trust(struct tls_context *context, const char *ca_pem, char *ret_reason)
{
	const char *wrong;

	SSL_CTX_set_verify(context->ssl, context->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
			   context->verify ? tls_on_verify : NULL);
	if (!context->verify)
		return 0;
	/* So that the file may have the server's own certificate instead of its issuer's. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->ssl), X509_V_FLAG_PARTIAL_CHAIN);
	if (ca_pem) {
		wrong = tls_store_add(context->ssl, ca_pem);
		if (!wrong)
			return 0;
		snprintf(ret_reason, TLS_REASON_MAX, "tls_ca: %s", wrong);
		return -EINVAL;
	}
	ERR_clear_error();
	if (SSL_CTX_set_default_verify_paths(context->ssl) == 1)
		return 0;
	snprintf(ret_reason, TLS_REASON_MAX,
		 "no trusted certificates from the system's store: %.60s", tls_reason_error());
	return -EINVAL;
}

static int tls_context_fill(struct tls_context *context, const struct tls_settings *settings,
			    char *ret_reason)
{
	context->ssl = SSL_CTX_new(TLS_client_method());
	if (!context->ssl)
		return -ENOMEM;
	SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION);
	SSL_CTX_set_options(context->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context->ssl,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context->ssl, tls_on_session);
	context->verify = settings->verify && !settings->pin;
	context->own_ca = settings->ca_pem != NULL;
	context->pinned = settings->pin != NULL;
	if (settings->pin && !tls_parse_pin(settings->pin, context->pin)) {
		snprintf(ret_reason, TLS_REASON_MAX,
			 "the pin is not \"sha256//\" and 44 digits of base64");
		return -EINVAL;
	}
	return tls_set_trust(context, settings->ca_pem, ret_reason);
}

int tls_context_init(struct tls_context *context, const struct tls_settings *settings,
		     char ret_reason[TLS_REASON_MAX])
{
	int result;

	*context = TLS_CONTEXT_NULL;
	result = tls_context_fill(context, settings, ret_reason);
	if (result)
		tls_context_deinit(context);
	return result;
}

void tls_context_deinit(struct tls_context *context)
{
	tls_forget_session(context);
	SSL_CTX_free(context->ssl);
	*context = TLS_CONTEXT_NULL;
}

/* The first reason stays: it is the cause of those that follow. */
static void tls_fail(struct tls *tls, const char *reason)
{
	if (tls->reason[0] == 0)
		snprintf(tls->reason, sizeof(tls->reason), "%s", reason);
	tls->state = TLS_FAILED;
	/* A session that leads to failure is not tried again. */
	tls_forget_session(tls->context);
}

static void tls_fail_queue(struct tls *tls)
{
	char reason[TLS_REASON_MAX];

	tls_reason_queue(reason);
	tls_fail(tls, reason);
}

/* Sets the state after an operation on ssl that did not succeed. */
static void tls_settle(struct tls *tls, int result)
{
	int error = SSL_get_error(tls->ssl, result);

	if (error == SSL_ERROR_ZERO_RETURN)
		tls->state = TLS_CLOSED;
	else if (error != SSL_ERROR_WANT_READ)
		tls_fail_queue(tls);
	else if (tls_output_pending(tls) > TLS_OUTPUT_MAX)
		tls_fail(tls, "the peer does not read the answers it asks for");
}

bool tls_trusts_key(const struct tls_context *context, X509 *certificate,
		    char ret_reason[TLS_REASON_MAX])
{
	unsigned char *key = NULL;
	char text[TLS_PIN_TEXT];
	uint8_t pin[32];
	bool ok;
	int n;

	if (!context->pinned)
		return true;
	n = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key) : -1;
	ok = n > 0 && EVP_Digest(key, (size_t)n, pin, NULL, EVP_sha256(), NULL);
	OPENSSL_free(key);
	if (!ok) {
		snprintf(ret_reason, TLS_REASON_MAX,
			 "the server's certificate has no key to compare with tls_pin");
		return false;
	}
	if (memcmp(pin, context->pin, sizeof(pin)) == 0)
		return true;
	tls_reason_pin(text, pin);
	snprintf(ret_reason, TLS_REASON_MAX, "the server's key is not the pinned one: %s", text);
	return false;
}

static void tls_handshake(struct tls *tls)
{
	char reason[TLS_REASON_MAX];
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(tls->ssl);
	if (result != 1)
		tls_settle(tls, result);
	else if (tls_trusts_key(tls->context, SSL_get0_peer_certificate(tls->ssl), reason))
		tls->state = TLS_OPEN;
	else
		tls_fail(tls, reason);
}

/*
 * SNI has no addresses and no dot at the end. The zone of an IPv6 address is local to this machine,
 * and no certificate has one.
 */
int tls_expect_host(X509_VERIFY_PARAM *param, const char *host, char ret_name[TLS_HOST_MAX])
{
	char name[TLS_HOST_MAX];
	size_t n = strcspn(host, "%");

	n -= n && host[n - 1] == '.';
	if (n == 0 || n >= sizeof(name))
		return -EINVAL;
	memcpy(name, host, n);
	name[n] = '\0';
	ret_name[0] = '\0';
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, name))
		return 0;
	if (!X509_VERIFY_PARAM_set1_host(param, name, n))
		return -ENOMEM;
	memcpy(ret_name, name, n + 1);
	return 0;
}

/* Sets the name that is asked for and the name or address that the certificate must have. */
static int tls_expect(struct tls *tls)
{
	char name[TLS_HOST_MAX];
	int r = tls_expect_host(SSL_get0_param(tls->ssl), tls->host, name);

	if (r < 0 || !name[0])
		return r;
	return SSL_set_tlsext_host_name(tls->ssl, name) ? 0 : -ENOMEM;
}

/* A resumed session is not verified again, so it is offered to the same host alone. */
static void tls_offer_session(struct tls *tls)
{
	const struct tls_context *context = tls->context;

	if (context->session && strcasecmp(context->session_host, tls->host) == 0)
		SSL_set_session(tls->ssl, context->session);
}

int tls_init(struct tls *tls, struct tls_context *context, const char *host)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	int result;

	assert(context->ssl);
	*tls = (struct tls){.context = context, .host = host, .ssl = SSL_new(context->ssl)};
	if (!in || !out || !tls->ssl) {
		BIO_free(in);
		BIO_free(out);
		tls_deinit(tls);
		return -ENOMEM;
	}
	SSL_set_bio(tls->ssl, in, out);
	SSL_set_app_data(tls->ssl, tls);
	SSL_set_connect_state(tls->ssl);
	result = tls_expect(tls);
	if (result) {
		tls_deinit(tls);
		return result;
	}
	tls_offer_session(tls);
	tls_handshake(tls);
	return 0;
}

void tls_deinit(struct tls *tls)
{
	/*
	 * OpenSSL discards the session of a connection that ends without close_notify, as RFC 2246
	 * demands. Since RFC 4346 such a session may be resumed, and most connections end so.
	 */
	if (tls->ssl && tls->state != TLS_FAILED)
		SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(tls->ssl);
	*tls = TLS_NULL;
}

bool tls_looks_like(const void *bytes, size_t n)
{
	const uint8_t *record = bytes;

	/* RFC 8446, section 5.1: the type of the record, then the major version, always 3. */
	return n && record[0] >= SSL3_RT_CHANGE_CIPHER_SPEC &&
	       record[0] <= SSL3_RT_APPLICATION_DATA && (n < 2 || record[1] == 3);
}

bool tls_feed(struct tls *tls, const void *bytes, size_t n)
{
	BIO *in = SSL_get_rbio(tls->ssl);
	char reason[TLS_REASON_MAX];

	if (tls->state == TLS_FAILED || tls->state == TLS_CLOSED)
		return tls->state == TLS_CLOSED;
	if (n && !tls->heard && !tls_looks_like(bytes, n)) {
		tls_reason_plain(reason, bytes, n);
		tls_fail(tls, reason);
		return false;
	}
	tls->heard |= n != 0;
	if (n > TLS_INPUT_MAX - BIO_ctrl_pending(in))
		tls_fail(tls, "the TLS input buffer is full");
	else if (n && BIO_write(in, bytes, (int)n) != (int)n)
		tls_fail(tls, "no memory for received bytes");
	else if (tls->state == TLS_HANDSHAKE)
		tls_handshake(tls);
	return tls->state != TLS_FAILED;
}

size_t tls_read(struct tls *tls, void *ret, size_t size)
{
	size_t taken = 0;

	while (tls->state == TLS_OPEN && taken < size) {
		size_t n;
		int result;

		ERR_clear_error();
		result = SSL_read_ex(tls->ssl, (char *)ret + taken, size - taken, &n);
		if (result != 1) {
			tls_settle(tls, result);
			break;
		}
		taken += n;
	}
	return taken;
}

bool tls_write(struct tls *tls, const void *bytes, size_t n)
{
	size_t written;

	if (tls->state != TLS_OPEN || n > TLS_OUTPUT_MAX ||
	    tls_output_pending(tls) > TLS_OUTPUT_MAX - n)
		return false;
	if (n == 0)
		return true;
	ERR_clear_error();
	if (SSL_write_ex(tls->ssl, bytes, n, &written) == 1)
		return true;
	tls_fail_queue(tls);
	return false;
}

void tls_close(struct tls *tls)
{
	if ((tls->state != TLS_OPEN && tls->state != TLS_CLOSED) ||
	    SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN)
		return;
	ERR_clear_error();
	SSL_shutdown(tls->ssl);
	tls->state = TLS_CLOSED;
}

size_t tls_output_pending(const struct tls *tls)
{
	return BIO_ctrl_pending(SSL_get_wbio(tls->ssl));
}

size_t tls_output(struct tls *tls, void *ret, size_t size)
{
	int room = size > TLS_OUTPUT_MAX ? TLS_OUTPUT_MAX : (int)size;
	int n = BIO_read(SSL_get_wbio(tls->ssl), ret, room);

	return n > 0 ? (size_t)n : 0;
}

const char *tls_version(const struct tls *tls)
{
	assert(tls->ssl);
	return SSL_get_version(tls->ssl);
}
