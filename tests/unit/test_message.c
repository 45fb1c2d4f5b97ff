/* SPDX-License-Identifier: MIT */
/* Lines of Stratum: what real servers said, every shape that the notes know, and what is wrong. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/share.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "message_fixture.h"
#include "suite_main.h"
#include "upstream/stratum/encode.h"

#define NOTIFY_HEAD                                                     \
	"{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"j1\"," \
	"\"a30787e294132f821c5c3afed29340525a226ef6b3770f7af220429f0c999cea\","

START_TEST(notify_in_all_its_shapes)
{
	struct message message = message_fixture_parsed(
		NOTIFY_HEAD
		"\"0100\",\"ff\","
		"[\"9eccba44059cb48a1280f31d3219565ac84a195d5f78e167a4e467d700000240\"],"
		"\"20000000\",\"207fffff\",\"6b02d1ed\",true]}");

	ck_assert_int_eq(message.kind, MESSAGE_NOTIFY);
	ck_assert_mem_eq(message.notify.id.data, "j1", 2);
	ck_assert_uint_eq(message.notify.coinb1.size, 4);
	ck_assert_uint_eq(message.notify.n_branches, 1);
	ck_assert(message.notify.clean);
	message_deinit(&message);
	/* Unpadded numbers, no clean flag, keys in another order, white space around. */
	message = message_fixture_parsed(
		" {\"params\":[\"\",\"A30787E294132F821C5C3AFED29340525A226EF6B3770F7AF220"
		"429F0C999CEA\",\"\",\"\",[],\"2\",\"1D00FFFF\",\"1\"],"
		"\"method\":\"mining.notify\"} \r");
	ck_assert_int_eq(message.kind, MESSAGE_NOTIFY);
	ck_assert_uint_eq(message.notify.version.size, 1);
	ck_assert(!message.notify.clean);
	message_deinit(&message);
}
END_TEST

static const char *const wrong_lines[] = {
	"",
	" ",
	"this is no json",
	"[]",
	"1",
	"null",
	"\"text\"",
	"{",
	"{\"id\":1",
	"{\"method\":1}",
	"{\"method\":\"mining.notify\"}",
	"{\"method\":\"mining.notify\",\"params\":{}}",
	"{\"method\":\"mining.notify\",\"params\":[]}",
	NOTIFY_HEAD "\"\",\"\",[\"00\"],\"2\",\"2\",\"2\",true]}",
	NOTIFY_HEAD "\"\",\"\",{},\"2\",\"2\",\"2\",true]}",
	NOTIFY_HEAD "\"\",\"\",[1],\"2\",\"2\",\"2\",true]}",
	NOTIFY_HEAD "\"\",\"\",[],\"\",\"2\",\"2\",true]}",
	NOTIFY_HEAD "\"\",\"\",[],\"123456789\",\"2\",\"2\",true]}",
	NOTIFY_HEAD "\"\",\"\",[],2,\"2\",\"2\",true]}",
	NOTIFY_HEAD "1,\"\",[],\"2\",\"2\",\"2\",true]}",
	("{\"method\":\"mining.notify\",\"params\":[\"a\\u0000b\",\"\",\"\",\"\",[],\"2\",\"2\","
	 "\"2\"]}"),
	"{\"method\":\"mining.set_difficulty\",\"params\":[]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[\"much\"]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[\"1 \"]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[\"nan\"]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[null]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[true]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[[1]]}",
	"{\"method\":\"mining.set_difficulty\"}",
	"{\"method\":\"mining.set_difficulty\",\"params\":null}",
	"{\"method\":\"mining.set_difficulty\",\"params\":1}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[0]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[-1]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[NaN]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[Infinity]}",
	"{\"method\":\"mining.set_difficulty\",\"params\":[1e999]}",
	"{\"method\":\"mining.set_extranonce\",\"params\":[1,4]}",
	"{\"method\":\"mining.set_extranonce\",\"params\":[\"00\",\"x\"]}",
	"{\"method\":\"mining.set_extranonce\",\"params\":[\"00\",4.5]}",
	"{\"method\":\"mining.set_extranonce\",\"params\":[\"00\",17]}",
	"{\"method\":\"mining.set_extranonce\",\"params\":[\"00\",-1]}",
	"{\"method\":\"mining.set_extranonce\",\"params\":[]}",
	"{\"method\":\"mining.set_version_mask\",\"params\":[\"\"]}",
	"{\"method\":\"mining.set_version_mask\",\"params\":[\"xyz\"]}",
	"{\"method\":\"mining.set_version_mask\",\"params\":[1]}",
	"{\"method\":\"mining.set_version_mask\",\"params\":[\"0x\"]}",
	"{\"method\":\"mining.set_version_mask\",\"params\":[\"123456789\"]}",
	"{id:null,method:\"mining.notify\"}",
	"HTTP/1.1 400 Bad Request",
	"\xef\xbb\xbf",
	"{\"method\":\"client.reconnect\",\"params\":[1]}",
	"{\"method\":\"client.reconnect\",\"params\":[\"h\",\"x\"]}",
	"{\"method\":\"client.reconnect\",\"params\":[\"h\",65536]}",
	"{\"method\":\"client.reconnect\",\"params\":[\"h\",1,-1]}",
	"{\"method\":\"client.show_message\",\"params\":[]}",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
};

