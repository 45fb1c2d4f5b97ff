/* SPDX-License-Identifier: MIT */
/*
 * The password of a pool comes from the configuration itself, from a file beside it, or from a
 * credential of the service (systemd.exec(5), LoadCredential=), which no other process can read. No
 * message shows any part of a password.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/utf8.h"
#include "config/conf_file.h"
#include "config/conf_pool.h"
#include "config/conf_scan.h"
#include "config/conf_types.h"

#define CONF_CREDENTIAL_PREFIX "pool-password-"

/* conf_read_password() reads the file, when it is known that no other key gives a password. */
static bool conf_password_file_read(struct conf_reader *reader, const struct conf_key *key,
				    const config_setting_t *setting, void *base)
{
	return conf_read_string(reader, key, setting) != NULL;
}

const struct conf_type conf_type_password_file = {
	.wanted = "a path in double quotes",
	.read = conf_password_file_read,
};

void conf_warn_of_readers(struct conf_reader *reader, const config_setting_t *setting,
			  const char *name)
{
	struct conf_text_file *file = conf_file_of(reader, setting);

	if (!(file->mode & S_IROTH) || file->warned)
		return;
	file->warned = true;
	conf_warn(reader, setting,
		  "%s: every user of this machine can read the password in %s (mode %04o); chmod "
		  "o-r it",
		  name, file->path, (unsigned)file->mode & 07777);
}

/* NULL, or why the content of a file cannot be a password. */
static const char *conf_password_wrong(const char *text, size_t n)
{
	uint32_t character;

	if (n > CONF_TEXT_MAX)
		return "it is longer than 255 bytes";
	for (size_t at = 0, size; at < n; at += size) {
		size = utf8_decode(&character, text + at, n - at);
		if (!size)
			return "line 1 is not UTF-8; save the file as UTF-8";
		if (character == '\n')
			return "it has more than one line; keep the password alone in it";
		if (utf8_is_control(character))
			return "line 1 holds a control character; remove it";
	}
	return NULL;
}

/* Reads a password: one line, with or without its end; an empty one is an empty password. */
static void conf_password_from(struct conf_reader *reader, const config_setting_t *setting,
			       const char *what, const char *path, char **ret)
{
	CLEANUP(conf_file_deinit) struct conf_file file = CONF_FILE_NULL;
	const char *wrong;
	size_t n;

	if (!conf_read_file(reader, setting, what, path, CONF_SIZE_MAX, &file))
		return;
	if (!file.size)
		conf_warn(reader, setting,
			  "%s %s: is empty, so the password is; if this is meant, write an empty "
			  "line into it",
			  what, path);
	if (file.mode & S_IROTH)
		conf_warn(reader, setting,
			  "%s %s: every user of this machine can read it (mode %04o); chmod o-r it",
			  what, path, (unsigned)file.mode & 07777);
	n = file.size;
	n -= n && file.data[n - 1] == '\n';
	n -= n && file.data[n - 1] == '\r';
	wrong = conf_password_wrong(file.data, n);
	if (wrong) {
		conf_complain(reader, setting, "%s %s: %s", what, path, wrong);
		return;
	}
	file.data[n] = '\0';
	conf_set(reader, ret, file.data);
}

/* The path of a pool's credential, or NULL when there is none. */
static char *conf_credential_path(struct conf_reader *reader, const char *name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (!folder || !name || strchr(name, '/'))
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
			const struct conf_found *found, struct conf_pool *pool)
{
	CLEANUP(cleanup_free) char *credential = conf_credential_path(reader, pool->name);
	const config_setting_t *text = conf_found(found, "password");
	const config_setting_t *file = conf_found(found, "password_file");
	const config_setting_t *cookie = conf_found(found, "cookie_file");
	const config_setting_t *secret = text ? text : file, *given = secret ? secret : cookie;
	bool has_path = conf_found_right(found, "password_file");

	if (text && file)
		conf_complain(reader, file, "password_file: excludes password; remove one of them");
	else if (cookie && secret)
		conf_complain(reader, cookie, "cookie_file: excludes %s; remove one of them",
			      text ? "password" : "password_file");
	else if (credential && given)
		conf_complain(reader, given,
			      "%.*s: excludes the credential " CONF_CREDENTIAL_PREFIX
			      "%s; remove it here, or the credential from the unit",
			      (int)conf_scan_key(config_setting_name(given)),
			      config_setting_name(given), pool->name);
	else if (!given && !credential && pool->host && conf_is_node(pool->transport) &&
		 conf_found(found, "user"))
		conf_complain(reader, conf_found(found, "user"),
			      "user: a node wants a password, too; write password = \"..\"; or "
			      "password_file = \"..\";, or cookie_file = \"..\"; in place of both");
	else if (has_path)
		conf_password_from(reader, file, "password_file", config_setting_get_string(file),
				   &pool->password);
	else if (!file && credential)
		conf_password_from(reader, group, "the credential", credential, &pool->password);
	else if (text && pool->password && pool->password[0] &&
		 strcmp(pool->password, CONF_DEFAULT_PASSWORD) != 0)
		conf_warn_of_readers(reader, text, "password");
}

static bool conf_has_pool(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_pools; i++)
		if (conf->pools[i].name && strcmp(conf->pools[i].name, name) == 0)
			return true;
	return false;
}

void conf_check_credentials(struct conf_reader *reader, const config_setting_t *pools,
			    const struct conf *conf)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const size_t prefix = strlen(CONF_CREDENTIAL_PREFIX);
	const struct dirent *entry;
	DIR *dir;

	dir = folder ? opendir(folder) : NULL;
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, CONF_CREDENTIAL_PREFIX, prefix) == 0 &&
		    !conf_has_pool(conf, entry->d_name + prefix))
			conf_complain(
				reader, pools,
				"the credential %s needs a pool with name = \"%s\", and there "
				"is none",
				entry->d_name, entry->d_name + prefix);
	closedir(dir);
}
