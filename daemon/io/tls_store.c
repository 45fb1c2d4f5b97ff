/* SPDX-License-Identifier: MIT */
#include "io/tls_store.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

/* No key here needs a passphrase, and nobody is to be asked for one. */
static int tls_store_no_passphrase(char *buffer, int size, int writing, void *data)
{
	return 0;
}

/* What pem holds; NULL: no memory, or a part of it is damaged. */
static STACK_OF(X509_INFO) * tls_store_parse(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
	STACK_OF(X509_INFO) *infos = NULL;

	if (bio)
		infos = PEM_X509_INFO_read_bio(bio, NULL, tls_store_no_passphrase, NULL);
	BIO_free(bio);
	return infos;
}

const char *tls_store_add(struct ssl_ctx_st *ssl, const char *pem)
{
	STACK_OF(X509_INFO) *infos = tls_store_parse(pem);
	X509_STORE *store = ssl ? SSL_CTX_get_cert_store(ssl) : NULL;
	int n = 0;
	bool ok = true;

	for (int i = 0; infos && i < sk_X509_INFO_num(infos); i++) {
		const X509_INFO *info = sk_X509_INFO_value(infos, i);

		n += info->x509 != NULL;
		if (store && info->x509)
			ok = ok && X509_STORE_add_cert(store, info->x509) == 1;
		if (store && info->crl)
			ok = ok && X509_STORE_add_crl(store, info->crl) == 1;
	}
	/* Texts without any PEM are no error for OpenSSL, but leave one behind. */
	ERR_clear_error();
	if (infos)
		sk_X509_INFO_pop_free(infos, X509_INFO_free);
	else
		return "a certificate in it is damaged; get the file anew";
	if (!n)
		return "it holds no certificate in PEM, which begins with -----BEGIN "
		       "CERTIFICATE-----";
	return ok ? NULL : "a certificate in it cannot be used; get the file anew";
}

const char *tls_store_wrong(const char *pem)
{
	return tls_store_add(NULL, pem);
}
