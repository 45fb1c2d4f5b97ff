/* SPDX-License-Identifier: MIT */
/* Folder upstream/stratum/: where client.reconnect may lead. */
#include <check.h>
#include <string.h>

#include "common/container.h"
#include "suite_main.h"
#include "upstream/stratum/reconnect.h"

static const struct {
	const char *configured, *wanted;
	bool allowed;
} redirects[] = {
	{"pool.example.org", "pool.example.org", true},
	{"pool.example.org", "EU.example.org", true},
	{"POOL.Example.ORG", "eu.eXample.org", true},
	{"pool.example.org", "a.b.example.org", true},
	{"a.b.pool.example.org", "eu.example.org", true},
	{"pool.example.org", "example.org", true},
	{"example.org", "eu.example.org", true},
	{"pool.example.org", "badexample.org", false},
	{"pool.example.org", "example.net", false},
	{"pool.example.org", "pool.example.org.evil.net", false},
	/* A dot at the end says that nothing is to follow. */
	{"pool.example.org", "pool.example.org.", true},
	{"pool.example.org.", "eu.example.org", true},
	{"pool.example.org", "eu.example.org.", true},
	{"pool.example.org.", "pool.evil.org.", false},
	{"pool.example.org..", "pool.evil.org..", false},
	{".", "..", false},
	/* Under these everybody may have a name: of a country, and of a company. */
	{"example.co.uk", "eu.example.co.uk", true},
	{"example.co.uk", "evil.co.uk", false},
	{"EXAMPLE.CO.UK", "EVIL.CO.UK", false},
	{"example.co.uk.", "evil.co.uk.", false},
	{"pool.example.com.au", "evil.com.au", false},
	{"a.duckdns.org", "evil.duckdns.org", false},
	{"pool.a.duckdns.org", "evil.duckdns.org", false},
	{"pool.a.duckdns.org", "eu.a.duckdns.org", true},
	{"a.duckdns.org", "duckdns.org", false},
	{"a.github.io", "evil.github.io", false},
	{"example.org", "org", false},
	/* Without a registered domain: to itself only. */
	{"duckdns.org", "DuckDNS.org", true},
	{"duckdns.org", "evil.duckdns.org", false},
	{"localhost", "LOCALHOST", true},
	{"localhost", "localhost.", true},
	{"localhost", "other", false},
	{"localhost", "evil.localhost", false},
	/* Top-level domains that no list has. */
	{"one.pool.test", "two.pool.test", true},
	{"pool.test", "evil.test", false},
	/* Addresses, in every way that they are written. */
	{"127.0.0.1", "127.0.0.1", true},
	{"127.0.0.1", "127.0.0.2", false},
	{"192.0.2.1", "198.51.2.1", false},
	{"192.0.2.1.", "198.51.2.1.", false},
	{"127.1", "192.127.1", false},
	{"pool.example.org", "192.0.2.1", false},
	{"192.0.2.1", "pool.example.org", false},
	{"2001:db8::1", "2001:DB8::1", true},
	{"2001:db8::1", "2001:db8::2", false},
	{"pool.example.org", "::1", false},
	/* What is no name, and would get into the log. */
	{"pool.example.org", "\x1b[31m.example.org", false},
	{"pool.example.org", "a b.example.org", false},
	{"pool.example.org", "evil.net/.example.org", false},
	{"pool.example.org", "", false},
};

START_TEST(reconnect_stays_in_its_domain)
{
	ck_assert_int_eq(reconnect_allowed(redirects[_i].configured, redirects[_i].wanted),
			 redirects[_i].allowed);
}
END_TEST

START_TEST(reconnect_to_names_of_any_length)
{
	char wanted[300];
	size_t n = sizeof(wanted) - 1;

	/* 255 characters are what a name may have. */
	memset(wanted, 'a', n);
	strcpy(wanted + n - strlen(".example.org"), ".example.org");
	ck_assert(!reconnect_allowed("pool.example.org", wanted));
	ck_assert(!reconnect_allowed("pool.example.org", wanted + n - 256));
	ck_assert(reconnect_allowed("pool.example.org", wanted + n - 255));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reconnect");
	TCase *tests = tcase_create("reconnect");

	tcase_add_loop_test(tests, reconnect_stays_in_its_domain, 0, ARRAY_SIZE(redirects));
	tcase_add_test(tests, reconnect_to_names_of_any_length);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
