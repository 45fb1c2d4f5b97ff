/* SPDX-License-Identifier: MIT */
/* config/: the files of a configuration as texts: syntax, @include, encoding, duplicate keys. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "config/conf_text.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

START_TEST(syntax)
{
	/* Not a string in the wrong place: libconfig leaks the one it stumbles over. */
	REFUSE("pools = (\n{ url = ; } );", "minerd.conf:2: syntax error here or just before");
	REFUSE(POOLS "priority = idle;", "minerd.conf:2: syntax error here or just before; ");
	REFUSE(POOLS "log = { a.b = 1; };", "minerd.conf:2: syntax error here");
	REFUSE("\n\n/* abc\n\n" POOLS, "minerd.conf:3: the comment that begins here has no end");
	REFUSE(POOLS "log = { level = \"info\"; };;;", "minerd.conf:2: syntax error");
}
END_TEST

/* A quote that is missing, or typographic, is named on its own line, and others with it. */
START_TEST(quotes)
{
	REFUSE(POOLS "priority = \"idle;\nlog = { level = \"loud\"; };",
	       "minerd.conf:2: a string has no end on this line",
	       "minerd.conf:3: level: \"loud\" is not one of");
	REFUSE(POOLS "priority = idle\";\n", "minerd.conf:2: a string has no end on this line");
	REFUSE(POOLS "priority = \"idle\\", "minerd.conf:2: a string has no end on this line");
	REFUSE(POOLS "priority = \"idle\n\";\n", "minerd.conf:2: a string has no end on this line",
	       "minerd.conf:3: a string has no end on this line");
	REFUSE(POOLS "priority = \xe2\x80\x9cidle\xe2\x80\x9d;\n",
	       "minerd.conf:2: the character \xe2\x80\x9d (U+201D) cannot stand outside of a str");
	REFUSE(POOLS "log =\xc2\xa0{ level = \"info\"; };\n",
	       "minerd.conf:2: the character \xc2\xa0 (U+00A0) cannot stand outside of a string");
}
END_TEST

START_TEST(what_is_right)
{
	static const char *const texts[] = {
		POOLS "/* a \" */ priority /* \n */ = // \" \xc3\xa4\n\"normal\" # \"\n;",
		"\r\n" POOLS "\r\npriority = \"nor\" \"mal\";\r\n",
		POOLS "priority : \"normal\"",
		"# \xc3\xa4\n@include \"empty\"\n" POOLS "priority = \"nor\\x6dal\";",
	};

	free(conf_fixture_put("empty", ""));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		conf_fixture_load(&conf, texts[i]);
		ck_assert_int_eq(conf.priority, CONF_PRIORITY_NORMAL);
	}
}
END_TEST

START_TEST(duplicate_keys)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	REFUSE(POOLS "priority = \"idle\";\n\npriority = \"batch\";\nbanana = 1;",
	       "minerd.conf:4: duplicate key \"priority\": /tmp/test_conf.",
	       "minerd.conf:5: unknown key \"banana\"");
	REFUSE("pools = ( { url = \"stratum+tcp://h:1\";\nuser = \"u\";\nuser = \"v\";\n"
	       "user = \"w\"; } );",
	       "minerd.conf:3: duplicate key \"user\"", "minerd.conf:4: duplicate key \"user\"");
	REFUSE(POOLS "log = { level = \"info\"; };\nlog = { level = \"info\"; };",
	       "minerd.conf:3: duplicate key \"log\"");
	/* In another group it is another key. */
	conf_fixture_load(&conf,
			  "pools = ( " POOL ", { url = \"stratum+tcp://h:1\"; user = \"u\"; } );");
}
END_TEST

START_TEST(a_duplicate_key_says_where_it_stood_first)
{
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(cleanup_free)
	char *part = conf_fixture_put("part.conf", "\npriority = \"idle\";\n");
	CLEANUP(cleanup_free)
	char *path = conf_fixture_put("minerd.conf",
				      "@include \"part.conf\"\npriority = \"batch\";\n" POOLS);
	char wanted[256];
	struct conf conf;

	ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_INVALID);
	snprintf(wanted, sizeof(wanted),
		 "%s:2: duplicate key \"priority\": %s:2 sets it first; remove one of the two",
		 path, part);
	ck_assert_uint_eq(messages.n, 1);
	ck_assert_str_eq(messages.list[0].text, wanted);
}
END_TEST

