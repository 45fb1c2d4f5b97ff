/* SPDX-License-Identifier: MIT */
#include "upstream/node/rpc_refusal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/container.h"
#include "common/escape.h"
#include "upstream/node/json_field.h"

enum { REFUSAL_TEXT_MAX = 120 /* bytes of the node's words in a reason, escaped */ };

/* The errors of Bitcoin Core's src/rpc/protocol.h, which bcoin and btcd have, too. */
static const struct rpc_refusal {
	int64_t code;
	enum rpc_outcome outcome;
	const char
		*text; /* NULL: any; else a part of the node's, to tell errors of one code apart */
	const char *what; /* about the node */
	const char *remedy;
} rpc_refusals[] = {
	{-28, RPC_NOT_NOW, NULL, "is starting up", "minerd asks again"},
	{-10, RPC_NOT_NOW, NULL, "is in its initial block download",
	 "it has no template before it has caught up; minerd asks again"},
	{-9, RPC_NOT_NOW, "hutting down", "is shutting down", "minerd asks again"},
	{-9, RPC_NOT_NOW, NULL, "has no peers",
	 "connect it to others of its network (addnode, firewall); minerd asks again"},
	{-2, RPC_FAILED, NULL, "is in safe mode", "look into its log"},
	{-7, RPC_NOT_NOW, NULL, "is out of memory", "minerd asks again"},
	{-8, RPC_FAILED, "signet rule", "is on a signet, which it did not say before",
	 "minerd logs in again"},
	{-8, RPC_FAILED, "must support", "demands a rule that minerd does not know",
	 "a newer minerd may know it"},
	{-8, RPC_FAILED, "rule set", "demands a rule that minerd does not know",
	 "a newer minerd may know it"},
	{-5, RPC_FAILED, NULL, "does not know it", "it may be on another chain, or behind"},
	{-18, RPC_NOT_A_NODE, NULL, "takes this for a call to a wallet",
	 "url must end after the port, without /wallet/NAME"},
	{-20, RPC_FAILED, NULL, "has a fault in its database", "look into its log"},
	{-22, RPC_FAILED, NULL, "cannot decode the block", "its software may be too old"},
	{-32601, RPC_FAILED, NULL, "does not know the method",
	 "it must be a full node of Bitcoin, new enough for segwit, with mining calls (no SPV "
	 "node, "
	 "no wallet's port)"},
	{-32602, RPC_FAILED, NULL, "does not take the parameters", "its software may be too old"},
	{-32603, RPC_FAILED, NULL, "has an internal error", "look into its log"},
	{-32600, RPC_FAILED, NULL, "does not take the request", "url may be of something else"},
	{-32700, RPC_FAILED, NULL, "does not take the request", "url may be of something else"},
};

static void rpc_refuse(struct rpc_reply *ret, enum rpc_outcome outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void rpc_refuse(struct rpc_reply *ret, enum rpc_outcome outcome, const char *format, ...)
{
	va_list arguments;

	ret->outcome = outcome;
	va_start(arguments, format);
	vsnprintf(ret->reason, sizeof(ret->reason), format, arguments);
	va_end(arguments);
}

/* The first line of what the node wrote: help texts have many. */
static const char *rpc_refusal_line(char shown[REFUSAL_TEXT_MAX], const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && text[n] != '\n' && text[n] != '\r')
		n++;
	return escape_text(shown, REFUSAL_TEXT_MAX, text, n);
}

bool rpc_refusal_access(struct rpc_reply *ret, const char *method, unsigned status)
{
	if (status == 401) {
		rpc_refuse(
			ret, RPC_REFUSED,
			"%s: the node refuses user and password (HTTP 401): user and password "
			"must be rpcuser and rpcpassword, or those of an rpcauth, of the node's "
			"configuration, or cookie_file the file .cookie in the data directory of "
			"the node's chain",
			method);
		return true;
	}
	if (status == 403) {
		rpc_refuse(ret, RPC_REFUSED,
			   "%s: the node forbids it (HTTP 403): its rpcallowip must have this "
			   "machine's address, and its rpcwhitelist of this user, if there is one, "
			   "getblockchaininfo, getblocktemplate, getblockheader and submitblock",
			   method);
		return true;
	}
	return false;
}

