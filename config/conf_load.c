/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a configuration from conf_load() has every key in range and every default set, so that
 * no other code checks a setting again.
 */
#include "config/conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "config/conf_read.h"

void conf_deinit(struct conf *conf)
{
	conf_keys_release(CONF_GROUP_ROOT, conf);
	free(conf->file);
	*conf = CONF_NULL;
}

/* Reports what libconfig could not parse. */
static int conf_syntax_error(struct conf_reader *reader)
{
	const char *text = config_error_text(&reader->libconfig);
	unsigned line = (unsigned)config_error_line(&reader->libconfig);

	if (conf_text_line(&reader->text, line)->broken)
		return 0;
	if (text && strcmp(text, "memory exhausted") == 0) /* of its parser's stack */
		text = "groups and lists are nested too deeply";
	else if (!text || strcmp(text, "syntax error") == 0)
		text = "syntax error here or just before; a setting is key = value; strings stand "
		       "in double quotes, groups in a list ( ) have commas between";
	return conf_messages_add(reader->messages, CONF_ERROR, conf_text_place(&reader->text, line),
				 "%s", text);
}

/* Warns of each file of the configuration that the user of the service could not read. */
static int conf_check_files(const struct conf_reader *reader)
{
	const struct conf_text *text = &reader->text;
	char reason[CONF_REASON_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < text->n_files; i++) {
		const struct conf_text_file *file = &text->files[i];
		struct conf_place place = {file->path, 0, 0};

		if (!file->inode || conf_user_reads(&reader->user, file->path, reason))
			continue;
		if (file->parent)
			place = (struct conf_place){file->parent->path, file->parent_line,
						    file->parent_order};
		r = conf_messages_add(reader->messages, CONF_WARNING, place,
				      "the file %s: user %s of the service %s", file->path,
				      reader->user.name, reason);
	}
	return r;
}

/* Where the text comes from. */
struct conf_origin {
	const char *file; /* or NULL: lines */
	const struct conf_line *lines;
	size_t n;
};

static int conf_load_text(struct conf *conf, struct conf_reader *reader,
			  const struct conf_origin *from)
{
	int r;

	if (!from->file)
		return conf_text_load_lines(&reader->text, from->lines, from->n, reader->messages);
	conf_set(reader, &conf->file, from->file);
	r = conf_text_load(&reader->text, from->file, reader->messages);
	return r < 0 ? r : conf_check_files(reader);
}

static int conf_load_into(struct conf *conf, struct conf_reader *reader,
			  const struct conf_origin *from)
{
	size_t before = reader->messages->n_errors;
	struct conf_found found;
	int r = conf_load_text(conf, reader, from);

	if (r < 0)
		return r;
	if (reader->text.cut)
		return CONF_INVALID;
	conf_keys_set_defaults(reader, CONF_GROUP_ROOT, conf);
	if (config_read_string(&reader->libconfig, reader->text.text) != CONFIG_TRUE)
		r = conf_syntax_error(reader);
	else
		conf_read_group(reader, config_root_setting(&reader->libconfig), CONF_GROUP_ROOT,
				conf, &found);
	if (r < 0 || reader->failure)
		return r < 0 ? r : reader->failure;
	return reader->messages->n_errors > before ? CONF_INVALID : CONF_OK;
}

static int conf_load_from(struct conf *ret, const struct conf_origin *from,
			  const struct conf_known *known, struct conf_messages *messages)
{
	struct conf_reader reader = {
		.text = CONF_TEXT_NULL,
		.known = known,
		.messages = messages,
	};
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	int r;

	assert(known->kernel_names && known->address_wrong && known->certificates_wrong);
	conf_user_init(&reader.user, known->service_user);
	config_init(&reader.libconfig);
	r = conf_load_into(&conf, &reader, from);
	config_destroy(&reader.libconfig);
	conf_text_deinit(&reader.text);
	if (r != CONF_OK)
		return r;
	*ret = conf;
	conf = CONF_NULL;
	return CONF_OK;
}

int conf_load(struct conf *ret, const char *file, const struct conf_known *known,
	      struct conf_messages *messages)
{
	return conf_load_from(ret, &(struct conf_origin){.file = file}, known, messages);
}

int conf_load_lines(struct conf *ret, const struct conf_line *lines, size_t n,
		    const struct conf_known *known, struct conf_messages *messages)
{
	return conf_load_from(ret, &(struct conf_origin){.lines = lines, .n = n}, known, messages);
}