/* Whatever finds an error, and whenever. */
START_TEST(messages_are_in_the_order_of_lines)
{
	free(conf_fixture_put("a.conf", "\nbanana = 1;\npriority = \"high\";\n"));
	REFUSE("log = { level = \"loud\"; };\n"	     /* 1 */
	       "@include \"a.conf\"\n"		     /* 2 */
	       "pools = ( { user = \"\";\n"	     /* 3 */
	       "  suggest_difficulty = -1;\n"	     /* 4 */
	       "  url = \"x\"; } );\n"		     /* 5 */
	       "@include \"missing.conf\"\n"	     /* 6 */
	       "failover = { standby = 99; };\n"     /* 7 */
	       "control = { socket = \"\xff\"; };\n" /* 8 */
	       "workers = ( { cpus = \"x\"; } );\n"  /* 9 */
	       "/* ",				     /* 10 */
	       "minerd.conf:1: level: \"loud\"", "a.conf:2: unknown key",
	       "a.conf:3: priority: ", "minerd.conf:3: user: is empty",
	       "minerd.conf:4: suggest_difficulty: -1 is below", "minerd.conf:5: url: \"x\"",
	       "minerd.conf:6: cannot read the included file ",
	       "minerd.conf:7: standby: 99 is above", "minerd.conf:8: the byte \\xff is not UTF-8;",
	       "minerd.conf:9: cpus: \"x\" is not", "minerd.conf:10: the comment that begins");
}
END_TEST

START_TEST(all_errors_at_once)
{
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	CLEANUP(cleanup_free) char *path = NULL;
	char text[8192] = POOLS;

	for (int i = 0; i < CONF_MESSAGES_MAX + 6; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "quite_wrong_%d = 1;\n",
			 i);
	path = conf_fixture_put("minerd.conf", text);
	ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_INVALID);
	ck_assert_uint_eq(messages.n, CONF_MESSAGES_MAX);
	ck_assert_uint_eq(messages.omitted, 6);
	ck_assert_uint_eq(messages.n_errors, CONF_MESSAGES_MAX + 6);
	ck_assert_ptr_nonnull(strstr(messages.list[63].text, "minerd.conf:65: "));
}
END_TEST

static void add(struct conf_messages *messages, enum conf_severity severity, unsigned line,
		const char *text)
{
	struct conf_place place = {"f", line, line};

	ck_assert_int_eq(conf_messages_add(messages, severity, place, "%s", text), 0);
}

/* In a full list an error replaces a warning, or else the last error if that is of a later line. */
START_TEST(errors_replace_what_matters_less)
{
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	unsigned n = CONF_MESSAGES_MAX;

	for (unsigned i = 1; i <= n; i++)
		add(&messages, i == 5 ? CONF_WARNING : CONF_ERROR, 10 * i, "old");
	add(&messages, CONF_WARNING, 1, "new");
	ck_assert_str_eq(messages.list[0].text, "f:10: old");
	add(&messages, CONF_ERROR, 9999, "new");
	ck_assert_str_eq(messages.list[4].text, "f:60: old");
	ck_assert_str_eq(messages.list[n - 1].text, "f:9999: new");
	add(&messages, CONF_ERROR, 15, "new");
	ck_assert_str_eq(messages.list[1].text, "f:15: new");
	ck_assert_str_eq(messages.list[n - 1].text, "f:640: old");
	add(&messages, CONF_ERROR, 8888, "new");
	ck_assert_str_eq(messages.list[n - 1].text, "f:640: old");
	ck_assert_uint_eq(messages.n, n);
	ck_assert_uint_eq(messages.omitted, 4);
	ck_assert_uint_eq(messages.n_errors, n - 1 + 3);
}
END_TEST

