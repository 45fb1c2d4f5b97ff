/* SPDX-License-Identifier: MIT */
/* config/: pools, their URLs, proxies and payouts. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/log.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

START_TEST(urls_that_are_right)
{
	static const struct {
		const char *url, *host;
		unsigned port;
		enum conf_transport transport;
		const char *name;
	} right[] = {
		{"stratum+tcp://h:1", "h", 1, CONF_TRANSPORT_TCP, "h:1"},
		{"STRATUM+TCP://H:65535/", "H", 65535, CONF_TRANSPORT_TCP, "H:65535"},
		{"stratum+ssl://h.x:443", "h.x", 443, CONF_TRANSPORT_TLS, "h.x:443"},
		{"stratum+tls://h.x:443", "h.x", 443, CONF_TRANSPORT_TLS, "h.x:443"},
		{"stratum+tcps://h.x:443", "h.x", 443, CONF_TRANSPORT_TLS, "h.x:443"},
		{"stratum+tcp://127.0.0.1:3333", "127.0.0.1", 3333, CONF_TRANSPORT_TCP,
		 "127.0.0.1:3333"},
		{"stratum+tcp://[::1]:3333", "::1", 3333, CONF_TRANSPORT_TCP, "[::1]:3333"},
		{"stratum+tcp://[fe80::1%lo]:3333", "fe80::1%lo", 3333, CONF_TRANSPORT_TCP,
		 "[fe80::1%lo]:3333"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
		char text[256];

		snprintf(text, sizeof(text), "pools = ( { url = \"%s\"; user = \"u\"; } );",
			 right[i].url);
		conf_fixture_load(&conf, text);
		ck_assert_str_eq(conf.pools[0].url, right[i].url);
		ck_assert_str_eq(conf.pools[0].host, right[i].host);
		ck_assert_uint_eq(conf.pools[0].port, right[i].port);
		ck_assert_int_eq(conf.pools[0].transport, right[i].transport);
		ck_assert_str_eq(conf.pools[0].name, right[i].name);
	}
}
END_TEST

START_TEST(urls_that_are_wrong)
{
	REFUSE(URL("h:3333"), "minerd.conf:1: url: \"h:3333\": it has no scheme");
	REFUSE(URL("stratum://h:3333"), "minerd.conf:1: url: \"stratum://h:3333\": its scheme");
	REFUSE(URL("stratum+tcp://h"), "minerd.conf:1: url: \"stratum+tcp://h\": it has no port");
	REFUSE(URL("stratum+tcp://h:"), "minerd.conf:1: url: \"stratum+tcp://h:\": it has no port");
	REFUSE(URL("stratum+tcp://:1"),
	       "minerd.conf:1: url: \"stratum+tcp://:1\": its host is emp");
	REFUSE(URL("stratum+tcp://h:0"),
	       "minerd.conf:1: url: \"stratum+tcp://h:0\": its port is not "
	       "within");
	REFUSE(URL("stratum+tcp://h:65536"),
	       "minerd.conf:1: url: \"stratum+tcp://h:65536\": its port is not within");
	REFUSE(URL("stratum+tcp://h:99999999999"),
	       "minerd.conf:1: url: \"stratum+tcp://h:99999999999\": its port is not within");
	REFUSE(URL("stratum+tcp://h:33a"),
	       "minerd.conf:1: url: \"stratum+tcp://h:33a\": its port is not a number");
	REFUSE(URL("stratum+tcp://h:1/x"), "minerd.conf:1: url: \"stratum+tcp://h:1/x\": nothing");
	REFUSE(URL("stratum+tcp://u:p@h:1"),
	       "minerd.conf:1: url: user and password have keys of their own; write");
	REFUSE(URL("stratum+tcp://::1:3333"), "minerd.conf:1: url: \"stratum+tcp://::1:3333\": an "
					      "IPv6 address stands in brackets");
	REFUSE(URL("stratum+tcp://[::1:3333"),
	       "minerd.conf:1: url: \"stratum+tcp://[::1:3333\": the ] after");
	REFUSE(URL("stratum+tcp://[::1]"),
	       "minerd.conf:1: url: \"stratum+tcp://[::1]\": it has no port");
	REFUSE(URL("stratum+tcp://[1.2.3.4]:1"),
	       "minerd.conf:1: url: \"stratum+tcp://[1.2.3.4]:1\": the address in brackets");
	REFUSE(URL("stratum+tcp://[fe80::1%]:1"),
	       "minerd.conf:1: url: \"stratum+tcp://[fe80::1%]:1\": the address in brackets");
	REFUSE(URL("stratum+tcp://a b:1"),
	       "minerd.conf:1: url: \"stratum+tcp://a b:1\": its host is neither");
	REFUSE(URL("stratum+tcp://a..b:1"),
	       "minerd.conf:1: url: \"stratum+tcp://a..b:1\": its host is neither");
}
END_TEST

START_TEST(a_url_that_is_too_long)
{
	char text[1024], host[400];

	memset(host, 'a', sizeof(host));
	snprintf(text, sizeof(text),
		 "pools = ( { url = \"stratum+tcp://%.300s:1\"; user = \"u\"; } );", host);
	REFUSE(text, "minerd.conf:1: url: \"stratum+tcp://aaa");
	memset(text, 0, sizeof(text));
	snprintf(text, sizeof(text), URL("stratum+tcp://%600d:1"), 1);
	REFUSE(text, "minerd.conf:1: url: 616 bytes are above the maximum 512");
}
END_TEST

START_TEST(tls_keys)
{
	REFUSE("pools = ( { url = \"stratum+tls://h:1\"; user = \"u\";\n"
	       "tls_ca = \"/nonexistent\";\ntls_pin = \"sha256//abc\"; } );",
	       "minerd.conf:2: cannot read tls_ca /nonexistent: No such file",
	       "minerd.conf:3: tls_pin: \"sha256//abc\" is not \"sha256//\" and 44 characters");
	REFUSE(WITH("tls_verify = false;\ntls_pin = "
		    "\"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3h"
		    "SuFU=\";"),
	       "minerd.conf:1: tls_verify: is for stratum+tls:// and https:// only",
	       "minerd.conf:2: tls_pin: is for stratum+tls:// and https:// only");
}
END_TEST

/* Both say which difficulty to ask for; 0 says nothing. */
START_TEST(one_difficulty_to_ask_for)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	REFUSE(WITH("suggest_difficulty = 8;\nshare_interval = 2;"),
	       "minerd.conf:2: share_interval: excludes suggest_difficulty,");
	conf_fixture_load(&conf, WITH("suggest_difficulty = 8; share_interval = 0;"));
	ck_assert_double_eq(conf.pools[0].suggest_difficulty, 8);
}
END_TEST

