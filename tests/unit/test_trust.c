/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: whom TLS takes for the server it is to talk to, against OpenSSL's server in
 * memory. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "io/tls_store.h"
#include "suite_main.h"
#include "tls_fixture.h"

static struct tls_fixture fixture;

static void setup(void)
{
	tls_fixture_init(&fixture);
}

static void teardown(void)
{
	tls_fixture_deinit(&fixture);
}

/* A handshake with the pool's certificate or another; the state and reason it ends with. */
static void shake_with(const char *host, const struct tls_settings *settings,
		       const struct tls_fixture_identity *identity, enum tls_state want,
		       const char *want_reason)
{
	struct tls_fixture_server server = {.context = tls_fixture_context(identity, 0)};
	struct tls_context context = TLS_CONTEXT_NULL;
	char reason[TLS_REASON_MAX] = "";
	struct tls tls = TLS_NULL;

	ck_assert_msg(tls_context_init(&context, settings, reason) == 0, "%s", reason);
	ck_assert_int_eq(tls_init(&tls, &context, host), 0);
	ck_assert_uint_eq(tls.state, TLS_HANDSHAKE);
	ck_assert(!tls_write(&tls, "secret", 6));
	tls_fixture_accept(&server);
	tls_fixture_carry(&tls, &server, 1000);
	ck_assert_msg(tls.state == want, "%s", tls.reason);
	if (want_reason)
		ck_assert_ptr_nonnull(strstr(tls.reason, want_reason));
	else
		ck_assert_str_eq(tls.reason, "");
	if (want == TLS_FAILED) {
		ck_assert(!tls_write(&tls, "secret", 6));
		ck_assert_uint_eq(tls_read(&tls, reason, sizeof(reason)), 0);
		ck_assert(!tls_feed(&tls, "x", 1));
	}
	tls_deinit(&tls);
	tls_deinit(&tls);
	tls_context_deinit(&context);
	tls_context_deinit(&context);
	SSL_free(server.ssl);
	SSL_CTX_free(server.context);
}

static void shake(const struct tls_settings *settings, const struct tls_fixture_identity *identity,
		  enum tls_state want, const char *want_reason)
{
	shake_with("pool.test", settings, identity, want, want_reason);
}

static const struct {
	const char *host;
	enum tls_state state;
	const char *reason;
} hosts[] = {
	{"pool.test", TLS_OPEN, NULL},
	{"POOL.test.", TLS_OPEN, NULL},
	{"a.wild.test", TLS_OPEN, NULL},
	{"192.0.2.7", TLS_OPEN, NULL},
	{"2001:db8::7", TLS_OPEN, NULL},
	{"other.test", TLS_FAILED, "is for pool.test, *.wild.test, 192.0.2.7, "},
	{"other.test", TLS_FAILED, ", not for other.test"},
	{"a.b.wild.test", TLS_FAILED, "not for a.b.wild.test"},
	{"192.0.2.8", TLS_FAILED, "not for 192.0.2.8"},
	{"2001:db8::8", TLS_FAILED, "not for 2001:db8::8"},
	{"unused", TLS_FAILED, "not for unused"}, /* the common name does not count */
};

START_TEST(host_is_checked)
{
	shake_with(hosts[_i].host, &(struct tls_settings){fixture.authority_pem, NULL, true},
		   &fixture.pool, hosts[_i].state, hosts[_i].reason);
}
END_TEST

START_TEST(certificates_that_are_no_good)
{
	struct tls_fixture_identity expired =
		tls_fixture_identity("x", "DNS:pool.test", &fixture.authority, -20, -2);
	struct tls_fixture_identity early =
		tls_fixture_identity("x", "DNS:pool.test", &fixture.authority, 2, 20);
	struct tls_fixture_identity lonely =
		tls_fixture_identity("x", "DNS:pool.test", NULL, -1, 10);
	struct tls_fixture_identity stranger =
		tls_fixture_identity("Another Authority", NULL, NULL, -1, 10);
	struct tls_fixture_identity strange =
		tls_fixture_identity("x", "DNS:pool.test", &stranger, -1, 10);
	struct tls_fixture_identity hostile =
		tls_fixture_identity("x", "DNS:\x1b[31mred", &fixture.authority, -1, 10);
	struct tls_settings settings = {fixture.authority_pem, NULL, true};

	shake(&settings, &expired, TLS_FAILED, "the certificate of pool.test expired on 20");
	shake(&settings, &early, TLS_FAILED, "pool.test is not valid before 20");
	shake(&settings, &lonely, TLS_FAILED, "pool.test is self-signed");
	shake(&settings, &strange, TLS_FAILED,
	      "issuer Another Authority is not trusted (not in tls_ca; see tls_pin)");
	shake(&settings, &hostile, TLS_FAILED, "is for \\x1b[31mred, not");
	/* The system's store knows none of them. */
	settings.ca_pem = NULL;
	shake(&settings, &fixture.pool, TLS_FAILED,
	      "issuer Test Authority is not trusted (see tls_ca, tls_pin)");
	/* Where nothing is verified all of them will do. */
	settings.verify = false;
	shake(&settings, &expired, TLS_OPEN, NULL);
	shake(&settings, &lonely, TLS_OPEN, NULL);
	shake(&settings, &hostile, TLS_OPEN, NULL);
	tls_fixture_identity_free(&expired);
	tls_fixture_identity_free(&early);
	tls_fixture_identity_free(&lonely);
	tls_fixture_identity_free(&strange);
	tls_fixture_identity_free(&stranger);
	tls_fixture_identity_free(&hostile);
}
END_TEST

