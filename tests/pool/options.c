/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "common/hex.h"
#include "work.h"

static const char help[] =
	"testpool - a Stratum pool to test miners with\n"
	"\n"
	"It offers made-up work, verifies every share exactly with OpenSSL's SHA-256, and tells\n"
	"each event as one JSON object a line on stdout. It belongs to no network: nothing that\n"
	"is mined here is worth anything.\n"
	"\n"
	"usage: testpool [OPTIONS]\n"
	"  --host ADDRESS             listen here (127.0.0.1)\n"
	"  --port N                   0: any free one, see the event \"listen\" (0)\n"
	"  --human                    readable lines in place of JSON\n"
	"  --quiet                    no event for an accepted share; \"stats\" still counts it\n"
	"  --trace                    an event for each line received and sent\n"
	"  --seconds S                end by itself\n"
	"  --exit-on-eof              end when stdin does\n"
	" work\n"
	"  --difficulty D             of shares (0.001)\n"
	"  --nbits HEX                of blocks (1d00ffff)\n"
	"  --version-mask HEX|none    bits that miners may roll (1fffe000)\n"
	"  --job-version HEX          (20000000)\n"
	"  --ntime HEX                time of the first job; goes on from there (now)\n"
	"  --height N                 (840000)\n"
	"  --extranonce1-size N       bytes, 1 to 32 (4)\n"
	"  --extranonce2-size N       bytes, 1 to 16 (4)\n"
	"  --branches N               merkle branches, 0 to 32 (12)\n"
	"  --coinbase-size BYTES      of the whole transaction (the least there can be)\n"
	"  --coinbase-lead BYTES      of script before extranonce1 (0)\n"
	"  --payout SCRIPT:PERCENT    so much of the coinbase's value goes to this script, in hex\n"
	"  --job-interval S           a new job, not clean (30; 0: never)\n"
	"  --block-interval S         a new block, a clean job (0)\n"
	"  --keep-work                a block that was found is no reason for new work\n"
	"  --block-notify-first       that new work goes out before the reply to its share\n"
	"  --odd-json                 jobs that only a real JSON parser reads: escapes in the id,\n"
	"                             spaces, the params first, a key that nobody knows\n"
	"  --unpadded                 version, nbits, ntime without leading zeros, upper case\n"
	" manners\n"
	"  --suggest honour|late|ignore\n"
	"                             mining.suggest_difficulty (honour); late: not before "
	"authorize\n"
	"  --difficulty-at-once       set_difficulty holds for the shares of older jobs too\n"
	"  --no-configure-reply, --close-on-configure, --refuse-configure\n"
	"  --notify-before-subscribe-reply, --notify-after-subscribe,\n"
	"  --notify-before-authorize-reply\n"
	"                             when the first job comes (after the reply to authorize)\n"
	"  --no-extranonce-reply      mining.extranonce.subscribe is never answered\n"
	"  --initialising N           the first N subscribes are answered \"Initialising\"\n"
	"  --resume                   a subscribe that names the session of a closed connection\n"
	"                             gets its extranonces and jobs back\n"
	"  --refuse-user              authorize answers false\n"
	"  --authorize-null           authorize is granted by null and null\n"
	"  --empty-error              what is granted has the error [] beside it\n"
	"  --odd-line TEXT            a line that goes out before each job\n"
	"  --close-on METHOD          close the connection when that is asked for\n"
	"  --close-on-accept          close each connection at once\n"
	"  --split-writes N           at most N bytes a write\n"
	"  --delay MS                 hold back each reply\n"
	"  --crlf                     end lines with CR LF\n"
	"  --error-form array|pair|object|string|reason\n"
	"                             how refusals are written (array)\n"
	"\n"
	"Commands on stdin, one a line; \"@N COMMAND\" is for connection N alone:\n"
	"  notify [KIND]              a new job; clean: on a new block; block: on a new block but\n"
	"                             without the clean flag; same: the last job again, same id;\n"
	"                             previous: the job before the last again, if there is one\n"
	"  burst N [clean]            N jobs in one write\n"
	"  difficulty D               set_difficulty; binds from the next job\n"
	"  extranonce HEX SIZE        set_extranonce; binds from the next job\n"
	"  mask HEX                   set_version_mask; valid at once\n"
	"  set KEY VALUE              branches, coinbase-size, payout, version, nbits, ntime of\n"
	"                             later work; job-interval, from now on\n"
	"  drop                       close the connections\n"
	"  drop-after N               close each at the N-th submit from now\n"
	"  silence on|jobs|replies|verdicts|off\n"
	"                             send nothing, no jobs, no replies, none to shares\n"
	"  lose on|off                throw submits away unread: the event \"lost\"\n"
	"  delay MS                   hold back each reply\n"
	"  lag MS                     hold back every line, as a long way does\n"
	"  reject N [CODE [TEXT]]     refuse the next N good shares\n"
	"  error-form FORM            as the option\n"
	"  ping [ID]                  mining.ping with this id, as JSON (42)\n"
	"  reconnect [HOST PORT WAIT] client.reconnect; \"PORT\" in quotes goes out as a string\n"
	"  show-message TEXT          client.show_message\n"
	"  get-version                client.get_version\n"
	"  raw TEXT                   this very line\n"
	"  garbage                    a line that is no JSON, with bytes of every value\n"
	"  long-line BYTES            a line that long\n"
	"  stats                      the event \"stats\": counts, and the time from sending a "
	"job\n"
	"                             to its first submit, in microseconds\n"
	"  quit                       end; the last event is \"summary\"\n";