START_TEST(wrong_lines_are_reported)
{
	struct message message = MESSAGE_NULL;

	ck_assert_int_eq(message_fixture_parse(&message, wrong_lines[_i]), MESSAGE_INVALID);
	ck_assert_ptr_null(message.root);
}
END_TEST

/* The answer to a ping repeats its id. */
START_TEST(ids_of_pings_have_a_limit)
{
	struct message message = MESSAGE_NULL;
	char line[256];

	snprintf(line, sizeof(line), "{\"id\":\"%0126d\",\"method\":\"mining.ping\"}", 1);
	ck_assert_int_eq(message_fixture_parse(&message, line), MESSAGE_OK);
	message_deinit(&message);
	snprintf(line, sizeof(line), "{\"id\":\"%0127d\",\"method\":\"mining.ping\"}", 1);
	ck_assert_int_eq(message_fixture_parse(&message, line), MESSAGE_INVALID);
}
END_TEST

START_TEST(too_many_branches)
{
	char line[4096] = NOTIFY_HEAD "\"\",\"\",[";
	struct message message = MESSAGE_NULL;

	for (int i = 0; i <= JOB_BRANCHES_MAX; i++) {
		strcat(line, i ? ",\"" : "\"");
		memset(line + strlen(line), '0', 64);
		strcat(line, "\"");
	}
	strcat(line, "],\"2\",\"2\",\"2\",true]}");
	ck_assert_int_eq(message_fixture_parse(&message, line), MESSAGE_INVALID);
}
END_TEST

START_TEST(requests_of_the_pool)
{
	struct message message =
		message_fixture_parsed("{\"id\":42,\"method\":\"mining.ping\",\"params\":[]}");

	ck_assert_int_eq(message.kind, MESSAGE_PING);
	ck_assert_str_eq(message.id_text, "42");
	message_deinit(&message);
	message = message_fixture_parsed("{\"id\":\"text-id\",\"method\":\"mining.ping\"}");
	ck_assert_str_eq(message.id_text, "\"text-id\"");
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"id\":1,\"method\":\"client.get_version\",\"params\":null}");
	ck_assert_int_eq(message.kind, MESSAGE_GET_VERSION);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"client.reconnect\",\"params\":[\"a.b\",\"3333\",5]}");
	ck_assert_int_eq(message.kind, MESSAGE_RECONNECT);
	ck_assert_str_eq(message.reconnect.host.data, "a.b");
	ck_assert_uint_eq(message.reconnect.port, 3333);
	ck_assert_uint_eq(message.reconnect.wait, 5);
	message_deinit(&message);
	message = message_fixture_parsed("{\"method\":\"client.reconnect\",\"params\":[]}");
	ck_assert_uint_eq(message.reconnect.host.size, 0);
	ck_assert_uint_eq(message.reconnect.port, 0);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"client.show_message\",\"params\":[\"hello\"]}");
	ck_assert_str_eq(message.text.data, "hello");
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"mining.set_version_mask\",\"params\":[\"1FFFE000\"]}");
	ck_assert_uint_eq(message.version_mask, 0x1fffe000);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"mining.set_extranonce\",\"params\":[\"08a1\",6]}");
	ck_assert_str_eq(message.extranonce.extranonce1.data, "08a1");
	ck_assert_int_eq(message.extranonce.extranonce2_size, 6);
	message_deinit(&message);
	message =
		message_fixture_parsed("{\"method\":\"mining.future\",\"params\":{\"a\":[1,{}]}}");
	ck_assert_int_eq(message.kind, MESSAGE_UNKNOWN);
	message_deinit(&message);
}
END_TEST

