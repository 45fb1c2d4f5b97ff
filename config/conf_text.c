/* SPDX-License-Identifier: MIT */
/* Invariant: what was written to out is whole lines, and lines has one entry for each of them. */
#include "config/conf_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/utf8.h"
#include "config/conf_file.h"
#include "config/conf_scan.h"

_Static_assert((int)CONF_LINES_MAX <= (int)CONF_FILES_MAX, "each line is a file of its own");

#define CONF_BOM "\xef\xbb\xbf"

enum { CONF_INCLUDE_CHAIN_MAX = 768 /* bytes of an include loop as a message shows it */ };

void conf_text_deinit(struct conf_text *text)
{
	if (text->out)
		fclose(text->out);
	for (size_t i = 0; i < text->n_files; i++)
		free(text->files[i].path);
	free(text->text);
	free(text->lines);
	*text = CONF_TEXT_NULL;
}

struct conf_text_line *conf_text_line(const struct conf_text *text, unsigned line)
{
	assert(text->n_lines > 0);
	/* libconfig names the line after the last one when the end of the text is the error. */
	return &text->lines[MIN(MAX((size_t)line, (size_t)1), text->n_lines) - 1];
}

struct conf_place conf_text_place(const struct conf_text *text, unsigned line)
{
	const struct conf_text_line *found = conf_text_line(text, line);

	return (struct conf_place){found->file->path, found->line,
				   (unsigned)(found - text->lines) + 1};
}

/* An error on a line of file that is about to be appended. */
static int conf_text_error(struct conf_text *text, const struct conf_text_file *file, unsigned line,
			   const char *format, ...) __attribute__((format(printf, 4, 5)));