void options_help(void)
{
	fputs(help, stdout);
}

enum option_id {
	OPT_HELP = 256,
	OPT_HOST,
	OPT_PORT,
	OPT_DIFFICULTY,
	OPT_MASK,
	OPT_E1,
	OPT_E2,
	OPT_BRANCHES,
	OPT_COINBASE,
	OPT_LEAD,
	OPT_JOB_INTERVAL,
	OPT_BLOCK_INTERVAL,
	OPT_VERSION,
	OPT_NBITS,
	OPT_NTIME,
	OPT_HEIGHT,
	OPT_PAYOUT,
	OPT_SUGGEST,
	OPT_SPLIT,
	OPT_DELAY,
	OPT_INITIALISING,
	OPT_SECONDS,
	OPT_ERROR_FORM,
	OPT_ODD_LINE,
	OPT_CLOSE_ON,
	OPT_CONFIGURE_SILENT,
	OPT_CONFIGURE_CLOSE,
	OPT_CONFIGURE_REFUSE,
	OPT_FIRST_BEFORE_SUBSCRIBE,
	OPT_FIRST_AFTER_SUBSCRIBE,
	OPT_FIRST_BEFORE_AUTHORIZE,
	OPT_FLAGS, /* from here on: flags[] */
};

/* Options that only set a bool. */
static const struct {
	const char *name;
	size_t offset;
} flags[] = {
	{"human", offsetof(struct options, human)},
	{"quiet", offsetof(struct options, quiet)},
	{"trace", offsetof(struct options, trace)},
	{"exit-on-eof", offsetof(struct options, exit_on_eof)},
	{"difficulty-at-once", offsetof(struct options, difficulty_at_once)},
	{"keep-work", offsetof(struct options, keep_work)},
	{"block-notify-first", offsetof(struct options, block_notify_first)},
	{"odd-json", offsetof(struct options, odd)},
	{"unpadded", offsetof(struct options, unpadded)},
	{"no-extranonce-reply", offsetof(struct options, no_extranonce_reply)},
	{"resume", offsetof(struct options, resume)},
	{"refuse-user", offsetof(struct options, refuse_user)},
	{"authorize-null", offsetof(struct options, authorize_null)},
	{"empty-error", offsetof(struct options, empty_error)},
	{"close-on-accept", offsetof(struct options, close_on_accept)},
	{"crlf", offsetof(struct options, crlf)},
};

