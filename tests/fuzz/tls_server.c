/* SPDX-License-Identifier: MIT */
/* The random numbers are set by a function that OpenSSL has deprecated for programs, not tests. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tls_server.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "fake_random.h"

enum { VALID_S = 24 * 60 * 60 };

static EVP_PKEY *key;
static X509 *certificate;
static SSL_CTX *context;
static char *pem, pin[64];

static int random_bytes(unsigned char *ret, int n)
{
	for (int i = 0; i < n; i++)
		ret[i] = (unsigned char)random_u64();
	return 1;
}

static int random_status(void)
{
	return 1;
}

static void make_certificate(void)
{
	X509_NAME *name;

	key = EVP_EC_gen("P-256");
	certificate = X509_new();
	assert(key && certificate);
	name = X509_get_subject_name(certificate);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -VALID_S);
	X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"pool.example",
				   -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	assert(X509_sign(certificate, key, EVP_sha256()) > 0);
}

static void make_texts(void)
{
	unsigned char *bytes = NULL, digest[32];
	size_t size;
	FILE *file = open_memstream(&pem, &size);
	int n = i2d_PUBKEY(key, &bytes);

	assert(file && n > 0 && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0);
	assert(EVP_Digest(bytes, (size_t)n, digest, NULL, EVP_sha256(), NULL) == 1);
	strcpy(pin, "sha256//");
	EVP_EncodeBlock((unsigned char *)pin + strlen(pin), digest, sizeof(digest));
	OPENSSL_free(bytes);
}

/* Once: what is made here stays. */
static void make(void)
{
	static const RAND_METHOD method = {
		.bytes = random_bytes,
		.pseudorand = random_bytes,
		.status = random_status,
	};

	if (context)
		return;
	assert(RAND_set_rand_method(&method) == 1);
	make_certificate();
	make_texts();
	context = SSL_CTX_new(TLS_server_method());
	assert(context && SSL_CTX_use_certificate(context, certificate) == 1);
	assert(SSL_CTX_use_PrivateKey(context, key) == 1);
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"fuzz", 4);
}

const char *tls_server_pem(void)
{
	make();
	return pem;
}

const char *tls_server_pin(void)
{
	make();
	return pin;
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
	return 1;
}

void tls_server_begin(struct tls_server *server, int version, bool asks)
{
	make();
	*server = (struct tls_server){SSL_new(context), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
	assert(server->ssl && server->in && server->out);
	SSL_set_min_proto_version(server->ssl, version);
	SSL_set_max_proto_version(server->ssl, version);
	SSL_set_verify(server->ssl, asks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, accept_any);
	SSL_set_bio(server->ssl, server->in, server->out);
	SSL_set_accept_state(server->ssl);
}

size_t tls_server_read(struct tls_server *server, void *ret, size_t size)
{
	size_t n = 0;

	ERR_clear_error();
	if (!SSL_is_init_finished(server->ssl) && SSL_do_handshake(server->ssl) != 1)
		return 0;
	return SSL_read_ex(server->ssl, ret, size, &n) == 1 ? n : 0;
}

void tls_server_end(struct tls_server *server)
{
	SSL_free(server->ssl);
	*server = (struct tls_server){};
}