START_TEST(errors_in_all_their_shapes)
{
	static const struct {
		const char *line;
		int64_t code;
		const char *text;
	} cases[] = {
		{"{\"id\":7,\"result\":false,\"error\":[21,\"Stale\",null]}", 21, "Stale"},
		{"{\"id\":7,\"result\":null,\"error\":[21,\"job not found\"]}", 21,
		 "job not found"},
		{"{\"id\":7,\"result\":null,\"error\":{\"code\":23,\"message\":\"low\"}}", 23,
		 "low"},
		{"{\"id\":7,\"result\":false,\"error\":\"Failed subscription\"}", 0,
		 "Failed subscription"},
		{"{\"id\":7,\"result\":false,\"error\":null,\"reject-reason\":\"dup\"}", 0, "dup"},
		{"{\"id\":7,\"result\":false,\"error\":null}", 0, ""},
		{"{\"id\":7,\"result\":null,\"error\":null}", 0, ""},
		{"{\"id\":7}", 0, ""},
		{"{\"id\":7,\"error\":[]}", 0, ""},
		{"{\"id\":7,\"error\":[\"a\",2]}", 0, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = message_fixture_parsed(cases[i].line);

		ck_assert_int_eq(message.kind, MESSAGE_REPLY);
		ck_assert_int_eq(message.id, 7);
		ck_assert(message.reply.error.rejected);
		ck_assert_int_eq(message.reply.error.code, cases[i].code);
		ck_assert_str_eq(message.reply.error.text, cases[i].text);
		message_deinit(&message);
	}
}
END_TEST

START_TEST(replies_of_the_handshake)
{
	struct message message = message_fixture_parsed(
		"{\"result\":{\"version-rolling\":true,\"version-rolling.mask\":\"1fffe000\"},"
		"\"id\":10,\"error\":null}");
	struct message_text id, extranonce1;
	uint32_t mask = 1;
	int64_t size;

	ck_assert(message_configured(&message, &mask));
	ck_assert_uint_eq(mask, 0x1fffe000);
	ck_assert_ptr_nonnull(message_subscribed(&message, &id, &extranonce1, &size));
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"result\":{\"version-rolling\":\"not here\"},\"id\":1,\"error\":null}");
	ck_assert(!message_configured(&message, &mask));
	ck_assert_uint_eq(mask, 0);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"result\":{\"version-rolling\":true},\"id\":1,\"error\":null}");
	ck_assert(message_configured(&message, &mask));
	ck_assert_uint_eq(mask, 0);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"result\":[[],\"48d1026b\",8],\"id\":\"2\",\"error\":null}");
	ck_assert_int_eq(message.id, 2);
	ck_assert_ptr_null(message_subscribed(&message, &id, &extranonce1, &size));
	ck_assert_str_eq(extranonce1.data, "48d1026b");
	ck_assert_uint_eq(id.size, 0);
	ck_assert_int_eq(size, 8);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"id\":2,\"result\":[[[\"mining.set_difficulty\",\"a\"],[7],"
		"[\"mining.notify\",\"b\"]],\"00\",4],\"error\":null}");
	ck_assert_ptr_null(message_subscribed(&message, &id, &extranonce1, &size));
	ck_assert_str_eq(id.data, "b");
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"id\":2,\"result\":[[\"mining.notify\",\"c\"],\"00\",4]}");
	ck_assert_ptr_null(message_subscribed(&message, &id, &extranonce1, &size));
	ck_assert_str_eq(id.data, "c");
	message_deinit(&message);
	message = message_fixture_parsed("{\"result\":[[],5,4],\"id\":2}");
	ck_assert_str_eq(message_subscribed(&message, &id, &extranonce1, &size),
			 "extranonce1 must be a string of at most 64 digits");
	message_deinit(&message);
	message = message_fixture_parsed("{\"result\":[[],\"00\",\"four\"],\"id\":2}");
	ck_assert_str_eq(message_subscribed(&message, &id, &extranonce1, &size),
			 "extranonce2_size must be a number from 1 to 16");
	message_deinit(&message);
	message = message_fixture_parsed("{\"result\":\"Initialising\",\"id\":2,\"error\":null}");
	ck_assert_ptr_nonnull(message_subscribed(&message, &id, &extranonce1, &size));
	message_deinit(&message);
	message = message_fixture_parsed("{\"result\":true,\"id\":null}");
	ck_assert_int_eq(message.id, -1);
	ck_assert(message_authorized(&message));
	message_deinit(&message);
}
END_TEST

