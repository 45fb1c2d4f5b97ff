/* SPDX-License-Identifier: MIT */
#include "tests/unit/conf_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"

/* Whatever begins with a "b" is an address. */
static const char *conf_fixture_address_wrong(const char *text)
{
	return *text == 'b' ? NULL : "it does not begin with a b";
}

/* And certificates are what says so. */
static const char *conf_fixture_certificates_wrong(const char *pem)
{
	return strstr(pem, "CERTIFICATE") ? NULL : "it holds no certificate";
}

char conf_fixture_folder[64];

char *conf_fixture_put(const char *name, const char *text)
{
	char *path;
	FILE *file;

	ck_assert_int_gt(asprintf(&path, "%s/%s", conf_fixture_folder, name), 0);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

void conf_fixture_setup(void)
{
	strcpy(conf_fixture_folder, "/tmp/test_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(conf_fixture_folder));
	unsetenv("CREDENTIALS_DIRECTORY");
}

void conf_fixture_teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", conf_fixture_folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *const conf_fixture_kernels[] = {"avx512", "generic", NULL};

static struct conf_known conf_fixture_known(const char *service_user)
{
	return (struct conf_known){
		.kernel_names = conf_fixture_kernels,
		.address_wrong = conf_fixture_address_wrong,
		.certificates_wrong = conf_fixture_certificates_wrong,
		.service_user = service_user,
	};
}

int conf_fixture_read_as(struct conf *conf, const char *path, const char *service_user,
			 struct conf_messages *messages)
{
	const struct conf_known known = conf_fixture_known(service_user);

	return conf_load(conf, path, &known, messages);
}

int conf_fixture_read_lines(struct conf *conf, const struct conf_line *lines, size_t n,
			    struct conf_messages *messages)
{
	const struct conf_known known = conf_fixture_known(NULL);

	return conf_load_lines(conf, lines, n, &known, messages);
}

int conf_fixture_read(struct conf *conf, const char *path, struct conf_messages *messages)
{
	return conf_fixture_read_as(conf, path, NULL, messages);
}

void conf_fixture_load(struct conf *conf, const char *text)
{
	conf_fixture_warn(conf, text, 0, NULL);
}

/* Exactly n messages, which begin as wanted. */
static void conf_fixture_compare(const struct conf_messages *messages, size_t n,
				 const char *const *wanted, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		const char *message =
			i < messages->n ? messages->list[i].text + strlen(conf_fixture_folder) + 1
					: "none";

		ck_assert_msg(strncmp(message, wanted[i], strlen(wanted[i])) == 0,
			      "\"%s\" is not \"%s\" for: %s", message, wanted[i], text);
	}
	ck_assert_msg(messages->n == n, "%zu messages, the first beyond: %s for: %s", messages->n,
		      messages->n > n ? messages->list[n].text : "", text);
}

void conf_fixture_warn(struct conf *conf, const char *text, size_t n, const char *const *wanted)
{
	CLEANUP(cleanup_free) char *path = conf_fixture_put("minerd.conf", text);
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	int r = conf_fixture_read(conf, path, &messages);

	conf_fixture_compare(&messages, n, wanted, text);
	ck_assert_int_eq(r, CONF_OK);
	ck_assert_uint_eq(messages.n_errors, 0);
}

void conf_fixture_refuse(const char *text, size_t n, const char *const *wanted)
{
	CLEANUP(cleanup_free) char *path = conf_fixture_put("minerd.conf", text);
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	struct conf conf = {.n_pools = 99};
	int r = conf_fixture_read(&conf, path, &messages);

	conf_fixture_compare(&messages, n, wanted, text);
	ck_assert_int_eq(r, CONF_INVALID);
	ck_assert_uint_eq(messages.n_errors, n);
	ck_assert_uint_eq(conf.n_pools, 99);
}
