/* SPDX-License-Identifier: MIT */
/* upstream/node/rpc: calls, and each way in which a node says no. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "memory_fixture.h"
#include "suite_main.h"
#include "upstream/node/json_parse.h"
#include "upstream/node/rpc.h"

static void check_text(const char *text)
{
	for (const char *c = text; *c; c++)
		ck_assert_msg(*c >= ' ' && *c <= '~', "not escaped: %s", text);
}

/* The reply has that outcome, and its reason begins so and contains the remedy. */
static void check_no(unsigned status, const char *body, size_t size, enum rpc_outcome outcome,
		     const char *remedy)
{
	struct rpc_reply reply;

	rpc_reply_read(&reply, "getblocktemplate", status, body, size);
	ck_assert_msg(reply.outcome == outcome, "%u %s: %d", status, body, reply.outcome);
	ck_assert_ptr_null(reply.result);
	ck_assert_msg(strncmp(reply.reason, "getblocktemplate: ", 18) == 0, "%s", reply.reason);
	ck_assert_msg(strstr(reply.reason, remedy), "\"%s\" has no \"%s\"", reply.reason, remedy);
	check_text(reply.reason);
	rpc_reply_deinit(&reply);
}

START_TEST(calls)
{
	char text[RPC_CALL_MAX], id[257];
	struct json_object *root;
	size_t n;
	char *block;

	n = rpc_call_chain_info(text);
	ck_assert_uint_eq(n, strlen(text));
	ck_assert_str_eq(text, "{\"jsonrpc\":\"1.0\",\"id\":\"minerd\",\"method\":"
			       "\"getblockchaininfo\",\"params\":[]}");
	rpc_call_template(text, false, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"rules\":[\"segwit\"]}]}"));
	memset(id, 'a', 256);
	id[256] = '\0';
	n = rpc_call_template(text, true, id);
	ck_assert_uint_eq(n, strlen(text));
	ck_assert_ptr_nonnull(
		strstr(text, "\"rules\":[\"segwit\",\"signet\"],\"longpollid\":\"aa"));
	ck_assert_ptr_null(json_parse(&root, text, n));
	json_object_put(root);
	n = rpc_call_block_header(text, "00ff");
	ck_assert_uint_eq(n, strlen(text));
	ck_assert_ptr_nonnull(strstr(text, "\"getblockheader\",\"params\":[\"00ff\",true]}"));
	block = rpc_call_submit_block("00ffee", 4, &n);
	ck_assert_uint_eq(n, strlen(block));
	ck_assert_ptr_nonnull(strstr(block, "\"submitblock\",\"params\":[\"00ff\"]}"));
	free(block);
	if (memory_fixture_works()) {
		memory_fixture_fail(1);
		block = rpc_call_submit_block("00", 2, &n);
		memory_fixture_fail(0);
		ck_assert_ptr_null(block);
	}
}
END_TEST

