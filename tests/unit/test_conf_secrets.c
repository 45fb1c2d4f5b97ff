/* SPDX-License-Identifier: MIT */
/* config/: passwords, who can read them, and that no message shows one. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

#define PROXY(x) WITH("proxy = \"" x "\";")

/* A pool whose password is in the file "secret" of the folder. */
static void with_file(char ret[256])
{
	snprintf(ret, 256, WITH("\npassword_file = \"%s/secret\";"), conf_fixture_folder);
}

START_TEST(passwords)
{
	static const struct {
		const char *text, *password;
	} right[] = {
		{POOLS, "x"},
		{WITH("password = \"\";"), ""},
		{WITH("password = \"hunter 2\";"), "hunter 2"},
		{WITH("password = \"\xc3\xa4\";"), "\xc3\xa4"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		conf_fixture_load(&conf, right[i].text);
		ck_assert_str_eq(conf.pools[0].password, right[i].password);
	}
}
END_TEST

START_TEST(password_files)
{
	static const struct {
		const char *content, *password;
	} right[] = {
		{"hunter 2\n", "hunter 2"},
		{"hunter 2", "hunter 2"},
		{"hunter 2\r\n", "hunter 2"},
		{" \n", " "},
		{"\n", ""},
		{"\r\n", ""},
	};
	static const char *const wrong[] = {
		"two\nlines\n", "\n\n", "a\tb\n", "\xe9\n", "a\xff", "\xc2\x9b\n", "\x7f",
	};
	char text[256], many[CONF_TEXT_MAX + 2] = "";

	with_file(text);
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		free(conf_fixture_put("secret", right[i].content));
		conf_fixture_load(&conf, text);
		ck_assert_str_eq(conf.pools[0].password, right[i].password);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		free(conf_fixture_put("secret", wrong[i]));
		conf_fixture_refuse(text, 1,
				    (const char *[]){"minerd.conf:2: password_file /tmp/"});
	}
	memset(many, 'm', CONF_TEXT_MAX + 1);
	free(conf_fixture_put("secret", many));
	conf_fixture_refuse(text, 1, (const char *[]){"minerd.conf:2: password_file /tmp/"});
}
END_TEST

/* It was perhaps not meant: the file is yet to be written. */
START_TEST(a_password_file_of_no_byte)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[256];

	with_file(text);
	free(conf_fixture_put("secret", ""));
	conf_fixture_warn(
		&conf, text, 1,
		(const char *[]){"minerd.conf:2: warning: password_file /tmp/test_conf."});
	ck_assert_str_eq(conf.pools[0].password, "");
}
END_TEST

START_TEST(one_way_to_give_a_password)
{
	REFUSE(WITH("password_file = \"/nonexistent\";"),
	       "minerd.conf:1: cannot read password_file /nonexistent: No such file");
	REFUSE(WITH("password = \"p\";\npassword_file = \"/nonexistent\";"),
	       "minerd.conf:2: password_file: excludes password; remove one of them");
	REFUSE(WITH("password_file = \"\";"), "minerd.conf:1: password_file: is empty");
	REFUSE(WITH("password_file = \"/a\\x01\";"), "minerd.conf:1: password_file: byte 3, \\x01");
}
END_TEST

START_TEST(credentials)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	setenv("CREDENTIALS_DIRECTORY", conf_fixture_folder, 1);
	free(conf_fixture_put("pool-password-mine", "from the credential"));
	conf_fixture_load(&conf, WITH("name = \"mine\";"));
	ck_assert_str_eq(conf.pools[0].password, "from the credential");
	REFUSE(WITH("name = \"mine\"; password = \"p\";"),
	       "minerd.conf:1: password: excludes the credential pool-password-mine; remove it");
	REFUSE(POOLS, "minerd.conf:1: the credential pool-password-mine needs a pool with name = "
		      "\"mine\", and there is none");
	free(conf_fixture_put("pool-password-mine", "a\xff"));
	REFUSE(WITH("name = \"mine\";"), "minerd.conf:1: the credential /tmp/test_conf.");
	conf_deinit(&conf);
	free(conf_fixture_put("pool-password-mine", "\n"));
	conf_fixture_load(&conf, WITH("name = \"mine\";"));
	ck_assert_str_eq(conf.pools[0].password, "");
}
END_TEST

