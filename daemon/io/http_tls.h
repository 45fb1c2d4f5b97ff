/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * TLS of libcurl's connections, by our certificates, pin and demands. libcurl itself would load a
 * file of certificates for each new connection, in the loop. Io thread only.
 */
#include <stdbool.h>

#include "io/tls.h"

/* It must outlive the connections. */
struct http_tls {
	struct tls_context *context; /* borrowed */
	const char *host;	     /* borrowed: whom the certificate must be for */
	char reason[TLS_REASON_MAX]; /* why a certificate was refused; emptied by who tells it */
};

/* Whether this libcurl can do what http_tls_set() asks for. */
bool http_tls_supported(void);

/* Sets the options of a request. easy: libcurl's. false: no memory. */
bool http_tls_set(struct http_tls *tls, void *easy);