static const struct option with_value[] = {
	{"help", no_argument, NULL, OPT_HELP},
	{"host", required_argument, NULL, OPT_HOST},
	{"port", required_argument, NULL, OPT_PORT},
	{"difficulty", required_argument, NULL, OPT_DIFFICULTY},
	{"version-mask", required_argument, NULL, OPT_MASK},
	{"extranonce1-size", required_argument, NULL, OPT_E1},
	{"extranonce2-size", required_argument, NULL, OPT_E2},
	{"branches", required_argument, NULL, OPT_BRANCHES},
	{"coinbase-size", required_argument, NULL, OPT_COINBASE},
	{"coinbase-lead", required_argument, NULL, OPT_LEAD},
	{"job-interval", required_argument, NULL, OPT_JOB_INTERVAL},
	{"block-interval", required_argument, NULL, OPT_BLOCK_INTERVAL},
	{"job-version", required_argument, NULL, OPT_VERSION},
	{"nbits", required_argument, NULL, OPT_NBITS},
	{"ntime", required_argument, NULL, OPT_NTIME},
	{"height", required_argument, NULL, OPT_HEIGHT},
	{"payout", required_argument, NULL, OPT_PAYOUT},
	{"suggest", required_argument, NULL, OPT_SUGGEST},
	{"split-writes", required_argument, NULL, OPT_SPLIT},
	{"delay", required_argument, NULL, OPT_DELAY},
	{"initialising", required_argument, NULL, OPT_INITIALISING},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"error-form", required_argument, NULL, OPT_ERROR_FORM},
	{"odd-line", required_argument, NULL, OPT_ODD_LINE},
	{"close-on", required_argument, NULL, OPT_CLOSE_ON},
	{"no-configure-reply", no_argument, NULL, OPT_CONFIGURE_SILENT},
	{"close-on-configure", no_argument, NULL, OPT_CONFIGURE_CLOSE},
	{"refuse-configure", no_argument, NULL, OPT_CONFIGURE_REFUSE},
	{"notify-before-subscribe-reply", no_argument, NULL, OPT_FIRST_BEFORE_SUBSCRIBE},
	{"notify-after-subscribe", no_argument, NULL, OPT_FIRST_AFTER_SUBSCRIBE},
	{"notify-before-authorize-reply", no_argument, NULL, OPT_FIRST_BEFORE_AUTHORIZE},
};

bool options_error_form(enum error_form *ret, const char *name)
{
	static const char *const names[ERROR_FORMS] = {"array", "pair", "object", "string",
						       "reason"};

	for (unsigned i = 0; i < ERROR_FORMS; i++) {
		if (!strcmp(name, names[i])) {
			*ret = (enum error_form)i;
			return true;
		}
	}
	return false;
}

static bool parse_count(unsigned *ret, const char *text, unsigned least, unsigned most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || value < least || value > most)
		return false;
	*ret = (unsigned)value;
	return true;
}

static bool parse_real(double *ret, const char *text, bool zero)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(zero ? value >= 0 : value > 0) || value > 1e300)
		return false;
	*ret = value;
	return true;
}

static bool parse_word(uint32_t *ret, const char *text)
{
	return hex_u32(ret, text, strlen(text));
}

static bool parse_mask(uint32_t *ret, const char *text)
{
	if (!strcmp(text, "none"))
		*ret = 0;
	else
		return parse_word(ret, text);
	return true;
}

static bool parse_suggest(enum suggest_answer *ret, const char *text)
{
	static const char *const names[] = {"honour", "late", "ignore"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(text, names[i])) {
			*ret = (enum suggest_answer)i;
			return true;
		}
	}
	return false;
}