void rpc_refusal_error(struct rpc_reply *ret, const char *method, struct json_object *error)
{
	struct json_object *given =
		json_object_is_type(error, json_type_object) ? json_field(error, "message") : error;
	struct json_text text = {.data = ""};
	char shown[REFUSAL_TEXT_MAX];

	json_field_integer(&ret->code, json_field(error, "code"), INT64_MIN, INT64_MAX);
	json_field_text(&text, given, 0, SIZE_MAX);
	rpc_refusal_line(shown, text.data, text.size);
	for (size_t i = 0; i < ARRAY_SIZE(rpc_refusals); i++) {
		const struct rpc_refusal *known = &rpc_refusals[i];

		if (known->code != ret->code || (known->text && !strstr(shown, known->text)))
			continue;
		rpc_refuse(ret, known->outcome, "%s: the node %s (error %" PRId64 ", \"%s\"): %s",
			   method, known->what, ret->code, shown, known->remedy);
		return;
	}
	rpc_refuse(ret, RPC_FAILED, "%s: the node reports error %" PRId64 ", \"%s\"", method,
		   ret->code, shown);
}

void rpc_refusal_object(struct rpc_reply *ret, const char *method, struct json_object *root)
{
	if (json_field(root, "method"))
		rpc_refuse(ret, RPC_NOT_A_NODE,
			   "%s: the answer is a request: a Stratum server is there; its url begins "
			   "with stratum+tcp://",
			   method);
	else
		rpc_refuse(ret, RPC_NOT_A_NODE,
			   "%s: the answer has neither result nor error: url must be that of a "
			   "node's JSON-RPC (rpcport)",
			   method);
}

/* Status and what follows; those that most often have no JSON. */
static const struct rpc_status {
	unsigned status;
	enum rpc_outcome outcome;
	const char *what;
} rpc_statuses[] = {
	{400, RPC_FAILED, "the node does not take the request"},
	{404, RPC_NOT_A_NODE,
	 "there is no JSON-RPC: url must end after the port of the node's JSON-RPC (rpcport)"},
	{405, RPC_NOT_A_NODE,
	 "a web server is there: url must be that of a node's JSON-RPC (rpcport)"},
	{407, RPC_NOT_A_NODE, "a proxy wants a password: minerd's proxy is a SOCKS5 one"},
	{408, RPC_NOT_NOW, "the node had no time: minerd asks again"},
	{413, RPC_FAILED,
	 "the request is too large: a web server is before the node; let it take 8 MB"},
	{429, RPC_NOT_NOW, "the server takes no more requests now: minerd asks again"},
	{500, RPC_FAILED, "the node has an internal error: look into its log"},
	{502, RPC_NOT_NOW, "a web server cannot reach the node: minerd asks again"},
	{503, RPC_NOT_NOW,
	 "the node is too busy or starts: its rpcworkqueue and rpcthreads may be too small; minerd "
	 "asks again"},
	{504, RPC_NOT_NOW, "a web server waits for the node: minerd asks again"},
};

/* What speaks there, by its first bytes; NULL: it does not show. */
static const char *rpc_refusal_speaker(const char *body, size_t size)
{
	size_t i = 0;

	if (size >= 2 && (body[0] == 0x15 || body[0] == 0x16) && body[1] == 3)
		return "a TLS server answers: url must begin with https://";
	while (i < size && strchr(" \t\r\n", body[i]) && body[i])
		i++;
	if (i < size && body[i] == '<')
		return "a web page answers: url must be that of a node's JSON-RPC (rpcport)";
	if (memmem(body, size < 512 ? size : 512, "\"mining.", strlen("\"mining.")))
		return "a Stratum server answers: its url begins with stratum+tcp://";
	return NULL;
}

void rpc_refusal_body(struct rpc_reply *ret, const char *method, unsigned status, const char *body,
		      size_t size, const char *wrong)
{
	const char *speaker = rpc_refusal_speaker(body, size);
	char shown[REFUSAL_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rpc_statuses); i++) {
		const struct rpc_status *known = &rpc_statuses[i];

		if (known->status != status)
			continue;
		rpc_refuse(ret, known->outcome, "%s: HTTP %u, \"%s\": %s", method, status,
			   rpc_refusal_line(shown, body, size), known->what);
		return;
	}
	if (status >= 300 && status < 400)
		rpc_refuse(ret, RPC_NOT_A_NODE,
			   "%s: HTTP %u: the server sends to another address: url must be that of "
			   "a node's JSON-RPC itself (rpcport)",
			   method, status);
	else if (speaker)
		rpc_refuse(ret, RPC_NOT_A_NODE, "%s: HTTP %u: %s", method, status, speaker);
	else if (!size)
		rpc_refuse(ret, RPC_NOT_A_NODE,
			   "%s: HTTP %u without a body: url must be that of a node's JSON-RPC "
			   "(rpcport)",
			   method, status);
	else
		rpc_refuse(ret, RPC_NOT_A_NODE, "%s: HTTP %u, \"%s\": %s", method, status,
			   rpc_refusal_line(shown, body, size),
			   wrong ? wrong : "it is not a JSON object");
}