START_TEST(includes)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[256];

	free(conf_fixture_put("a.conf", "# @include \"nothing\"\n/*\n@include \"nothing\"\n*/\n"
					"pools = (\n\t@include \"b.conf\"	# here\n);\n"));
	free(conf_fixture_put("b.conf", POOL));
	snprintf(text, sizeof(text), "@include \"%s/a.conf\"\npriority = \"normal\";",
		 conf_fixture_folder);
	conf_fixture_load(&conf, text);
	ck_assert_str_eq(conf.pools[0].host, "a.example");
	ck_assert_int_eq(conf.priority, CONF_PRIORITY_NORMAL);

	free(conf_fixture_put("b.conf", "\n\n{ url = 1; user = \"u\"; }"));
	REFUSE("\n@include \"a.conf\"\nprioriti = 1;\n", "b.conf:3: url: must be a string in",
	       "minerd.conf:3: unknown key \"prioriti\"; did you mean \"priority\"?");
	free(conf_fixture_put("b.conf", "{ url = \"stratum+tcp://h:1\"; user : }"));
	REFUSE("@include \"a.conf\"\n", "b.conf:1: syntax error");
	REFUSE("@include \"missing.conf\"\nbanana = 1;",
	       "minerd.conf:1: cannot read the included file ", "minerd.conf:2: unknown key");
	REFUSE("@include missing.conf\n" POOLS, "minerd.conf:1: @include needs a path in quotes");
	REFUSE("@include \"missing.conf\n" POOLS, "minerd.conf:1: @include needs a path in quotes");
	REFUSE("@include \"b.conf\" x = 1;\n" POOLS,
	       "minerd.conf:1: @include and its path must st");
}
END_TEST

START_TEST(an_include_loop_says_its_chain)
{
	static const char *const names[] = {"minerd.conf", "a.conf", "b.conf"};
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(cleanup_free)
	char *path = conf_fixture_put("minerd.conf", "@include \"a.conf\"\n" POOLS);
	CLEANUP(cleanup_free) char *link = NULL;
	struct conf conf;
	char wanted[512];

	REFUSE(POOLS "@include \"minerd.conf\"\n", "minerd.conf:2: @include loop");
	free(conf_fixture_put("minerd.conf", "@include \"a.conf\"\n" POOLS));
	free(conf_fixture_put("a.conf", "\n@include \"b.conf\"\n"));
	/* By another name, too. */
	ck_assert_int_gt(asprintf(&link, "%s/link.conf", conf_fixture_folder), 0);
	ck_assert_int_eq(symlink("a.conf", link), 0);
	free(conf_fixture_put("b.conf", "\n\n@include \"link.conf\"\n"));
	ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_INVALID);
	snprintf(wanted, sizeof(wanted), "%s/%s:3: @include loop (%s/%s -> %s/%s -> %s/%s)",
		 conf_fixture_folder, names[2], conf_fixture_folder, names[1], conf_fixture_folder,
		 names[2], conf_fixture_folder, names[1]);
	ck_assert_uint_eq(messages.n, 1);
	ck_assert_msg(strncmp(messages.list[0].text, wanted, strlen(wanted)) == 0, "%s",
		      messages.list[0].text);
}
END_TEST

/* The same file in two places is none. */
START_TEST(files_may_be_included_twice)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	free(conf_fixture_put("user", "user = \"u\";"));
	conf_fixture_load(&conf,
			  "pools = (\n{ url = \"stratum+tcp://h:1\";\n@include \"user\"\n},\n"
			  "{ url = \"stratum+tcp://h:2\";\n@include \"user\"\n} );");
	ck_assert_uint_eq(conf.n_pools, 2);
	ck_assert_str_eq(conf.pools[1].user, "u");
}
END_TEST

START_TEST(too_many_includes)
{
	char text[2048] = "";

	for (int i = 0; i <= CONF_DEPTH_MAX; i++) {
		char name[16], line[32];

		snprintf(name, sizeof(name), "%d", i);
		snprintf(line, sizeof(line), "@include \"%d\"\n", i + 1);
		free(conf_fixture_put(name, line));
	}
	REFUSE("@include \"0\"\n", "7:1: @include \"8\": at most 32 files can be read, and at m");
	free(conf_fixture_put("empty", ""));
	for (int i = 0; i < CONF_FILES_MAX; i++)
		strcat(text, "@include \"empty\"\n");
	REFUSE(text, "minerd.conf:32: @include \"empty\": at most 32 files");
}
END_TEST

