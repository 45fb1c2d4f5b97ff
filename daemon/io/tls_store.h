/* SPDX-License-Identifier: MIT */
#pragma once

/* Certificates in PEM (RFC 7468) that are trusted in place of the system's. Pure; any thread. */

struct ssl_ctx_st; /* of OpenSSL */

/*
 * Trusts each certificate of pem, and heeds each revocation list; a key in it is ignored. NULL, or
 * what is wrong with the text and what to do, as the end of a sentence.
 */
const char *tls_store_add(struct ssl_ctx_st *ssl, const char *pem);

/* The same of a text that nobody trusts yet. */
const char *tls_store_wrong(const char *pem);