#define PROXY(x) WITH("proxy = \"" x "\";")

START_TEST(proxies_that_are_right)
{
	static const struct {
		const char *text, *host, *user, *password;
		unsigned port;
	} right[] = {
		{PROXY("socks5://127.0.0.1:9050"), "127.0.0.1", "", "", 9050},
		{PROXY("SOCKS5H://tor.example:1/"), "tor.example", "", "", 1},
		{PROXY("socks5://[::1]:65535"), "::1", "", "", 65535},
		{PROXY("socks5://u:p@h:1080"), "h", "u", "p", 1080},
		{PROXY("socks5://a%3Ab:%25%40%2f%FF@h:1"), "h", "a:b", "%@/\xff", 1},
		{PROXY("socks5://u:p:q@r/s@[::1]:1"), "::1", "u", "p:q@r/s", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
		const struct conf_proxy *proxy = &conf.pools[0].proxy;

		conf_fixture_load(&conf, right[i].text);
		ck_assert_str_eq(proxy->host, right[i].host);
		ck_assert_uint_eq(proxy->port, right[i].port);
		ck_assert_str_eq(proxy->user, right[i].user);
		ck_assert_str_eq(proxy->password, right[i].password);
	}
}
END_TEST

START_TEST(proxies_that_are_wrong)
{
	char text[1024], user[512] = "";

	REFUSE(PROXY("127.0.0.1:9050"), "minerd.conf:1: proxy: it does not begin with a known");
	REFUSE(PROXY("http://h:1"), "minerd.conf:1: proxy: it does not begin with a known");
	REFUSE(PROXY("socks4://h:1"), "minerd.conf:1: proxy: it does not begin with a known");
	REFUSE(PROXY("socks5://h"), "minerd.conf:1: proxy: it has no port");
	REFUSE(PROXY("socks5://::1:1"), "minerd.conf:1: proxy: an IPv6 address stands in brackets");
	REFUSE(PROXY("socks5://h:1/x"), "minerd.conf:1: proxy: nothing may follow the port");
	REFUSE(PROXY("socks5://a b:1"), "minerd.conf:1: proxy: its host is neither");
	REFUSE(PROXY("socks5://secret@h:1"), "minerd.conf:1: proxy: before the @ must stand");
	REFUSE(PROXY("socks5://:secret@h:1"), "minerd.conf:1: proxy: before the @ must stand");
	REFUSE(PROXY("socks5://secret:@h:1"), "minerd.conf:1: proxy: before the @ must stand");
	REFUSE(PROXY("socks5://u:%00@h:1"), "minerd.conf:1: proxy: before the @ must stand");
	REFUSE(PROXY("socks5://u:%4@h:1"), "minerd.conf:1: proxy: before the @ must stand");
	REFUSE(PROXY("socks5://u:%4g@h:1"), "minerd.conf:1: proxy: before the @ must stand");
	REFUSE(PROXY(""), "minerd.conf:1: proxy: is empty; write a value");
	REFUSE(WITH("proxy = 9050;"), "minerd.conf:1: proxy: must be a string in");
	REFUSE(PROXY("socks5://u:p\\x01@h:1"),
	       "minerd.conf:1: proxy: byte 13, \\x01, is a control character");
	REFUSE("pools = ( { url = \"stratum+tcp://[fe80::1%lo]:1\"; user = \"u\";\n"
	       "proxy = \"socks5://h:1\"; } );",
	       "minerd.conf:2: proxy: the address in the pool's url has a zone");
	memset(user, 'u', CONF_TEXT_MAX + 1);
	snprintf(text, sizeof(text), PROXY("socks5://%s:p@h:1"), user);
	REFUSE(text,
	       "minerd.conf:1: proxy: before the @ must stand USER:PASSWORD, each of 1 to 255");
}
END_TEST

START_TEST(payouts)
{
	static const struct {
		const char *text;
		unsigned ppm;
		bool enforce;
	} right[] = {
		{WITH("payout = { address = \"b1\"; };"), 980000, false},
		{WITH("payout = { address = \"b1\"; action = \"warn\"; };"), 980000, false},
		{WITH("payout = { address = \"b1\"; action = \"enforce\"; };"), 980000, true},
		{WITH("payout = { address = \"b1\"; minimum_percent = 100; };"), 1000000, false},
		{WITH("payout = { address = \"b1\"; minimum_percent = 98.5; };"), 985000, false},
		{WITH("payout = { address = \"b1\"; minimum_percent = 99.9999; };"), 999999, false},
		{WITH("payout = { address = \"b1\"; minimum_percent = 1e-4; };"), 1, false},
	};
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	conf_fixture_load(&conf, POOLS);
	ck_assert_ptr_null(conf.pools[0].payout.address);
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		conf_deinit(&conf);
		conf_fixture_load(&conf, right[i].text);
		ck_assert_str_eq(conf.pools[0].payout.address, "b1");
		ck_assert_uint_eq(conf.pools[0].payout.minimum_ppm, right[i].ppm);
		ck_assert(conf.pools[0].payout.enforce == right[i].enforce);
	}
}
END_TEST

