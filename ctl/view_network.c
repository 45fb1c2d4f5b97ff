/* SPDX-License-Identifier: MIT */
#include "ctl/view_network.h"

#include <math.h>

#include "common/units.h"
#include "ctl/field.h"
#include "ctl/view_line.h"

/* Chain, height, difficulty: those that are known. */
static void network_line(const struct terminal *term, unsigned indent, struct json_object *object,
			 double difficulty)
{
	const char *chain = field_text(object, "chain", NULL);
	unsigned long long height = field_count(object, "height");
	struct view_line line;

	view_line_begin(&line, term, indent, "network");
	if (chain)
		view_line_add(&line, TERMINAL_PLAIN, "%s, ", chain);
	if (height)
		view_line_add(&line, TERMINAL_PLAIN, "height %llu, ", height);
	view_line_add(&line, TERMINAL_PLAIN, "difficulty %s",
		      units_difficulty((char[UNITS_MAX]){}, difficulty));
	view_line_end(&line);
}

static void network_expected(const struct terminal *term, struct json_object *network, double luck)
{
	double share = field_number(network, "expected_share_s");
	double block = field_number(network, "expected_block_s");
	struct view_line line;

	if (isnan(share) || isnan(block))
		return;
	view_line_begin(&line, term, 2, "expected");
	view_line_add(&line, TERMINAL_PLAIN, "share every %s",
		      units_interval((char[UNITS_MAX]){}, share));
	if (!isnan(luck))
		view_line_add(&line, TERMINAL_PLAIN, " (luck %.0f %%)", luck);
	view_line_add(&line, TERMINAL_PLAIN, ", block every %s",
		      units_interval((char[UNITS_MAX]){}, block));
	view_line_end(&line);
}

/* "1 in 90k of", "3.4 times": what comes before the network difficulty. */
static void network_add_fraction(struct view_line *line, double fraction, const char *of)
{
	char text[UNITS_MAX];

	if (fraction < 1)
		view_line_add(line, TERMINAL_PLAIN, "1 in %s%s",
			      units_difficulty(text, 1 / fraction), of);
	else
		view_line_add(line, TERMINAL_PLAIN, "%s times", units_difficulty(text, fraction));
}

static void network_best(const struct terminal *term, struct json_object *network)
{
	double best = field_number(network, "best_share_fraction");
	double ever = field_number(network, "best_ever_fraction");
	struct view_line line;

	if (!(best > 0))
		return;
	view_line_begin(&line, term, 2, "best share");
	network_add_fraction(&line, best, " of");
	view_line_add(&line, TERMINAL_PLAIN, " the network difficulty");
	if (ever > 0) {
		view_line_add(&line, TERMINAL_PLAIN, ", all time ");
		network_add_fraction(&line, ever, "");
	}
	view_line_end(&line);
}

void view_network(const struct terminal *term, struct json_object *status)
{
	struct json_object *network = field(status, "network");
	double difficulty = field_number(network, "difficulty");

	if (!(difficulty > 0))
		return;
	network_line(term, 2, network, difficulty);
	network_expected(term, network, field_number(field(status, "shares"), "luck_percent"));
	network_best(term, network);
}

void view_network_of_pool(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	double difficulty = field_number(pool, "network_difficulty");

	if (difficulty > 0)
		network_line(term, indent, pool, difficulty);
}