/* Whatever is wrong, and wherever: nobody reads a password in a message. */
START_TEST(no_message_shows_a_password)
{
	static const char *const texts[] = {
		PROXY("socks4://u:secret@h:1"),
		PROXY("socks5://u:secret@h"),
		PROXY("socks5://u:secret@a b:1"),
		PROXY("socks5://u:secret%@h:1"),
		PROXY("socks5://u:secret@h:x"),
		PROXY("socks5://u:secret\\x01@h:1"),
		PROXY("socks5://u:secret"),
		WITH("password = \"secret\\x01\";"),
		WITH("password = \"secret\xff\";"),
		WITH("password = secret;"),
		WITH("password = \"secret;"),
		WITH("password = \xe2\x80\x9csecret\xe2\x80\x9d;"),
		WITH("password = [ \"secret\" ];"),
		URL("stratum+tcp://u:secret@h:1"),
		URL("stratum+tls://secret@h:1"),
		URL("http://u:secret@127.0.0.1:8332"),
		URL("https://u:secret@127.0.0.1:8332"),
		URL("gopher://u:secret@h:1"),
		URL("u:secret@h:1"),
		URL("stratum+tcp://u:secret@h"),
		URL("stratum+tcp://h:1/?password=secret"),
		URL("stratum+tcp://h:1#secret"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(cleanup_free) char *path = conf_fixture_put("minerd.conf", texts[i]);
		CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_INVALID);
		ck_assert_msg(messages.n == 1, "%zu messages for %s, the first: %s", messages.n,
			      texts[i], messages.list[0].text);
		ck_assert_msg(!strstr(messages.list[0].text, "secret"), "%s",
			      messages.list[0].text);
	}
}
END_TEST

/* The warnings about a configuration of this mode. */
static void readable(const char *text, mode_t mode, size_t n, const char *wanted)
{
	CLEANUP(cleanup_free) char *path = conf_fixture_put("minerd.conf", text);
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	ck_assert_int_eq(chmod(path, mode), 0);
	ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_OK);
	ck_assert_msg(messages.n == n, "%zu warnings for mode %o: %s", messages.n, mode, text);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(messages.list[i].severity, CONF_WARNING);
		ck_assert_msg(strstr(messages.list[i].text, wanted) != NULL, "%s",
			      messages.list[i].text);
	}
}

START_TEST(a_configuration_that_others_can_read)
{
	static const char wanted[] = "minerd.conf:1: warning: password: every user of this machine "
				     "can read the password in ";

	readable(WITH("password = \"secret\";"), 0644, 1, wanted);
	readable(WITH("password = \"secret\";"), 0604, 1, wanted);
	readable(WITH("password = \"secret\";"), 0640, 0, "");
	readable(WITH("password = \"secret\";"), 0600, 0, "");
	readable(PROXY("socks5://u:p@h:1"), 0644, 1, "minerd.conf:1: warning: proxy: every user");
	readable(PROXY("socks5://h:1"), 0644, 0, "");
	/* No secrets. */
	readable(POOLS, 0644, 0, "");
	readable(WITH("password = \"x\";"), 0644, 0, "");
	readable(WITH("password = \"\";"), 0644, 0, "");
	/* Once for each file. */
	readable("pools = ( { url = \"stratum+tcp://h:1\"; user = \"u\"; password = \"1\"; },\n"
		 "{ url = \"stratum+tcp://h:2\"; user = \"u\"; password = \"2\"; } );",
		 0644, 1, wanted);
}
END_TEST

