/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/escape.h"
#include "config/conf_parts.h"

enum {
	CONF_PERCENT_DEFAULT = 98,
	CONF_ADDRESS_SHOWN = 128, /* characters of a wrong address in a message */
};

static const char *const conf_payout_keys[] = {"address", "minimum_percent", "action", NULL};

/* From here on there are no fractions: a binary one is seldom the decimal that was written. */
static void conf_read_percent(struct conf_reader *reader, const config_setting_t *group,
			      unsigned *ret)
{
	const double ppm_of_percent = CONF_PPM / 100.0;
	double percent = CONF_PERCENT_DEFAULT, ppm;

	conf_read_number(reader, group, "minimum_percent", 1 / ppm_of_percent, 100, &percent);
	ppm = percent * ppm_of_percent;
	*ret = (unsigned)lround(ppm);
	if (fabs(ppm - *ret) > 1e-6)
		conf_complain(reader, config_setting_get_member(group, "minimum_percent"),
			      "minimum_percent = %.10g has more than four decimals", percent);
}

static void conf_read_action(struct conf_reader *reader, const config_setting_t *group, bool *ret)
{
	char *action = NULL;
	const config_setting_t *setting = conf_read_text(reader, group, "action", &action);

	if (setting && action) {
		*ret = strcmp(action, "enforce") == 0;
		if (!*ret && strcmp(action, "warn") != 0)
			conf_complain(reader, setting,
				      "action \"%s\" is not known; there are: warn, enforce",
				      action);
	}
	free(action);
}

void conf_read_payout(struct conf_reader *reader, const config_setting_t *group,
		      struct conf_payout *ret)
{
	const config_setting_t *payout = conf_read_group(reader, group, "payout"), *setting;
	char shown[CONF_ADDRESS_SHOWN];
	const char *wrong = NULL;

	if (!payout)
		return;
	conf_read_keys(reader, payout, conf_payout_keys);
	if (!config_setting_get_member(payout, "address"))
		conf_complain(reader, payout,
			      "payout has no address; write payout = { address = \"..\"; } with "
			      "the one that the coinbase has to pay");
	setting = conf_read_text(reader, payout, "address", &ret->address);
	if (setting && ret->address)
		wrong = reader->known->address_wrong(ret->address);
	if (wrong)
		conf_complain(reader, setting, "address \"%s\": %s",
			      escape_text(shown, sizeof(shown), ret->address, strlen(ret->address)),
			      wrong);
	conf_read_percent(reader, payout, &ret->minimum_ppm);
	conf_read_action(reader, payout, &ret->enforce);
}