/* Spaced as no server does, or with an escape, so that the fast parser leaves it to json-c or not.
 */
static bool scanned(const char *line)
{
	struct message message = message_fixture_parsed(line);
	bool quick = !message.root;

	ck_assert_int_eq(message.kind, MESSAGE_NOTIFY);
	message_deinit(&message);
	return quick;
}

#define PARAMS(id)                                                                          \
	"[\"" id "\",\"a30787e294132f821c5c3afed29340525a226ef6b3770f7af220429f0c999cea\"," \
	"\"01\",\"02\",[],\"2\",\"207fffff\",\"1\",true]"

START_TEST(which_lines_the_scanner_takes)
{
	ck_assert(scanned("{\"id\":null,\"method\":\"mining.notify\",\"params\":" PARAMS("1") "}"));
	ck_assert(scanned(" { \"params\" : " PARAMS("1") " , \"method\":\"mining.notify\" } \r"));
	ck_assert(!scanned("{\"id\":1,\"method\":\"mining.notify\",\"params\":" PARAMS("1") "}"));
	ck_assert(!scanned("{\"method\":\"mining.notify\",\"params\":" PARAMS("\\u0031") "}"));
	ck_assert(!scanned("{\"method\":\"mining.notify\",\"params\":" PARAMS("\xc3\xa4") "}"));
	ck_assert(!scanned("{\"x\":1,\"method\":\"mining.notify\",\"params\":" PARAMS("1") "}"));
	/* json-c takes the last of two: the fast parser none. */
	ck_assert(!scanned("{\"params\":" PARAMS(
		"1") ",\"method\":\"mining.notify\",\"params\":" PARAMS("2") "}"));
}
END_TEST

