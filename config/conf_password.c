/* SPDX-License-Identifier: MIT */
/*
 * Where a pool's password comes from: the configuration itself, a file beside it, or a credential
 * of the service (systemd.exec(5), LoadCredential=), which no other process can read.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/conf_parts.h"

#define CONF_CREDENTIAL_PREFIX "pool-password-"

/* One line, without its end. Complains at setting. */
static void conf_password_from(struct conf_reader *reader, const config_setting_t *setting,
			       const char *what, const char *path, char **ret)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t size;
	int r;

	r = conf_read_whole(&text, &size, path, CONF_TEXT_MAX + 2);
	if (r == -EFBIG) {
		conf_complain(reader, setting,
			      "%s %s is too long: one line of at most %d characters", what, path,
			      CONF_TEXT_MAX);
		return;
	}
	if (r < 0) {
		conf_complain(reader, setting, "cannot read %s %s: %s", what, path, strerror(-r));
		return;
	}
	if (size && text[size - 1] == '\n')
		text[--size] = '\0';
	if (size && text[size - 1] == '\r')
		text[--size] = '\0';
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)text[i] >= 0x20 && text[i] != 0x7f)
			continue;
		conf_complain(reader, setting, "%s %s must hold one line of text and nothing else",
			      what, path);
		return;
	}
	if (!size || size > CONF_TEXT_MAX) {
		conf_complain(reader, setting, "%s %s must hold 1 to %d characters, not %zu", what,
			      path, CONF_TEXT_MAX, size);
		return;
	}
	conf_set(reader, ret, text);
}

/* The path of a pool's credential, or NULL when there is none. */
static char *conf_credential_path(struct conf_reader *reader, const char *name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (!folder || strchr(name, '/'))
		return NULL;
	if (asprintf(&path, "%s/" CONF_CREDENTIAL_PREFIX "%s", folder, name) < 0) {
		reader->failure = -ENOMEM;
		return NULL;
	}
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		free(path);
		return NULL;
	}
	return path;
}

void conf_read_password(struct conf_reader *reader, const config_setting_t *group,
			struct conf_pool *pool)
{
	CLEANUP(cleanup_free) char *credential = conf_credential_path(reader, pool->name);
	CLEANUP(cleanup_free) char *file = NULL;
	const config_setting_t *inlined = config_setting_get_member(group, "password");
	const config_setting_t *setting = config_setting_get_member(group, "password_file");

	if (inlined && setting)
		conf_complain(reader, setting,
			      "password and password_file exclude each other: remove one");
	else if (credential && (inlined || setting))
		conf_complain(reader, inlined ? inlined : setting,
			      "there is also a credential " CONF_CREDENTIAL_PREFIX
			      "%s: remove %s here or the credential from the unit",
			      pool->name, inlined ? "password" : "password_file");
	else if (inlined)
		conf_read_text(reader, group, "password", &pool->password);
	else if (setting &&
		 conf_read_long_text(reader, group, "password_file", CONF_PATH_MAX, &file))
		conf_password_from(reader, setting, "password_file", file, &pool->password);
	else if (credential)
		conf_password_from(reader, group, "the credential", credential, &pool->password);
}

static bool conf_has_pool(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_pools; i++)
		if (conf->pools[i].name && strcmp(conf->pools[i].name, name) == 0)
			return true;
	return false;
}

void conf_check_credentials(struct conf_reader *reader, const config_setting_t *root,
			    const struct conf *conf)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const config_setting_t *pools = config_setting_get_member(root, "pools");
	const size_t prefix = strlen(CONF_CREDENTIAL_PREFIX);
	struct dirent *entry;
	DIR *dir;

	dir = folder && pools ? opendir(folder) : NULL;
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, CONF_CREDENTIAL_PREFIX, prefix) == 0 &&
		    !conf_has_pool(conf, entry->d_name + prefix))
			conf_complain(
				reader, pools,
				"the credential %s is for a pool with name = \"%s\", but none "
				"has this name",
				entry->d_name, entry->d_name + prefix);
	closedir(dir);
}
