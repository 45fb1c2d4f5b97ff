/* SPDX-License-Identifier: MIT */
#include "tls_fixture.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 24 * 60 * 60 /* s */ };

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

struct tls_fixture_identity tls_fixture_identity(const char *common_name, const char *names,
						 const struct tls_fixture_identity *issuer,
						 long from_days, long to_days)
{
	struct tls_fixture_identity new = {EVP_EC_gen("P-256"), X509_new()};
	X509_NAME *name = X509_get_subject_name(new.certificate);
	const struct tls_fixture_identity *signer = issuer ? issuer : &new;
	static long serial = 0;

	ck_assert_ptr_nonnull(new.key);
	X509_set_version(new.certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(new.certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(new.certificate), from_days * DAY);
	X509_gmtime_adj(X509_getm_notAfter(new.certificate), to_days * DAY);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1,
				   -1, 0);
	X509_set_issuer_name(new.certificate, X509_get_subject_name(signer->certificate));
	X509_set_pubkey(new.certificate, new.key);
	if (names)
		add_extension(new.certificate, NID_subject_alt_name, names);
	else
		add_extension(new.certificate, NID_basic_constraints, "critical,CA:TRUE");
	ck_assert_int_gt(X509_sign(new.certificate, signer->key, EVP_sha256()), 0);
	return new;
}

void tls_fixture_identity_free(struct tls_fixture_identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
}

char *tls_fixture_pem(const struct tls_fixture_identity *identity)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_X509(file, identity->certificate), 1);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

char *tls_fixture_key_pem(const struct tls_fixture_identity *identity)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL), 1);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

char *tls_fixture_pin(const struct tls_fixture_identity *identity)
{
	unsigned char *key = NULL, digest[32];
	char *pin = calloc(1, 64);
	int n = i2d_PUBKEY(identity->key, &key);

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(EVP_Digest(key, (size_t)n, digest, NULL, EVP_sha256(), NULL), 1);
	strcpy(pin, "sha256//");
	EVP_EncodeBlock((unsigned char *)pin + 8, digest, 32);
	OPENSSL_free(key);
	return pin;
}

void tls_fixture_init(struct tls_fixture *fixture)
{
	fixture->authority = tls_fixture_identity("Test Authority", NULL, NULL, -1, 10);
	fixture->pool = tls_fixture_identity(
		"unused", "DNS:pool.test,DNS:*.wild.test,IP:192.0.2.7,IP:2001:db8::7",
		&fixture->authority, -1, 10);
	fixture->authority_pem = tls_fixture_pem(&fixture->authority);
}

void tls_fixture_deinit(struct tls_fixture *fixture)
{
	free(fixture->authority_pem);
	tls_fixture_identity_free(&fixture->pool);
	tls_fixture_identity_free(&fixture->authority);
}

SSL_CTX *tls_fixture_context(const struct tls_fixture_identity *identity, int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	ck_assert_ptr_nonnull(context);
	/* So that even what is too old could be spoken. */
	ck_assert_int_eq(SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0"), 1);
	SSL_CTX_set_min_proto_version(context, version ? version : TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(context, version);
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"t", 1);
	ck_assert_int_eq(SSL_CTX_use_certificate(context, identity->certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, identity->key), 1);
	return context;
}

void tls_fixture_accept(struct tls_fixture_server *server)
{
	server->ssl = SSL_new(server->context);
	server->in = BIO_new(BIO_s_mem());
	server->out = BIO_new(BIO_s_mem());
	SSL_set_bio(server->ssl, server->in, server->out);
	SSL_set_accept_state(server->ssl);
}

bool tls_fixture_carry(struct tls *tls, struct tls_fixture_server *server, size_t step)
{
	char bytes[4096];
	bool moved;

	do {
		size_t n = tls_output(tls, bytes, step);
		int received;

		moved = n > 0;
		if (n)
			ck_assert_int_eq(BIO_write(server->in, bytes, (int)n), (int)n);
		if (!SSL_is_init_finished(server->ssl))
			SSL_do_handshake(server->ssl);
		received = BIO_read(server->out, bytes, (int)step);
		if (received > 0) {
			moved = true;
			if (!tls_feed(tls, bytes, (size_t)received))
				return false;
		}
	} while (moved);
	return true;
}
