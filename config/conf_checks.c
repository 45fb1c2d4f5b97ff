/* SPDX-License-Identifier: MIT */
#include "config/conf_checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_PIN_PREFIX "sha256//"

enum { CONF_PIN_BASE64 = 44 /* characters of 32 bytes */ };

static const char *conf_text_of(const struct conf_key *key, const void *base)
{
	return *(char *const *)conf_keys_value_const(key, base);
}

static bool conf_is_pin(const char *pin)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const size_t prefix = strlen(CONF_PIN_PREFIX);

	return strncmp(pin, CONF_PIN_PREFIX, prefix) == 0 &&
	       strlen(pin + prefix) == CONF_PIN_BASE64 &&
	       strspn(pin + prefix, alphabet) == CONF_PIN_BASE64 - 1 &&
	       pin[prefix + CONF_PIN_BASE64 - 1] == '=';
}

void conf_check_pin(struct conf_reader *reader, const struct conf_key *key,
		    const config_setting_t *setting, void *base)
{
	const char *pin = conf_text_of(key, base);

	if (!conf_is_pin(pin))
		conf_complain(reader, setting,
			      "%s: \"%.64s\" is not \"" CONF_PIN_PREFIX
			      "\" and %d characters of base64, the SHA-256 of the server's "
			      "public key",
			      key->name, pin, CONF_PIN_BASE64);
}

void conf_check_address(struct conf_reader *reader, const struct conf_key *key,
			const config_setting_t *setting, void *base)
{
	const char *address = conf_text_of(key, base);
	const char *wrong = reader->known->address_wrong(address);

	if (wrong)
		conf_complain(reader, setting, "%s: \"%.128s\": %s", key->name, address, wrong);
}

void conf_check_cookie(struct conf_reader *reader, const struct conf_key *key,
		       const config_setting_t *setting, void *base)
{
	const char *path = conf_text_of(key, base);
	char reason[CONF_REASON_MAX];
	struct stat status;

	/* A node that is down has none; without the file nothing is known of its permissions. */
	if (stat(path, &status) == 0 && !conf_user_reads(&reader->user, path, reason))
		conf_warn(reader, setting,
			  "%s %s: user %s of the service %s; Bitcoin Core's rpccookieperms=group "
			  "lets the group read each new one",
			  key->name, path, reader->user.name, reason);
}

void conf_check_kernel(struct conf_reader *reader, const struct conf_key *key,
		       const config_setting_t *setting, void *base)
{
	const char *const *known = reader->known->kernel_names;
	const char *name = conf_text_of(key, base);
	char list[256] = "auto";
	size_t used = strlen(list);

	if (strcmp(name, "auto") == 0)
		return;
	for (; *known && used < sizeof(list); known++) {
		if (strcmp(name, *known) == 0)
			return;
		used += (size_t)snprintf(list + used, sizeof(list) - used, ", %s", *known);
	}
	conf_complain(reader, setting, "%s: \"%.64s\" is not one of %s", key->name, name, list);
}

void conf_check_absolute(struct conf_reader *reader, const struct conf_key *key,
			 const config_setting_t *setting, void *base)
{
	const char *path = conf_text_of(key, base);

	if (path[0] != '/')
		conf_complain(reader, setting,
			      "%s: \"%s\" is not an absolute path; begin it with a /", key->name,
			      path);
}

void conf_check_directory(struct conf_reader *reader, const struct conf_key *key,
			  const config_setting_t *setting, void *base)
{
	const char *path = conf_text_of(key, base);
	struct stat status;

	if (path[0] != '/')
		conf_check_absolute(reader, key, setting, base);
	else if (stat(path, &status) < 0)
		conf_complain(reader, setting, "%s: %s: %s", key->name, path, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		conf_complain(reader, setting, "%s: %s: %s", key->name, path, strerror(ENOTDIR));
}
