/* SPDX-License-Identifier: MIT */
#include "tests/unit/conf_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* Whatever begins with a "b" is an address. */
static const char *conf_kit_address_wrong(const char *text)
{
	return *text == 'b' ? NULL : "it does not begin with a b";
}

static const struct conf_known conf_kit_known = {
	.kernel_names = (const char *const[]){"avx512", "generic", NULL},
	.address_wrong = conf_kit_address_wrong,
};
char conf_kit_folder[64];

char *conf_kit_put(const char *name, const char *text)
{
	char *path;
	FILE *file;

	ck_assert_int_gt(asprintf(&path, "%s/%s", conf_kit_folder, name), 0);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

void conf_kit_setup(void)
{
	strcpy(conf_kit_folder, "/tmp/test_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(conf_kit_folder));
	unsetenv("CREDENTIALS_DIRECTORY");
}

void conf_kit_teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", conf_kit_folder);
	ck_assert_int_eq(system(command), 0);
}

int conf_kit_read(struct conf *conf, const char *path, struct conf_errors *errors)
{
	return conf_load(conf, path, &conf_kit_known, errors);
}

void conf_kit_load(struct conf *conf, const char *text)
{
	CLEANUP(cleanup_free) char *path = conf_kit_put("minerd.conf", text);
	CLEANUP(conf_errors_deinit) struct conf_errors errors = CONF_ERRORS_NULL;
	int r = conf_kit_read(conf, path, &errors);

	ck_assert_msg(r == CONF_OK, "%s in: %s", errors.n ? errors.text[0] : "no message", text);
	ck_assert_uint_eq(errors.n, 0);
}

void conf_kit_refuse(const char *text, size_t n, const char *const *wanted)
{
	CLEANUP(cleanup_free) char *path = conf_kit_put("minerd.conf", text);
	CLEANUP(conf_errors_deinit) struct conf_errors errors = CONF_ERRORS_NULL;
	struct conf conf = {.n_pools = 99};

	ck_assert_int_eq(conf_kit_read(&conf, path, &errors), CONF_INVALID);
	ck_assert_uint_eq(conf.n_pools, 99);
	for (size_t i = 0; i < n; i++) {
		const char *message =
			i < errors.n ? errors.text[i] + strlen(conf_kit_folder) + 1 : "none";

		ck_assert_msg(strncmp(message, wanted[i], strlen(wanted[i])) == 0,
			      "\"%s\" is not \"%s\" for: %s", message, wanted[i], text);
	}
	ck_assert_msg(errors.n == n, "%zu messages, the first beyond: %s", errors.n,
		      errors.n > n ? errors.text[n] : "");
}
