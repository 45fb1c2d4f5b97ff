/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/fast_parser.h"

#include <string.h>

#include "common/find.h"
#include "common/hot.h"
#include "upstream/stratum/message.h"

enum { PARSER_HASH = 64 /* digits */ };

/* What is left of the line. Each function below takes what it names off its beginning, or fails. */
struct fast_parser {
	const char *at;
	const char *end;
};

HOT static void parse_space(struct fast_parser *parser)
{
	while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t' ||
					    *parser->at == '\r' || *parser->at == '\n'))
		parser->at++;
}

HOT static bool parse_char(struct fast_parser *parser, char c)
{
	parse_space(parser);
	if (parser->at == parser->end || *parser->at != c)
		return false;
	parser->at++;
	return true;
}

/* A string without escapes, and without a NUL, which other parsers take for the end. */
HOT static bool parse_text(struct fast_parser *parser, struct message_text *ret)
{
	const char *begin, *quote;

	if (!parse_char(parser, '"'))
		return false;
	begin = parser->at;
	quote = find_any(begin, parser->end, '"', '\\', '\0');
	if (quote == parser->end || *quote != '"')
		return false;
	ret->data = begin;
	ret->size = (size_t)(quote - begin);
	parser->at = quote + 1;
	return true;
}

/* The same where it has 64 characters if all is well: the end is where it has to be. */
HOT static bool parse_hash(struct fast_parser *parser, struct message_text *ret)
{
	const char *begin = parser->at + 1;

	if (parser->end - parser->at < PARSER_HASH + 2 || *parser->at != '"' ||
	    begin[PARSER_HASH] != '"' || !find_none(begin, '"', '\\', '\0'))
		return parse_text(parser, ret);
	ret->data = begin;
	ret->size = PARSER_HASH;
	parser->at = begin + PARSER_HASH + 1;
	return true;
}

HOT static bool parse_word(struct fast_parser *parser, const char *word)
{
	size_t n = strlen(word);

	parse_space(parser);
	if ((size_t)(parser->end - parser->at) < n || memcmp(parser->at, word, n) != 0)
		return false;
	parser->at += n;
	return true;
}

HOT static bool parse_branches(struct fast_parser *parser, struct message_notify *ret)
{
	ret->n_branches = 0;
	if (!parse_char(parser, '['))
		return false;
	if (parse_char(parser, ']'))
		return true;
	do {
		if (ret->n_branches == JOB_BRANCHES_MAX ||
		    !parse_hash(parser, &ret->branches[ret->n_branches++]))
			return false;
	} while (parse_char(parser, ','));
	return parse_char(parser, ']');
}

HOT static bool parse_clean(struct fast_parser *parser, bool *ret)
{
	*ret = parse_word(parser, "true");
	return *ret || parse_word(parser, "false");
}

HOT static bool parse_params(struct fast_parser *parser, struct message_notify *ret)
{
	return parse_char(parser, '[') && parse_text(parser, &ret->id) && parse_char(parser, ',') &&
	       parse_hash(parser, &ret->prevhash) && parse_char(parser, ',') &&
	       parse_text(parser, &ret->coinb1) && parse_char(parser, ',') &&
	       parse_text(parser, &ret->coinb2) && parse_char(parser, ',') &&
	       parse_branches(parser, ret) && parse_char(parser, ',') &&
	       parse_text(parser, &ret->version) && parse_char(parser, ',') &&
	       parse_text(parser, &ret->nbits) && parse_char(parser, ',') &&
	       parse_text(parser, &ret->ntime) && parse_char(parser, ',') &&
	       parse_clean(parser, &ret->clean) && parse_char(parser, ']');
}

HOT static bool parse_is(const struct message_text *text, const char *word)
{
	return text->size == strlen(word) && memcmp(text->data, word, text->size) == 0;
}

/* One member of the object: seen counts those that there have to be, each once. */
HOT static bool parse_member(struct fast_parser *parser, struct message_notify *ret,
			     unsigned seen[3])
{
	struct message_text key, method;

	if (!parse_text(parser, &key) || !parse_char(parser, ':'))
		return false;
	if (parse_is(&key, "id"))
		return !seen[0]++ && parse_word(parser, "null");
	if (parse_is(&key, "method"))
		return !seen[1]++ && parse_text(parser, &method) &&
		       parse_is(&method, "mining.notify");
	if (parse_is(&key, "params"))
		return !seen[2]++ && parse_params(parser, ret);
	return false;
}

/* Plain characters only: a text that goes back to the pool is not to depend on who read it. */
HOT static bool parse_is_plain(const struct message_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (text->data[i] < 0x20 || text->data[i] > 0x7e)
			return false;
	return true;
}

HOT bool fast_parser_notify(struct message_notify *ret, const char *line, size_t n)
{
	struct fast_parser parser = {.at = line, .end = line + n};
	unsigned seen[3] = {0};

	if (!parse_char(&parser, '{'))
		return false;
	do {
		if (!parse_member(&parser, ret, seen))
			return false;
	} while (parse_char(&parser, ','));
	if (!parse_char(&parser, '}') || !seen[1] || !seen[2])
		return false;
	parse_space(&parser);
	return parser.at == parser.end && parse_is_plain(&ret->id);
}