/* A file of another kind is left soon. */
START_TEST(too_much)
{
	char *text = calloc(1, CONF_SIZE_MAX);

	for (size_t i = 0; i <= CONF_SETTINGS_MAX; i++)
		snprintf(text + strlen(text), 32, "k%zu = 1;\n", i);
	REFUSE(text, "minerd.conf:4097: more than 4096 keys; is this a configuration of minerd?");
	memset(text, 0, CONF_SIZE_MAX);
	for (size_t i = 0; i < CONF_SIZE_MAX - 8; i += 4)
		memcpy(text + i, "a=1;", 4);
	REFUSE(text, "minerd.conf:1: more than 4096 keys");
	memset(text, 0, CONF_SIZE_MAX);
	strcpy(text, "pools = ");
	memset(text + 8, '(', CONF_SIZE_MAX / 2);
	REFUSE(text, "minerd.conf:1: groups and lists are nested too deeply");
	/* Many, and all of them closed. */
	memset(text, 0, CONF_SIZE_MAX);
	strcpy(text, POOLS "x = ");
	memset(text + strlen(text), '(', 1000);
	memset(text + strlen(text), ')', 1000);
	strcat(text, ";");
	REFUSE(text, "minerd.conf:2: unknown key \"x\"");
	free(text);
}
END_TEST

START_TEST(encodings)
{
	REFUSE("pools = ( { url = \"stratum+tcp://a.example:3333\"; user = \"a\\x00b\"; } );",
	       "minerd.conf:1: \\x00 ends the string");
	REFUSE("\xef\xbb\xbf" POOLS,
	       "minerd.conf:1: the file begins with a byte order mark (BOM);");
	REFUSE("\xff\xfep", "minerd.conf:1: the file is UTF-16; save it as UTF-8");
	REFUSE("\xfe\xffp", "minerd.conf:1: the file is UTF-16; save it as UTF-8");
	/* A line that is not UTF-8 has one message, and a file names its first one. */
	REFUSE("pools = ( { url = \"stratum+tcp://h\xe9:1\";\nuser = \"\xe9\"; } );\n# \xfc\nx = "
	       "1;",
	       "minerd.conf:1: the byte \\xe9 is not UTF-8, and so are bytes on 2 other lines; "
	       "save",
	       "minerd.conf:4: unknown key \"x\"");
	REFUSE(WITH("user_agent = \"\xc3\";"), "minerd.conf:1: the byte \\xc3 is not UTF-8; save");
	REFUSE(WITH("user_agent = \"\xed\xa0\x80\";"), "minerd.conf:1: the byte \\xed is not");
	REFUSE(WITH("user_agent = \"\xc0\xaf\";"), "minerd.conf:1: the byte \\xc0 is not");
	REFUSE(WITH("user_agent = \"\xf4\x90\x80\x80\";"), "minerd.conf:1: the byte \\xf4 is not");
	/* By an escape of libconfig, too. */
	REFUSE("pools = ( { url = \"stratum+tcp://h:1\";\nuser = \"a\\xe9\"; } );",
	       "minerd.conf:2: user: byte 2, \\xe9, is not UTF-8");
	free(conf_fixture_put("latin", "\npriority = \"\xe9\";"));
	free(conf_fixture_put("bom", "\xef\xbb\xbfpriority = \"idle\";"));
	REFUSE("@include \"latin\"\n" POOLS, "latin:2: the byte \\xe9 is not UTF-8");
	REFUSE("@include \"bom\"\n" POOLS, "bom:1: the file begins with a byte order mark");
}
END_TEST

START_TEST(text_beyond_ascii)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	conf_fixture_load(&conf,
			  "# \xe2\x82\xbf\n" WITH("name = \"G\xc3\xb6teborg \xf0\x9f\x98\x80\";"));
	ck_assert_str_eq(conf.pools[0].name, "G\xc3\xb6teborg \xf0\x9f\x98\x80");
}
END_TEST

/* Nothing that is no regular file is opened: a FIFO would be waited for. */
static void make_other_files(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/fifo", conf_fixture_folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/directory", conf_fixture_folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", conf_fixture_folder);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/device", conf_fixture_folder);
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
	snprintf(path, sizeof(path), "%s/circle", conf_fixture_folder);
	ck_assert_int_eq(symlink("circle", path), 0);
	free(conf_fixture_put("large", ""));
	snprintf(path, sizeof(path), "%s/large", conf_fixture_folder);
	ck_assert_int_eq(truncate(path, 1024L * 1024 + 1), 0);
}