START_TEST(other_files_that_others_can_read)
{
	CLEANUP(cleanup_free)
	char *included = conf_fixture_put("part", WITH("password = \"secret\";"));
	CLEANUP(cleanup_free) char *secret = conf_fixture_put("secret", "s\n");
	char text[256];

	ck_assert_int_eq(chmod(included, 0644), 0);
	readable("@include \"part\"\n", 0600, 1, "/part:1: warning: password: every user");
	ck_assert_int_eq(chmod(included, 0600), 0);
	readable("@include \"part\"\n", 0644, 0, "");
	with_file(text);
	readable(text, 0644, 0, "");
	ck_assert_int_eq(chmod(secret, 0644), 0);
	readable(text, 0600, 1,
		 "/secret: every user of this machine can read it (mode 0644); chmod");
}
END_TEST

/* Loads as root and on behalf of user nobody; the messages in turn begin so, without the folder. */
static void as_nobody(const char *text, size_t n, const char *const *wanted)
{
	CLEANUP(cleanup_free) char *path = conf_fixture_put("minerd.conf", text);
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(conf_fixture_read_as(&conf, path, "nobody", &messages), CONF_OK);
	for (size_t i = 0; i < n && i < messages.n; i++)
		ck_assert_msg(strstr(messages.list[i].text, wanted[i]) != NULL, "%s",
			      messages.list[i].text);
	ck_assert_msg(messages.n == n, "%zu messages, the last: %s", messages.n,
		      messages.n ? messages.list[messages.n - 1].text : "none");
}

START_TEST(files_that_the_service_cannot_read)
{
	char text[512], path[128];

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(conf_fixture_folder, 0755), 0);
	free(conf_fixture_put("secret", "s\n"));
	free(conf_fixture_put("ca", "CERTIFICATE"));
	free(conf_fixture_put("part", ""));
	snprintf(text, sizeof(text),
		 "@include \"part\"\npools = ( { url = \"stratum+tls://h:1\"; user = \"u\";\n"
		 "password_file = \"%s/secret\";\ntls_ca = \"%s/ca\"; } );",
		 conf_fixture_folder, conf_fixture_folder);
	as_nobody(text, 3,
		  (const char *[]){
			  "/part: user nobody of the service may not read it; give it to a group",
			  "minerd.conf:3: warning: password_file ",
			  "minerd.conf:4: warning: tls_ca ",
		  });
	snprintf(path, sizeof(path), "%s/part", conf_fixture_folder);
	ck_assert_int_eq(chmod(path, 0644), 0);
	snprintf(path, sizeof(path), "%s/ca", conf_fixture_folder);
	ck_assert_int_eq(chmod(path, 0644), 0);
	as_nobody(text, 1, (const char *[]){"minerd.conf:3: warning: password_file "});
	/* A directory on the way. */
	ck_assert_int_eq(chmod(conf_fixture_folder, 0700), 0);
	as_nobody(
		POOLS, 1,
		(const char *[]){
			"user nobody of the service may not enter the directory /tmp/test_conf."});
}
END_TEST

START_TEST(a_service_user_that_is_not_there)
{
	CLEANUP(cleanup_free) char *path = conf_fixture_put("minerd.conf", POOLS);
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	ck_assert_int_eq(conf_fixture_read_as(&conf, path, "no-such-user", &messages), CONF_OK);
	ck_assert_uint_eq(messages.n, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_secrets");
	TCase *tests = tcase_create("conf_secrets");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_test(tests, passwords);
	tcase_add_test(tests, password_files);
	tcase_add_test(tests, a_password_file_of_no_byte);
	tcase_add_test(tests, one_way_to_give_a_password);
	tcase_add_test(tests, credentials);
	tcase_add_test(tests, no_message_shows_a_password);
	tcase_add_test(tests, a_configuration_that_others_can_read);
	tcase_add_test(tests, other_files_that_others_can_read);
	tcase_add_test(tests, files_that_the_service_cannot_read);
	tcase_add_test(tests, a_service_user_that_is_not_there);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
