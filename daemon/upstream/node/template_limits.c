/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "common/container.h"
#include "common/escape.h"
#include "upstream/node/json_field.h"
#include "upstream/node/template_scan.h"

enum {
	LIMITS_HEADER = 80,
	LIMITS_WITNESS = 2 + 1 + 1 + 32, /* marker, flag, and one item of 32 bytes */
	LIMITS_SIGOPS = 4,		 /* one OP_CHECKSIG in the output, as BIP 141 counts it */
};

static bool template_mutable(struct template_scan *scan)
{
	struct json_object *list = json_field(scan->result, "mutable");
	struct json_text way;

	if (!list)
		return true;
	if (!json_object_is_type(list, json_type_array))
		return template_refuse(scan, "mutable must be an array");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		static const char *const later[] = {"time", "time/increment"};

		if (!json_field_text(&way, json_object_array_get_idx(list, i), 0, SIZE_MAX))
			return template_refuse(scan, "mutable must be texts");
		for (size_t j = 0; j < ARRAY_SIZE(later); j++)
			scan->template->may_roll_time |= way.size == strlen(later[j]) &&
							 memcmp(way.data, later[j], way.size) == 0;
	}
	return true;
}

static bool template_times(struct template_scan *scan)
{
	int64_t current = INT64_MIN, least = 0, most = UINT32_MAX, expires = UINT32_MAX;

	if (!template_number(scan, "curtime", 1, UINT32_MAX, &current) ||
	    !template_number(scan, "mintime", 0, UINT32_MAX, &least) ||
	    !template_number(scan, "maxtime", 0, INT64_MAX, &most) ||
	    !template_number(scan, "expires", 1, INT64_MAX, &expires))
		return false;
	if (least > current)
		return template_refuse(scan, "mintime %" PRId64 " is after curtime %" PRId64, least,
				       current);
	if (most < current)
		return template_refuse(scan, "maxtime %" PRId64 " is before curtime %" PRId64, most,
				       current);
	scan->template->curtime = (uint32_t)current;
	scan->template->mintime = (uint32_t)least;
	scan->template->expires = expires < UINT32_MAX ? (uint32_t)expires : UINT32_MAX;
	if (most - current < JOB_NTIME_ROLL_MAX)
		scan->template->may_roll_time = false;
	return true;
}

static bool template_nonces(struct template_scan *scan)
{
	struct json_object *range = json_field(scan->result, "noncerange");
	struct json_text text;
	char shown[40];

	if (!range)
		return true;
	if (!json_field_text(&text, range, 0, SIZE_MAX))
		return template_refuse(scan, "noncerange must be a text of 16 digits");
	if (text.size == 16 && strncasecmp(text.data, "00000000ffffffff", 16) == 0)
		return true;
	return template_refuse(scan,
			       "noncerange is \"%s\", and minerd takes the whole one alone, "
			       "\"00000000ffffffff\"",
			       escape_text(shown, sizeof(shown), text.data, text.size));
}

/* What the call can carry without escapes. */
static bool template_is_plain(const struct json_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (text->data[i] <= ' ' || text->data[i] > '~' || text->data[i] == '"' ||
		    text->data[i] == '\\')
			return false;
	return true;
}

/* Without a long poll the templates come every template_interval seconds: nothing is refused. */
static bool template_longpoll(struct template_scan *scan)
{
	struct json_object *id = json_field(scan->result, "longpollid");
	struct json_object *uri = json_field(scan->result, "longpolluri");
	struct json_text text;

	if (id && !json_object_is_type(id, json_type_string))
		return template_refuse(scan, "longpollid must be a text");
	/* Another address may be another server's, which must not get user and password. */
	if (uri && !(json_field_text(&text, uri, 0, 1) && memcmp(text.data, "/", text.size) == 0))
		return true;
	if (json_field_text(&text, id, 1, TEMPLATE_ID_MAX) && template_is_plain(&text))
		memcpy(scan->template->longpollid, text.data, text.size);
	return true;
}

bool template_read_limits(struct template_scan *scan)
{
	/* BIP 22: it has to be given back with the block, which goes to more nodes than this one.
	 */
	if (json_field(scan->result, "workid"))
		return template_refuse(scan, "workid is for servers that hand out work to many: "
					     "minerd needs a node of its own");
	return template_mutable(scan) && template_times(scan) && template_nonces(scan) &&
	       template_longpoll(scan);
}

static bool template_fits(struct template_scan *scan, const char *limit, int64_t max, uint64_t n)
{
	int64_t value = max;

	if (!template_number(scan, limit, 0, INT64_MAX, &value))
		return false;
	if (n <= (uint64_t)value)
		return true;
	return template_refuse(scan,
			       "the block would have %" PRIu64 " of %s %" PRId64
			       ": let the node leave more room for the coinbase "
			       "(blockreservedweight, or a lower blockmaxweight)",
			       n, limit, value);
}

bool template_check_size(struct template_scan *scan)
{
	const struct template *template = scan->template;
	size_t n = template->n_transactions + 1;
	uint64_t stripped = LIMITS_HEADER +
			    (n < 0xfd	   ? 1
			     : n <= 0xffff ? 3
					   : 5) +
			    COINBASE_BUILD_MAX - COINBASE_BUILD_COMMITMENT_MAX +
			    template->commitment_size;
	uint64_t witness = template->witness ? LIMITS_WITNESS : 0;

	return template_fits(scan, "sizelimit", TEMPLATE_SIZE_MAX,
			     scan->size + stripped + witness) &&
	       template_fits(scan, "weightlimit", TEMPLATE_WEIGHT_MAX,
			     scan->weight + 4 * stripped + witness) &&
	       template_fits(scan, "sigoplimit", INT64_MAX, scan->sigops + LIMITS_SIGOPS);
}