START_TEST(results)
{
	static const struct {
		unsigned status;
		const char *body, *result;
	} good[] = {
		{200, "{\"result\":{\"a\":1},\"error\":null,\"id\":\"minerd\"}\n", "{\"a\":1}"},
		{200, "{\"jsonrpc\":\"2.0\",\"result\":\"duplicate\",\"id\":\"minerd\"}",
		 "\"duplicate\""},
		{200, "{\"result\":null,\"error\":null,\"id\":\"minerd\"}", "null"},
		{500, "{\"result\":false,\"id\":null}", "false"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct rpc_reply reply;

		rpc_reply_read(&reply, "m", good[i].status, good[i].body, strlen(good[i].body));
		ck_assert_int_eq(reply.outcome, RPC_RESULT);
		ck_assert_str_eq(
			json_object_to_json_string_ext(reply.result, JSON_C_TO_STRING_PLAIN),
			good[i].result);
		rpc_reply_deinit(&reply);
		rpc_reply_deinit(&reply);
	}
}
END_TEST

#define ERROR(code, text)                                                    \
	"{\"result\":null,\"error\":{\"code\":" #code ",\"message\":\"" text \
	"\"},\"id\":\"minerd\"}"

/* As Bitcoin Core, bcoin and btcd write them. */
START_TEST(errors)
{
	static const struct {
		unsigned status;
		enum rpc_outcome outcome;
		const char *body;
		int64_t code;
		const char *remedy;
	} cases[] = {
		{500, RPC_NOT_NOW, ERROR(-28, "Loading block index\\u2026"), -28,
		 "the node is starting up (error -28, \"Loading block index\\xe2\\x80\\xa6\"): "
		 "minerd asks"},
		{500, RPC_NOT_NOW,
		 ERROR(-10, "Bitcoin Core is in initial sync and waiting for blocks..."), -10,
		 "initial block download"},
		{200, RPC_NOT_NOW, ERROR(-10, "Bitcoin is downloading blocks..."), -10,
		 "initial block download"},
		{500, RPC_NOT_NOW, ERROR(-9, "Bitcoin Core is not connected!"), -9,
		 "has no peers (error -9, \"Bitcoin Core is not connected!\"): connect it"},
		{500, RPC_NOT_NOW, ERROR(-9, "Shutting down"), -9, "is shutting down"},
		{404, RPC_FAILED, ERROR(-32601, "Method not found"), -32601,
		 "a full node of Bitcoin"},
		{500, RPC_FAILED,
		 ERROR(-8, "getblocktemplate must be called with the signet rule set (call)"), -8,
		 "is on a signet"},
		{500, RPC_FAILED,
		 ERROR(-8, "getblocktemplate must be called with the novel rule set (call)"), -8,
		 "demands a rule"},
		{200, RPC_FAILED, ERROR(-8, "Client must support novel."), -8, "demands a rule"},
		{500, RPC_FAILED, ERROR(-8, "Invalid mode"), -8,
		 "reports error -8, \"Invalid mode\""},
		{500, RPC_FAILED, ERROR(-1, "getblocktemplate ( x )\\n\\nreturns"), -1,
		 "reports error -1, \"getblocktemplate ( x )\""},
		{500, RPC_FAILED, ERROR(-3, "Expected object"), -3, "reports error -3"},
		{500, RPC_FAILED, ERROR(-5, "Block not found"), -5, "does not know it"},
		{500, RPC_FAILED, ERROR(-22, "Block decode failed"), -22, "cannot decode"},
		{500, RPC_NOT_A_NODE, ERROR(-18, "No wallet is loaded."), -18, "without /wallet/"},
		{200, RPC_FAILED, "{\"error\":\"no\\u0007\"}", 0, "error 0, \"no\\x07\""},
		{200, RPC_FAILED, "{\"error\":{\"code\":\"x\"},\"result\":1}", 0, "error 0, \"\""},
		{200, RPC_FAILED, "{\"error\":[20,\"Not supported.\"]}", 0, "error 0"},
		{200, RPC_FAILED, ERROR(1e400, "x"), 0, "error 0, \"x\""},
		{503, RPC_NOT_NOW, ERROR(-28, "Verifying blocks..."), -28, "is starting up"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rpc_reply reply;

		check_no(cases[i].status, cases[i].body, strlen(cases[i].body), cases[i].outcome,
			 cases[i].remedy);
		rpc_reply_read(&reply, "m", cases[i].status, cases[i].body, strlen(cases[i].body));
		ck_assert_int_eq(reply.code, cases[i].code);
		rpc_reply_deinit(&reply);
	}
}
END_TEST

/* What has no JSON in it, or none of a node. */
START_TEST(statuses_and_bodies)
{
	static const struct {
		unsigned status;
		enum rpc_outcome outcome;
		const char *body;
		const char *remedy;
	} odd[] = {
		{401, RPC_REFUSED, "", "refuses user and password (HTTP 401)"},
		{401, RPC_REFUSED, "{\"error\":{\"code\":-1,\"message\":\"bad\"}}", "cookie_file"},
		{403, RPC_REFUSED, "", "rpcallowip"},
		{403, RPC_REFUSED, "", "rpcwhitelist"},
		{503, RPC_NOT_NOW, "Work queue depth exceeded",
		 "HTTP 503, \"Work queue depth exceeded\": the node is too busy"},
		{404, RPC_NOT_A_NODE, "Not Found", "url must end after the port"},
		{404, RPC_NOT_A_NODE, "<html>", "url must end after the port"},
		{405, RPC_NOT_A_NODE, "JSONRPC server handles only POST requests", "a web server"},
		{400, RPC_FAILED, "Bad", "does not take the request"},
		{413, RPC_FAILED, "", "too large"},
		{429, RPC_NOT_NOW, "", "asks again"},
		{502, RPC_NOT_NOW, "<html>", "cannot reach the node"},
		{301, RPC_NOT_A_NODE, "<html>", "sends to another address"},
		{200, RPC_NOT_A_NODE, " <!DOCTYPE html><p>x", "a web page answers"},
		{200, RPC_NOT_A_NODE, "", "without a body"},
		{418, RPC_NOT_A_NODE, "\x1b[2J", "HTTP 418, \"\\x1b[2J\": it is not valid JSON"},
		{200, RPC_NOT_A_NODE, "\x15\x03\x01\x02\x02", "https://"},
		{200, RPC_NOT_A_NODE,
		 "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}",
		 "stratum+tcp://"},
		{200, RPC_NOT_A_NODE,
		 "{\"id\":null,\"method\":\"mining.notify\",\"params\":[]}\n{\"id\":null}",
		 "stratum+tcp://"},
		{200, RPC_NOT_A_NODE, "{\"id\":1,\"error\":null}", "neither result nor error"},
		{200, RPC_NOT_A_NODE, "{}", "neither result nor error"},
		{200, RPC_NOT_A_NODE, "[]", "it is not a JSON object"},
		{200, RPC_NOT_A_NODE, "1", "it is not a JSON object"},
		{200, RPC_NOT_A_NODE, "{\"result\":", "it is not valid JSON"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		check_no(odd[i].status, odd[i].body, strlen(odd[i].body), odd[i].outcome,
			 odd[i].remedy);
}
END_TEST

/* A message of any length makes a reason that ends. */
START_TEST(long_messages)
{
	char *body = malloc(100000);

	ck_assert_ptr_nonnull(body);
	strcpy(body, "{\"error\":{\"code\":-9223372036854775808,\"message\":\"");
	memset(body + strlen(body), '\x7f', 50000 - strlen(body));
	strcpy(body + 50000, "\"}}");
	check_no(500, body, strlen(body), RPC_FAILED, "...\"");
	memset(body, '[', 100000);
	check_no(200, body, 100000, RPC_NOT_A_NODE, "nested deeper than 32");
	free(body);
}
END_TEST

START_TEST(verdicts)
{
	static const struct {
		const char *json;
		enum block_verdict verdict;
		const char *text;
	} words[] = {
		{"\"duplicate\"", BLOCK_ACCEPTED, "duplicate: the node had it already"},
		{"\"rejected: duplicate\"", BLOCK_ACCEPTED, "rejected: duplicate: "},
		{"\"duplicate-inconclusive\"", BLOCK_INCONCLUSIVE, "duplicate-inconclusive: "},
		{"\"duplicate-invalid\"", BLOCK_INVALID, "found it invalid"},
		{"\"inconclusive\"", BLOCK_INCONCLUSIVE, "a rival's came first"},
		{"\"stale-prevblk\"", BLOCK_STALE, "no longer the best"},
		{"\"inconclusive-not-best-prevblk\"", BLOCK_STALE, "not the best"},
		{"\"prev-blk-not-found\"", BLOCK_UNANSWERED, "does not know its parent"},
		{"\"rejected: bad-prevblk\"", BLOCK_UNANSWERED, "does not know its parent"},
		{"\"bad-prevblk\"", BLOCK_INVALID, "its parent is invalid"},
		{"\"time-too-new\"", BLOCK_UNANSWERED, "check both clocks"},
		{"\"high-hash\"", BLOCK_INVALID, "does not meet the target"},
		{"\"rejected: high-hash\"", BLOCK_INVALID, "does not meet the target"},
		{"\"bad-cb-amount\"", BLOCK_INVALID, "bad-cb-amount: its coinbase breaks a rule"},
		{"\"bad-version(0x00000001)\"", BLOCK_INVALID, "version is too low"},
		{"\"high-hashes\"", BLOCK_INVALID, "high-hashes: the node refuses it"},
		{"\"\"", BLOCK_INVALID, ": the node refuses it"},
		{"\"rejected: \"", BLOCK_INVALID, "the node refuses it"},
		{"\"novel\\u001b\"", BLOCK_INVALID, "novel\\x1b: the node refuses it"},
		{"true", BLOCK_UNANSWERED, "must be null or a text"},
		{"{}", BLOCK_UNANSWERED, "must be null or a text"},
	};
	char reason[RPC_REASON_MAX];

	ck_assert_int_eq(rpc_verdict(NULL, reason), BLOCK_ACCEPTED);
	ck_assert_str_eq(reason, "accepted");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct json_object *result = json_tokener_parse(words[i].json);

		ck_assert_msg(rpc_verdict(result, reason) == words[i].verdict, "%s", words[i].json);
		ck_assert_msg(strstr(reason, words[i].text), "%s", reason);
		check_text(reason);
		json_object_put(result);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc");
	TCase *tests = tcase_create("rpc");

	tcase_add_test(tests, calls);
	tcase_add_test(tests, results);
	tcase_add_test(tests, errors);
	tcase_add_test(tests, statuses_and_bodies);
	tcase_add_test(tests, long_messages);
	tcase_add_test(tests, verdicts);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