START_TEST(payouts_that_are_wrong)
{
	REFUSE(WITH("payout = {\naddress = \"c1\"; };"),
	       "minerd.conf:2: address: \"c1\": it does not begin with a b");
	REFUSE(WITH("payout = { address = 1; };"), "minerd.conf:1: address: must be a string");
	REFUSE(WITH("payout = { address = \"b1\"; minimum_percent = 0; };"),
	       "minerd.conf:1: minimum_percent: 0 is below the minimum 0.0001");
	REFUSE(WITH("payout = { address = \"b1\"; minimum_percent = 100.1; };"),
	       "minerd.conf:1: minimum_percent: 100.1 is above the maximum 100");
	REFUSE(WITH("payout = { address = \"b1\"; minimum_percent = 98.00005; };"),
	       "minerd.conf:1: minimum_percent: 98.00005 has more than the four decimals");
	REFUSE(WITH("payout = { address = \"b1\"; action = \"leave\"; };"),
	       "minerd.conf:1: action: \"leave\" is not one of \"warn\", \"enforce\"");
}
END_TEST

/* The file is read once, so that nobody has to read it later. */
START_TEST(certificates)
{
	static const char text[] = "-----BEGIN CERTIFICATE-----\nx\n";
	CLEANUP(cleanup_free) char *path = conf_fixture_put("ca.pem", text);
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char conf_text[512];
	FILE *file;

	snprintf(conf_text, sizeof(conf_text),
		 "pools = ( { url = \"stratum+tls://h:1\"; user = \"u\"; tls_ca = \"%s\"; } );",
		 path);
	conf_fixture_load(&conf, conf_text);
	ck_assert_str_eq(conf.pools[0].tls_ca, path);
	ck_assert_str_eq(conf.pools[0].tls_ca_pem, text);
	free(conf_fixture_put("ca.pem", "-----BEGIN PRIVATE KEY-----\n"));
	conf_fixture_refuse(conf_text, 1,
			    (const char *[]){"minerd.conf:1: tls_ca /tmp/test_conf."});
	free(conf_fixture_put("ca.pem", ""));
	conf_fixture_refuse(conf_text, 1,
			    (const char *[]){"minerd.conf:1: tls_ca /tmp/test_conf."});
	file = fopen(path, "w");
	ck_assert_uint_eq(fwrite("CERTIFICATE\0", 1, 12, file), 12);
	ck_assert_int_eq(fclose(file), 0);
	conf_fixture_refuse(conf_text, 1,
			    (const char *[]){"minerd.conf:1: tls_ca /tmp/test_conf."});
}
END_TEST

