/* SPDX-License-Identifier: MIT */
/* Names that stand in a certificate are the peer's bytes: they leave here escaped. */
#include "io/tls_reason.h"

#include <arpa/inet.h>
#include <limits.h> /* for openssl/err.h */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/escape.h"

enum {
	TLS_NAMES_MAX = 64, /* characters of a name, or of a list of them */
	TLS_PLAIN_MAX = 48, /* characters shown of what is no TLS */
};

static void tls_reason_common_name(char ret[TLS_NAMES_MAX], const X509_NAME *name)
{
	char text[TLS_NAMES_MAX];
	int n = X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text));

	if (n > 0)
		escape_text(ret, TLS_NAMES_MAX, text, (size_t)n);
	else
		strcpy(ret, "without a name");
}

/* One entry of the certificate's subject alternative names; false for other kinds. */
static bool tls_reason_name(char *ret, size_t size, const GENERAL_NAME *name)
{
	const ASN1_STRING *value;
	char text[INET6_ADDRSTRLEN];
	int n;

	if (name->type == GEN_DNS) {
		value = name->d.dNSName;
		escape_text(ret, size, (const char *)ASN1_STRING_get0_data(value),
			    (size_t)ASN1_STRING_length(value));
		return true;
	}
	if (name->type != GEN_IPADD)
		return false;
	value = name->d.iPAddress;
	n = ASN1_STRING_length(value);
	if ((n != 4 && n != 16) || !inet_ntop(n == 4 ? AF_INET : AF_INET6,
					      ASN1_STRING_get0_data(value), text, sizeof(text)))
		return false;
	escape_text(ret, size, text, strlen(text));
	return true;
}

/* The first names that a certificate is for; its common name if it has none. */
static void tls_reason_names(char ret[TLS_NAMES_MAX], X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;

	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		char name[TLS_NAMES_MAX];

		if (!tls_reason_name(name, sizeof(name), sk_GENERAL_NAME_value(names, i)))
			continue;
		if (used + strlen(name) + sizeof(", , ..") > TLS_NAMES_MAX) {
			snprintf(ret + used, TLS_NAMES_MAX - used, used ? ", .." : "..");
			used = TLS_NAMES_MAX;
			break;
		}
		used += (size_t)snprintf(ret + used, TLS_NAMES_MAX - used, "%s%s", used ? ", " : "",
					 name);
	}
	GENERAL_NAMES_free(names);
	if (used == 0)
		tls_reason_common_name(ret, X509_get_subject_name(certificate));
}

static void tls_reason_date(char *ret, size_t size, const ASN1_TIME *when)
{
	struct tm tm;

	if (!when || !ASN1_TIME_to_tm(when, &tm) || !strftime(ret, size, "%Y-%m-%d", &tm))
		snprintf(ret, size, "an unknown date");
}

void tls_reason_certificate(char ret[TLS_REASON_MAX], int error, X509 *certificate,
			    const char *host, bool own_ca)
{
	const char *hint = own_ca ? "not in tls_ca; see tls_pin" : "see tls_ca, tls_pin";
	char subject[TLS_NAMES_MAX] = "", issuer[TLS_NAMES_MAX] = "", date[32];

	if (certificate) {
		tls_reason_names(subject, certificate);
		tls_reason_common_name(issuer, X509_get_issuer_name(certificate));
	}
	switch (certificate ? error : X509_V_ERR_UNSPECIFIED) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		tls_reason_date(date, sizeof(date), X509_get0_notAfter(certificate));
		snprintf(ret, TLS_REASON_MAX, "the certificate of %s expired on %s", subject, date);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		tls_reason_date(date, sizeof(date), X509_get0_notBefore(certificate));
		snprintf(ret, TLS_REASON_MAX, "the certificate of %s is not valid before %s",
			 subject, date);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(ret, TLS_REASON_MAX, "the certificate is for %s, not for %.60s", subject,
			 host);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		snprintf(ret, TLS_REASON_MAX,
			 "the certificate of %s is self-signed and not trusted (%s)", subject,
			 hint);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		snprintf(ret, TLS_REASON_MAX, "the certificate's issuer %s is not trusted (%s)",
			 issuer, hint);
		break;
	default:
		snprintf(ret, TLS_REASON_MAX, "the certificate is not valid: %s",
			 X509_verify_cert_error_string(error));
		break;
	}
}

const char *tls_reason_error(void)
{
	unsigned long error = ERR_peek_error();
	const char *text = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
						   : ERR_reason_error_string(error);

	return text ? text : "no reason given";
}

void tls_reason_queue(char ret[TLS_REASON_MAX])
{
	unsigned long error = ERR_peek_error();
	const char *text = tls_reason_error();

	switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_HTTP_REQUEST:
		snprintf(ret, TLS_REASON_MAX,
			 "the peer does not speak TLS on this port (%s); is it stratum+tcp://?",
			 text);
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		snprintf(ret, TLS_REASON_MAX, "the peer does not speak TLS 1.2 or newer (%s)",
			 text);
		break;
	default:
		snprintf(ret, TLS_REASON_MAX, "TLS: %s", text);
		break;
	}
}

void tls_reason_plain(char ret[TLS_REASON_MAX], const char *bytes, size_t n)
{
	char shown[TLS_PLAIN_MAX];

	snprintf(ret, TLS_REASON_MAX,
		 "the peer does not speak TLS on this port, it says \"%s\"; is it stratum+tcp://?",
		 escape_text(shown, sizeof(shown), bytes, n));
}

void tls_reason_pin(char ret[TLS_PIN_TEXT], const uint8_t pin[32])
{
	memcpy(ret, "sha256//", 8);
	EVP_EncodeBlock((unsigned char *)ret + 8, pin, 32);
}
