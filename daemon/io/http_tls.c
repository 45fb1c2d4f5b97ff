/* SPDX-License-Identifier: MIT */
/* libcurl is told to verify nothing. OpenSSL verifies, by the store of the struct tls_context. */
#include "io/http_tls.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "io/http_curl.h"

/* Whether the peer proves who it is; called within the handshake. */
static int http_tls_on_verify(X509_STORE_CTX *store, void *user)
{
	struct http_tls *tls = user;
	const struct tls_context *context = tls->context;

	if (context->pinned)
		return tls_trusts_key(context, X509_STORE_CTX_get0_cert(store), tls->reason);
	if (X509_verify_cert(store) == 1)
		return 1;
	tls_reason_certificate(tls->reason, X509_STORE_CTX_get_error(store),
			       X509_STORE_CTX_get_current_cert(store), tls->host, context->own_ca);
	return 0;
}

/* A context that libcurl has made for one connection. */
static CURLcode http_tls_on_context(CURL *easy, void *made, void *user)
{
	struct http_tls *tls = user;
	const struct tls_context *context = tls->context;
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(made);
	char name[TLS_HOST_MAX];

	SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
	if (!context->verify && !context->pinned)
		return CURLE_OK;
	SSL_CTX_set_verify(made, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(made, http_tls_on_verify, tls);
	if (context->pinned)
		return CURLE_OK;
	SSL_CTX_set1_cert_store(made, SSL_CTX_get_cert_store(context->ssl));
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	return tls_expect_host(param, tls->host, name) == -ENOMEM ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

bool http_tls_supported(void)
{
	const char *library = http_curl()->version_info(CURLVERSION_NOW)->ssl_version;

	return library && strncmp(library, "OpenSSL/", 8) == 0;
}

bool http_tls_set(struct http_tls *tls, void *easy)
{
	bool ok = true;

	ok &= !http_curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* A resumed session is not verified again. Connections are kept open instead. */
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, http_tls_on_context);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, tls);
	return ok;
}