START_TEST(duplicate_pools)
{
	REFUSE("pools = ( " POOL ",\n" POOL " );",
	       "minerd.conf:2: name: \"a.example:3333\" is the name of the pool at /");
}
END_TEST

START_TEST(too_many_pools)
{
	char text[4096] = "pools = (";

	for (int i = 0; i <= CONF_POOLS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s{ url = \"stratum+tcp://h:%d\"; user = \"u\"; }", i ? ",\n" : "",
			 i + 1);
	strcat(text, ");");
	REFUSE(text, "minerd.conf:1: pools: 17 groups are above the maximum 16");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_pool");
	TCase *tests = tcase_create("conf_pool");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_test(tests, urls_that_are_right);
	tcase_add_test(tests, urls_that_are_wrong);
	tcase_add_test(tests, a_url_that_is_too_long);
	tcase_add_test(tests, tls_keys);
	tcase_add_test(tests, one_difficulty_to_ask_for);
	tcase_add_test(tests, proxies_that_are_right);
	tcase_add_test(tests, proxies_that_are_wrong);
	tcase_add_test(tests, payouts);
	tcase_add_test(tests, payouts_that_are_wrong);
	tcase_add_test(tests, certificates);
	tcase_add_test(tests, duplicate_pools);
	tcase_add_test(tests, too_many_pools);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