/* A server's own certificate as tls_ca, with an issuer and without. */
START_TEST(its_own_certificate_is_trusted)
{
	struct tls_fixture_identity lonely =
		tls_fixture_identity("x", "DNS:pool.test", NULL, -1, 10);
	char *lonely_pem = tls_fixture_pem(&lonely), *pool_pem = tls_fixture_pem(&fixture.pool);

	shake(&(struct tls_settings){lonely_pem, NULL, true}, &lonely, TLS_OPEN, NULL);
	shake(&(struct tls_settings){pool_pem, NULL, true}, &fixture.pool, TLS_OPEN, NULL);
	shake(&(struct tls_settings){pool_pem, NULL, true}, &lonely, TLS_FAILED, "self-signed");
	free(lonely_pem);
	free(pool_pem);
	tls_fixture_identity_free(&lonely);
}
END_TEST

START_TEST(pin_is_checked)
{
	struct tls_fixture_identity other =
		tls_fixture_identity("x", "DNS:pool.test", &fixture.authority, -1, 10);
	struct tls_fixture_identity lonely =
		tls_fixture_identity("x", "DNS:elsewhere", NULL, -20, -2);
	char *lonely_pin = tls_fixture_pin(&lonely);
	char *pin = tls_fixture_pin(&fixture.pool), *other_pin = tls_fixture_pin(&other);
	char seen[128];

	shake(&(struct tls_settings){fixture.authority_pem, pin, true}, &fixture.pool, TLS_OPEN,
	      NULL);
	snprintf(seen, sizeof(seen), "not the pinned one: %s", other_pin);
	shake(&(struct tls_settings){fixture.authority_pem, pin, true}, &other, TLS_FAILED, seen);
	/* The key decides: neither names, nor dates, nor who signed it are asked. */
	shake_with("wrong.test", &(struct tls_settings){fixture.authority_pem, pin, true},
		   &fixture.pool, TLS_OPEN, NULL);
	shake(&(struct tls_settings){fixture.authority_pem, lonely_pin, true}, &lonely, TLS_OPEN,
	      NULL);
	shake(&(struct tls_settings){NULL, lonely_pin, true}, &fixture.pool, TLS_FAILED,
	      "not the pinned one");
	/* It is the same without verification. */
	shake_with("wrong.test", &(struct tls_settings){NULL, pin, false}, &fixture.pool, TLS_OPEN,
		   NULL);
	shake_with("wrong.test", &(struct tls_settings){NULL, pin, false}, &other, TLS_FAILED,
		   seen);
	free(lonely_pin);
	tls_fixture_identity_free(&lonely);
	free(pin);
	free(other_pin);
	tls_fixture_identity_free(&other);
}
END_TEST

START_TEST(settings_are_checked)
{
	static const char *const pins[] = {
		"",
		"sha256//",
		"sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*=",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
	};
	struct tls_context context = TLS_CONTEXT_NULL;
	char reason[TLS_REASON_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		struct tls_settings settings = {NULL, pins[i], true};

		strcpy(reason, "");
		ck_assert_int_eq(tls_context_init(&context, &settings, reason), -EINVAL);
		ck_assert_ptr_nonnull(strstr(reason, "pin"));
		ck_assert_ptr_null(context.ssl);
	}
}
END_TEST

START_TEST(certificates_are_checked)
{
	struct tls_context context = TLS_CONTEXT_NULL;
	char reason[TLS_REASON_MAX], *pool_pem = tls_fixture_pem(&fixture.pool), *both, *key;

	ck_assert_ptr_null(tls_store_wrong(fixture.authority_pem));
	key = tls_fixture_key_pem(&fixture.pool);
	/* Text around it, another one and a key beside it do no harm. */
	ck_assert_int_gt(asprintf(&both, "About\n%s\n%s%s", fixture.authority_pem, key, pool_pem),
			 0);
	ck_assert_ptr_null(tls_store_wrong(both));
	ck_assert_int_eq(
		tls_context_init(&context, &(struct tls_settings){both, NULL, true}, reason), 0);
	tls_context_deinit(&context);
	ck_assert_ptr_nonnull(strstr(tls_store_wrong(""), "no certificate in PEM"));
	ck_assert_ptr_nonnull(strstr(tls_store_wrong("x\n"), "no certificate in PEM"));
	ck_assert_ptr_nonnull(strstr(tls_store_wrong(key), "no certificate in PEM"));
	/* One digit is missing. */
	memmove(strchr(pool_pem, '\n') + 9, strchr(pool_pem, '\n') + 10,
		strlen(strchr(pool_pem, '\n') + 10) + 1);
	ck_assert_ptr_nonnull(strstr(tls_store_wrong(pool_pem), "damaged"));
	ck_assert_int_eq(
		tls_context_init(&context, &(struct tls_settings){"x", NULL, true}, reason),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(reason, "tls_ca: it holds no certificate in PEM"));
	ck_assert_ptr_null(context.ssl);
	free(both);
	free(key);
	free(pool_pem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust");
	TCase *tls = tcase_create("tls");

	tcase_set_timeout(tls, 60);
	tcase_add_checked_fixture(tls, setup, teardown);
	tcase_add_loop_test(tls, host_is_checked, 0, ARRAY_SIZE(hosts));
	tcase_add_test(tls, certificates_that_are_no_good);
	tcase_add_test(tls, its_own_certificate_is_trusted);
	tcase_add_test(tls, pin_is_checked);
	tcase_add_test(tls, settings_are_checked);
	tcase_add_test(tls, certificates_are_checked);
	suite_add_tcase(suite, tls);
	return suite_main(suite);
}