static const struct {
	const char *name, *reason;
} others[] = {
	{"fifo", "it is a FIFO; name a regular file"},
	{"directory", "it is a directory; name a regular file"},
	{"socket", "it is a socket; name a regular file"},
	{"device", "it is a device; name a regular file"},
	{"circle", "Too many levels of symbolic links"},
	{"missing", "No such file or directory"},
	{"large", "it is larger than 1048576 bytes"},
};

START_TEST(a_main_file_that_cannot_be_read)
{
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	char path[128], wanted[256];
	struct conf conf;

	make_other_files();
	snprintf(path, sizeof(path), "%s/%s", conf_fixture_folder, others[_i].name);
	ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_INVALID);
	snprintf(wanted, sizeof(wanted), "%s: cannot read the configuration: %s", path,
		 others[_i].reason);
	ck_assert_uint_eq(messages.n, 1);
	ck_assert_str_eq(messages.list[0].text, wanted);
}
END_TEST

START_TEST(other_files_that_cannot_be_read)
{
	static const struct {
		const char *before, *after, *what;
	} uses[] = {
		{POOLS "@include \"", "\"\n", "the included file"},
		{"pools = ( { url = \"stratum+tcp://h:1\"; user = \"u\";\npassword_file = \"",
		 "\"; } );\n", "password_file"},
		{"pools = ( { url = \"stratum+tls://h:1\"; user = \"u\";\ntls_ca = \"",
		 "\"; } );\n", "tls_ca"},
	};

	make_other_files();
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		char path[128], text[512], wanted[512];

		/* What is left of a megabyte for an included file is less. */
		if (i == 0 && strcmp(others[_i].name, "large") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", conf_fixture_folder, others[_i].name);
		snprintf(text, sizeof(text), "%s%s%s", uses[i].before, path, uses[i].after);
		snprintf(wanted, sizeof(wanted), "minerd.conf:2: cannot read %s %s: %s",
			 uses[i].what, path, others[_i].reason);
		conf_fixture_refuse(text, 1, (const char *[]){wanted});
	}
}
END_TEST

START_TEST(files_that_are_no_text)
{
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(cleanup_free) char *path = conf_fixture_put("nul", "");
	FILE *file = fopen(path, "w");
	char wanted[256];
	struct conf conf;

	ck_assert_uint_eq(fwrite("\n\na\0b\xff", 1, 6, file), 6);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(conf_fixture_read(&conf, path, &messages), CONF_INVALID);
	snprintf(wanted, sizeof(wanted), "%s:3: a NUL byte: the file is not a text file", path);
	ck_assert_uint_eq(messages.n, 1);
	ck_assert_str_eq(messages.list[0].text, wanted);
	REFUSE("@include \"nul\"\n" POOLS, "nul:3: a NUL byte");
}
END_TEST

/* What a file says cannot move the cursor of who reads the message. */
START_TEST(messages_are_printable)
{
	REFUSE("@include \"\x1b[31m\"\n" POOLS, "minerd.conf:1: cannot read the included file ");
	REFUSE(POOLS "priority = \"\x1b[2J\";",
	       "minerd.conf:2: priority: \"\\x1b[2J\" is not one of \"idle\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_text");
	TCase *tests = tcase_create("conf_text");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_test(tests, syntax);
	tcase_add_test(tests, quotes);
	tcase_add_test(tests, what_is_right);
	tcase_add_test(tests, duplicate_keys);
	tcase_add_test(tests, a_duplicate_key_says_where_it_stood_first);
	tcase_add_test(tests, messages_are_in_the_order_of_lines);
	tcase_add_test(tests, all_errors_at_once);
	tcase_add_test(tests, errors_replace_what_matters_less);
	tcase_add_test(tests, includes);
	tcase_add_test(tests, an_include_loop_says_its_chain);
	tcase_add_test(tests, files_may_be_included_twice);
	tcase_add_test(tests, too_many_includes);
	tcase_add_test(tests, too_much);
	tcase_add_test(tests, encodings);
	tcase_add_test(tests, text_beyond_ascii);
	tcase_add_loop_test(tests, a_main_file_that_cannot_be_read, 0, ARRAY_SIZE(others));
	tcase_add_loop_test(tests, other_files_that_cannot_be_read, 0, ARRAY_SIZE(others));
	tcase_add_test(tests, files_that_are_no_text);
	tcase_add_test(tests, messages_are_printable);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
