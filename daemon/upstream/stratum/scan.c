/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/scan.h"

#include <string.h>

#include "common/find.h"
#include "common/hot.h"
#include "upstream/stratum/message.h"

/* What is left of the line. Each function below takes what it names off its beginning, or fails. */
struct scan {
	const char *at;
	const char *end;
};

HOT static void scan_space(struct scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r' || *scan->at == '\n'))
		scan->at++;
}

HOT static bool scan_char(struct scan *scan, char c)
{
	scan_space(scan);
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

/* A string without escapes, and without a NUL, which other parsers take for the end. */
HOT static bool scan_text(struct scan *scan, struct message_text *ret)
{
	const char *begin, *quote;

	if (!scan_char(scan, '"'))
		return false;
	begin = scan->at;
	quote = find_any(begin, scan->end, '"', '\\', '\0');
	if (quote == scan->end || *quote != '"')
		return false;
	ret->data = begin;
	ret->size = (size_t)(quote - begin);
	scan->at = quote + 1;
	return true;
}

HOT static bool scan_word(struct scan *scan, const char *word)
{
	size_t n = strlen(word);

	scan_space(scan);
	if ((size_t)(scan->end - scan->at) < n || memcmp(scan->at, word, n) != 0)
		return false;
	scan->at += n;
	return true;
}

HOT static bool scan_branches(struct scan *scan, struct message_notify *ret)
{
	ret->n_branches = 0;
	if (!scan_char(scan, '['))
		return false;
	if (scan_char(scan, ']'))
		return true;
	do {
		if (ret->n_branches == JOB_BRANCHES_MAX ||
		    !scan_text(scan, &ret->branches[ret->n_branches++]))
			return false;
	} while (scan_char(scan, ','));
	return scan_char(scan, ']');
}

HOT static bool scan_clean(struct scan *scan, bool *ret)
{
	*ret = scan_word(scan, "true");
	return *ret || scan_word(scan, "false");
}

HOT static bool scan_params(struct scan *scan, struct message_notify *ret)
{
	return scan_char(scan, '[') && scan_text(scan, &ret->id) && scan_char(scan, ',') &&
	       scan_text(scan, &ret->prevhash) && scan_char(scan, ',') &&
	       scan_text(scan, &ret->coinb1) && scan_char(scan, ',') &&
	       scan_text(scan, &ret->coinb2) && scan_char(scan, ',') && scan_branches(scan, ret) &&
	       scan_char(scan, ',') && scan_text(scan, &ret->version) && scan_char(scan, ',') &&
	       scan_text(scan, &ret->nbits) && scan_char(scan, ',') &&
	       scan_text(scan, &ret->ntime) && scan_char(scan, ',') &&
	       scan_clean(scan, &ret->clean) && scan_char(scan, ']');
}

HOT static bool scan_is(const struct message_text *text, const char *word)
{
	return text->size == strlen(word) && memcmp(text->data, word, text->size) == 0;
}

/* One member of the object: seen counts those that there have to be, each once. */
HOT static bool scan_member(struct scan *scan, struct message_notify *ret, unsigned seen[3])
{
	struct message_text key, method;

	if (!scan_text(scan, &key) || !scan_char(scan, ':'))
		return false;
	if (scan_is(&key, "id"))
		return !seen[0]++ && scan_word(scan, "null");
	if (scan_is(&key, "method"))
		return !seen[1]++ && scan_text(scan, &method) && scan_is(&method, "mining.notify");
	if (scan_is(&key, "params"))
		return !seen[2]++ && scan_params(scan, ret);
	return false;
}

/* Plain characters only: a text that goes back to the pool is not to depend on who read it. */
HOT static bool scan_is_plain(const struct message_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (text->data[i] < 0x20 || text->data[i] > 0x7e)
			return false;
	return true;
}

HOT bool scan_notify(struct message_notify *ret, const char *line, size_t n)
{
	struct scan scan = {.at = line, .end = line + n};
	unsigned seen[3] = {0};

	if (!scan_char(&scan, '{'))
		return false;
	do {
		if (!scan_member(&scan, ret, seen))
			return false;
	} while (scan_char(&scan, ','));
	if (!scan_char(&scan, '}') || !seen[1] || !seen[2])
		return false;
	scan_space(&scan);
	return scan.at == scan.end && scan_is_plain(&ret->id);
}