static bool parse_work(struct options *o, int id, const char *value)
{
	switch (id) {
	case OPT_DIFFICULTY:
		return parse_real(&o->difficulty, value, false);
	case OPT_MASK:
		return parse_mask(&o->version_mask, value);
	case OPT_E1:
		return parse_count(&o->extranonce1_size, value, 1, WORK_EXTRANONCE1_MAX);
	case OPT_E2:
		return parse_count(&o->extranonce2_size, value, 1, WORK_EXTRANONCE2_MAX);
	case OPT_BRANCHES:
		return parse_count(&o->branches, value, 0, WORK_BRANCHES_MAX);
	case OPT_COINBASE:
		return parse_count(&o->coinbase_size, value, 0, WORK_COINBASE_MAX);
	case OPT_LEAD:
		return parse_count(&o->coinbase_lead, value, 0, 1000);
	case OPT_JOB_INTERVAL:
		return parse_real(&o->job_interval, value, true);
	case OPT_BLOCK_INTERVAL:
		return parse_real(&o->block_interval, value, true);
	case OPT_VERSION:
		return parse_word(&o->job_version, value);
	case OPT_NBITS:
		return parse_word(&o->nbits, value);
	case OPT_NTIME:
		return parse_word(&o->ntime, value);
	case OPT_PAYOUT:
		o->payout = value;
		return work_parse_payout(&(struct work_recipe){}, value);
	case OPT_HEIGHT:
		return parse_count(&o->height, value, 1, 0x7fffff);
	default:
		return false;
	}
}

static bool parse_manners(struct options *o, int id, const char *value)
{
	switch (id) {
	case OPT_HOST:
		o->host = value;
		return true;
	case OPT_PORT:
		return parse_count(&o->port, value, 0, 65535);
	case OPT_SUGGEST:
		return parse_suggest(&o->suggest, value);
	case OPT_SPLIT:
		return parse_count(&o->split, value, 1, 1 << 20);
	case OPT_DELAY:
		return parse_count(&o->delay_ms, value, 0, 3600000);
	case OPT_INITIALISING:
		return parse_count(&o->initialising, value, 0, 1000);
	case OPT_SECONDS:
		return parse_real(&o->seconds, value, false);
	case OPT_ERROR_FORM:
		return options_error_form(&o->error_form, value);
	case OPT_ODD_LINE:
		o->odd_line = value;
		return true;
	case OPT_CLOSE_ON:
		o->close_on = value;
		return true;
	case OPT_CONFIGURE_SILENT ... OPT_CONFIGURE_REFUSE:
		o->configure = CONFIGURE_SILENT + (unsigned)(id - OPT_CONFIGURE_SILENT);
		return true;
	case OPT_FIRST_BEFORE_SUBSCRIBE:
		o->first_job = FIRST_BEFORE_SUBSCRIBE_REPLY;
		return true;
	case OPT_FIRST_AFTER_SUBSCRIBE:
		o->first_job = FIRST_AFTER_SUBSCRIBE;
		return true;
	case OPT_FIRST_BEFORE_AUTHORIZE:
		o->first_job = FIRST_BEFORE_AUTHORIZE_REPLY;
		return true;
	default:
		return parse_work(o, id, value);
	}
}

void options_default(struct options *ret)
{
	*ret = (struct options){
		.host = "127.0.0.1",
		.difficulty = 0.001,
		.version_mask = 0x1fffe000,
		.extranonce1_size = 4,
		.extranonce2_size = 4,
		.branches = 12,
		.job_interval = 30,
		.job_version = 0x20000000,
		.nbits = 0x1d00ffff,
		.height = 840000,
	};
}

enum options_result options_parse(struct options *ret, int argc, char **argv)
{
	struct option table[ARRAY_SIZE(with_value) + ARRAY_SIZE(flags) + 1] = {};
	struct options o;
	int id, index;

	options_default(&o);
	memcpy(table, with_value, sizeof(with_value));
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
		table[ARRAY_SIZE(with_value) + i] =
			(struct option){flags[i].name, no_argument, NULL, (int)(OPT_FLAGS + i)};
	while ((id = getopt_long(argc, argv, "h", table, &index)) != -1) {
		if (id == OPT_HELP || id == 'h')
			return OPTIONS_HELP;
		if (id == '?')
			return OPTIONS_USAGE;
		if (id >= OPT_FLAGS) {
			*(bool *)((char *)&o + flags[id - OPT_FLAGS].offset) = true;
		} else if (!parse_manners(&o, id, optarg)) {
			fprintf(stderr, "testpool: --%s: cannot use \"%s\"\n", table[index].name,
				optarg);
			return OPTIONS_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "testpool: unexpected \"%s\"\n", argv[optind]);
		return OPTIONS_USAGE;
	}
	*ret = o;
	return OPTIONS_RUN;
}