static int conf_text_error(struct conf_text *text, const struct conf_text_file *file, unsigned line,
			   const char *format, ...)
{
	struct conf_place place = {file->path, line, (unsigned)text->n_lines + 1};
	char message[CONF_MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return conf_messages_add(text->messages, CONF_ERROR, place, "%s", message);
}

/* Ends the line that was written to out. */
static int conf_text_append(struct conf_text *text, struct conf_text_file *file, unsigned line,
			    bool broken)
{
	if (text->n_lines == text->lines_room) {
		size_t room = MAX(text->lines_room * 2, (size_t)256);
		struct conf_text_line *bigger =
			reallocarray(text->lines, room, sizeof(*text->lines));

		if (!bigger)
			return -ENOMEM;
		text->lines = bigger;
		text->lines_room = room;
	}
	fputc('\n', text->out);
	text->lines[text->n_lines++] = (struct conf_text_line){file, line, broken};
	return 0;
}

/* The path of an @include line (*ret_n bytes, 0: there is none), or NULL when it is none. */
static const char *conf_text_include_path(const char *line, size_t *ret_n, bool *ret_alone)
{
	const char *path, *end;

	line += strspn(line, " \t");
	if (strncmp(line, "@include", 8) != 0)
		return NULL;
	path = line + 8 + strspn(line + 8, " \t");
	*ret_n = 0;
	*ret_alone = true;
	if (*path != '"')
		return path;
	path++;
	end = strchr(path, '"');
	if (!end)
		return path;
	*ret_n = (size_t)(end - path);
	end += 1 + strspn(end + 1, " \t\r");
	*ret_alone = *end == '\0' || *end == '#' || strncmp(end, "//", 2) == 0;
	return path;
}

/* Writes "A -> B -> A" for a file that includes itself through others. */
static void conf_text_chain(char ret[CONF_INCLUDE_CHAIN_MAX], const struct conf_text_file *first,
			    const struct conf_text_file *last)
{
	const struct conf_text_file *chain[CONF_DEPTH_MAX + 1];
	size_t n = 0, used = 0;

	for (const struct conf_text_file *file = last; file && file != first; file = file->parent)
		chain[n++] = file;
	chain[n++] = first;
	while (n && used < CONF_INCLUDE_CHAIN_MAX)
		used += (size_t)snprintf(ret + used, CONF_INCLUDE_CHAIN_MAX - used, "%s -> ",
					 chain[--n]->path);
	if (used < CONF_INCLUDE_CHAIN_MAX)
		snprintf(ret + used, CONF_INCLUDE_CHAIN_MAX - used, "%s", first->path);
}

static int conf_text_lines(struct conf_text *text, struct conf_text_file *file, char *data,
			   unsigned depth);
static int conf_text_read(struct conf_text *text, char *path, struct conf_text_file *parent,
			  unsigned line, unsigned depth);

/* Puts a file in place of line `line` of parent. */
static int conf_text_include(struct conf_text *text, struct conf_text_file *parent, unsigned line,
			     const char *path, size_t n, unsigned depth)
{
	const char *slash = strrchr(parent->path, '/');
	char *whole;

	if (!n)
		return conf_text_error(text, parent, line,
				       "@include needs a path in quotes, as in "
				       "@include \"pools.conf\"");
	if (depth == CONF_DEPTH_MAX || text->n_files == CONF_FILES_MAX) {
		text->incomplete = true;
		return conf_text_error(text, parent, line,
				       "@include \"%.*s\": at most %d files can be read, and at "
				       "most %d within each other; put the settings into fewer "
				       "files",
				       (int)n, path, CONF_FILES_MAX, CONF_DEPTH_MAX);
	}
	if (path[0] == '/' || !slash)
		whole = strndup(path, n);
	else if (asprintf(&whole, "%.*s/%.*s", (int)(slash - parent->path), parent->path, (int)n,
			  path) < 0)
		whole = NULL;
	return whole ? conf_text_read(text, whole, parent, line, depth + 1) : -ENOMEM;
}

/* A line that is UTF-8. An @include in an open comment is part of the comment. */
static int conf_text_one(struct conf_text *text, struct conf_text_file *file, unsigned number,
			 const char *line, struct conf_scan *scan, unsigned depth)
{
	const char *path = NULL;
	bool alone = true;
	size_t n = 0;
	int r = 0;

	if (!scan->comment)
		path = conf_text_include_path(line, &n, &alone);
	if (path && alone) {
		r = conf_text_include(text, file, number, path, n, depth);
	} else if (path) {
		r = conf_text_error(text, file, number,
				    "@include and its path must stand alone on a line");
	} else {
		conf_scan_line(scan, line, number, text->out);
		if (scan->reason[0])
			r = conf_text_error(text, file, number, "%s", scan->reason);
	}
	if (r < 0)
		return r;
	return conf_text_append(text, file, number, !path && scan->reason[0]);
}

/* Reports a line that is not UTF-8, and how many lines of rest are not. */
static int conf_text_not_utf8(struct conf_text *text, const struct conf_text_file *file,
			      unsigned number, const char *line, const char *rest)
{
	unsigned char byte = (unsigned char)line[utf8_prefix(line, strlen(line))];
	char others[64] = "";
	unsigned n = 0;

	while (rest && *rest) {
		size_t size = strcspn(rest, "\n");

		n += utf8_prefix(rest, size) < size;
		rest += size + (rest[size] == '\n');
	}
	if (n)
		snprintf(others, sizeof(others), ", and so are bytes on %u other line%s", n,
			 n == 1 ? "" : "s");
	return conf_text_error(text, file, number,
			       "the byte \\x%02x is not UTF-8%s; save the file as UTF-8", byte,
			       others);
}

/* A comment that began on line `begun` is open after line `last`, which is the last one. */
static int conf_text_open_comment(struct conf_text *text, const struct conf_text_file *file,
				  unsigned last, unsigned begun)
{
	/* No line of a comment is an @include: all are of this file. */
	struct conf_place place = {file->path, begun, (unsigned)text->n_lines - (last - begun)};

	text->incomplete = true;
	return conf_messages_add(text->messages, CONF_ERROR, place,
				 "the comment that begins here has no end: */ is missing");
}

/* Reports the line that has one key too many. */
static int conf_text_cut(struct conf_text *text, const struct conf_text_file *file, unsigned number)
{
	if (text->cut)
		return 0;
	text->cut = true;
	return conf_text_error(text, file, number,
			       "more than %d keys; is this a configuration of minerd?",
			       CONF_SETTINGS_MAX);
}

static int conf_text_lines(struct conf_text *text, struct conf_text_file *file, char *data,
			   unsigned depth)
{
	struct conf_scan scan = {.n_keys = &text->n_keys};
	bool encoding_reported = false;
	unsigned number = 0;
	int r = 0;

	for (char *line = data, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (utf8_prefix(line, strlen(line)) == strlen(line)) {
			r = conf_text_one(text, file, number, line, &scan, depth);
		} else {
			r = encoding_reported ? 0
					      : conf_text_not_utf8(text, file, number, line, next);
			encoding_reported = true;
			/* So that none of its keys is reported as missing. */
			conf_scan_line(&scan, line, number, text->out);
			if (r == 0)
				r = conf_text_append(text, file, number, true);
		}
		if (r < 0)
			return r;
		if (text->n_keys > CONF_SETTINGS_MAX)
			return conf_text_cut(text, file, number);
	}
	return scan.comment ? conf_text_open_comment(text, file, number, scan.comment) : 0;
}

/* Checks the encoding. false: a message says why the file cannot be read. */
static bool conf_text_head(struct conf_text *text, const struct conf_text_file *file, char **data,
			   size_t size, int *ret)
{
	const char *nul = memchr(*data, '\0', size);
	unsigned line = 1;

	*ret = 0;
	if (size >= 2 && (memcmp(*data, "\xff\xfe", 2) == 0 || memcmp(*data, "\xfe\xff", 2) == 0)) {
		*ret = conf_text_error(text, file, 1, "the file is UTF-16; save it as UTF-8");
		return false;
	}
	if (nul) {
		for (const char *c = *data; c < nul; c++)
			line += *c == '\n';
		*ret = conf_text_error(text, file, line, "a NUL byte: the file is not a text file");
		return false;
	}
	if (strncmp(*data, CONF_BOM, strlen(CONF_BOM)) == 0) {
		*data += strlen(CONF_BOM);
		*ret = conf_text_error(text, file, 1,
				       "the file begins with a byte order mark (BOM); save it as "
				       "UTF-8 without one");
	}
	return true;
}

/* The file that is being read and is the same as file, or NULL. */
static const struct conf_text_file *conf_text_loop(const struct conf_text_file *file)
{
	for (const struct conf_text_file *above = file->parent; above; above = above->parent)
		if (above->device == file->device && above->inode == file->inode)
			return above;
	return NULL;
}

static int conf_text_refused(struct conf_text *text, const struct conf_text_file *file,
			     const char *reason)
{
	text->incomplete = true;
	if (!file->parent)
		return conf_text_error(text, file, 0, "cannot read the configuration: %s", reason);
	return conf_text_error(text, file->parent, file->parent_line,
			       "cannot read the included file %s: %s", file->path, reason);
}

/* Takes path over. parent: the file whose line includes it; NULL for the first. */
static int conf_text_read(struct conf_text *text, char *path, struct conf_text_file *parent,
			  unsigned line, unsigned depth)
{
	struct conf_text_file *file = &text->files[text->n_files++];
	CLEANUP(conf_file_deinit) struct conf_file content = CONF_FILE_NULL;
	char reason[CONF_REASON_MAX], chain[CONF_INCLUDE_CHAIN_MAX];
	const struct conf_text_file *same;
	char *data;
	int r;

	*file = (struct conf_text_file){
		.path = path,
		.parent = parent,
		.parent_line = line,
		.parent_order = (unsigned)text->n_lines + 1,
	};
	r = conf_file_read(&content, path, CONF_SIZE_MAX - text->bytes, reason);
	if (r < 0)
		return r;
	if (r != CONF_FILE_OK)
		return conf_text_refused(text, file, reason);
	text->bytes += content.size;
	file->mode = content.mode;
	file->device = content.device;
	file->inode = content.inode;
	same = conf_text_loop(file);
	if (same) {
		conf_text_chain(chain, same, parent);
		return conf_text_error(text, parent, line,
				       "@include loop (%s); remove one of these lines", chain);
	}
	data = content.data;
	if (!conf_text_head(text, file, &data, content.size, &r)) {
		text->incomplete = true;
		return r;
	}
	return r < 0 ? r : conf_text_lines(text, file, data, depth);
}

/* The text is whole, if r is 0. */
static int conf_text_end(struct conf_text *text, int r)
{
	if (r == 0 && ferror(text->out))
		r = -ENOMEM;
	if (fclose(TAKE(text->out)) != 0)
		r = -ENOMEM;
	return r;
}

int conf_text_load(struct conf_text *text, const char *file, struct conf_messages *messages)
{
	char *path = strdup(file);
	int r;

	assert(!text->text && !text->out && !text->n_files);
	text->messages = messages;
	text->out = open_memstream(&text->text, &text->size);
	if (!text->out || !path) {
		free(path);
		return -ENOMEM;
	}
	r = conf_text_read(text, path, NULL, 0, 0);
	if (r < 0)
		return r;
	/* So that there is a line to report a missing key on. */
	if (!text->n_lines)
		r = conf_text_append(text, &text->files[0], 1, false);
	return conf_text_end(text, r);
}

/* A line is a file of its own, without a number. */
static int conf_text_option(struct conf_text *text, const struct conf_line *line)
{
	struct conf_text_file *file = &text->files[text->n_files++];
	struct conf_scan scan = {.n_keys = &text->n_keys};
	int r = 0;

	*file = (struct conf_text_file){.path = strdup(line->option)};
	if (!file->path)
		return -ENOMEM;
	conf_scan_line(&scan, line->text, 1, text->out);
	if (scan.reason[0])
		r = conf_text_error(text, file, 0, "%s", scan.reason);
	return r < 0 ? r : conf_text_append(text, file, 0, scan.reason[0]);
}

int conf_text_load_lines(struct conf_text *text, const struct conf_line *lines, size_t n,
			 struct conf_messages *messages)
{
	int r = 0;

	assert(n > 0 && n <= CONF_FILES_MAX && !text->text && !text->out && !text->n_files);
	text->messages = messages;
	text->out = open_memstream(&text->text, &text->size);
	if (!text->out)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = conf_text_option(text, &lines[i]);
	return r < 0 ? r : conf_text_end(text, r);
}