/* Every line that real servers and clients said, as recorded in tests/transcripts. */
START_TEST(transcripts)
{
	CLEANUP(cleanup_free) char *line = NULL;
	unsigned files = 0, lines = 0, notifies = 0;
	const struct dirent *entry;
	DIR *folder = opendir(SOURCE_ROOT "/tests/transcripts");
	size_t room = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) {
		char path[512];
		FILE *file;

		if (!strstr(entry->d_name, ".jsonl"))
			continue;
		files++;
		snprintf(path, sizeof(path), "%s/%s", SOURCE_ROOT "/tests/transcripts",
			 entry->d_name);
		file = fopen(path, "r");
		ck_assert_ptr_nonnull(file);
		while (getline(&line, &room, file) > 0) {
			struct json_object *record = json_tokener_parse(line), *said, *dir;
			struct message message = MESSAGE_NULL;
			const char *text;
			int r;

			ck_assert(json_object_object_get_ex(record, "line", &said));
			ck_assert(json_object_object_get_ex(record, "dir", &dir));
			text = json_object_is_type(said, json_type_string)
				       ? json_object_get_string(said)
				       : json_object_to_json_string_ext(said,
									JSON_C_TO_STRING_PLAIN);
			r = message_fixture_parse(&message, text);
			lines++;
			if (strcmp(json_object_get_string(dir), "s>c") == 0) {
				ck_assert_msg(r == MESSAGE_OK, "%s", text);
				ck_assert_int_ne(message.kind, MESSAGE_UNKNOWN);
				notifies += message.kind == MESSAGE_NOTIFY && !message.root;
			}
			message_deinit(&message);
			json_object_put(record);
		}
		fclose(file);
	}
	closedir(folder);
	ck_assert_uint_eq(files, 8);
	ck_assert_uint_eq(lines, 945);
	ck_assert_uint_gt(notifies, 100);
}
END_TEST

/* What we compose has to be what we would take. */
START_TEST(composed_lines)
{
	struct job *job = job_new(NULL, 8, 0);
	struct share share = {
		.job = job, .ntime = 0x6b02d1ed, .nonce = 0x1378ae, .version = 0x20002000};
	char line[MESSAGE_SIZE_MAX];

	job->extranonce2_size = 4;
	share.extranonce2[3] = 1;
	strcpy(job->id, "a\"b\\");
	ck_assert_uint_gt(encode_submit(line, sizeof(line), 9, "us\"er", &share, false), 0);
	ck_assert_str_eq(line, "{\"id\":9,\"method\":\"mining.submit\",\"params\":[\"us\\\"er\","
			       "\"a\\\"b\\\\\",\"00000001\",\"6b02d1ed\",\"001378ae\"]}\n");
	job->version_mask = 0x1fffe000;
	encode_submit(line, sizeof(line), 9, "u", &share, true);
	ck_assert_ptr_nonnull(strstr(line, "\"001378ae\",\"00002000\"]}\n"));
	encode_suggest_difficulty(line, sizeof(line), 5, 0.001);
	ck_assert_ptr_nonnull(strstr(line, "\"params\":[0.001"));
	encode_suggest_difficulty(line, sizeof(line), 5, 1500.7);
	ck_assert_ptr_nonnull(strstr(line, "\"params\":[1500]}"));
	encode_pong(line, sizeof(line), "\"text-id\"");
	ck_assert_str_eq(line, "{\"id\":\"text-id\",\"result\":\"pong\",\"error\":null}\n");
	encode_authorize(line, sizeof(line), 3, "u\n\x1f", "");
	ck_assert_str_eq(line, "{\"id\":3,\"method\":\"mining.authorize\",\"params\":"
			       "[\"u\\u000a\\u001f\",\"\"]}\n");
	ck_assert_uint_eq(encode_subscribe(line, 16, 2, "agent", ""), 0);
	encode_subscribe(line, sizeof(line), 2, "agent", "");
	ck_assert_str_eq(line,
			 "{\"id\":2,\"method\":\"mining.subscribe\",\"params\":[\"agent\"]}\n");
	encode_subscribe(line, sizeof(line), 2, "agent", "a\"b");
	ck_assert_ptr_nonnull(strstr(line, "[\"agent\",\"a\\\"b\"]}"));
	job_unref(job);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *tests = tcase_create("message");

	tcase_add_test(tests, notify_in_all_its_shapes);
	tcase_add_loop_test(tests, wrong_lines_are_reported, 0, ARRAY_SIZE(wrong_lines));
	tcase_add_test(tests, ids_of_pings_have_a_limit);
	tcase_add_test(tests, too_many_branches);
	tcase_add_test(tests, requests_of_the_pool);
	tcase_add_test(tests, errors_in_all_their_shapes);
	tcase_add_test(tests, replies_of_the_handshake);
	tcase_add_test(tests, which_lines_the_scanner_takes);
	tcase_add_test(tests, transcripts);
	tcase_add_test(tests, composed_lines);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
