/* SPDX-License-Identifier: MIT */
/*
 * Invariant: text holds whole lines only and origins has one entry for each of them. The scanner
 * knows as much of libconfig's grammar as it takes to tell text from comments and strings.
 */
#include "config/conf_text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/container.h"

enum conf_state { CONF_STATE_PLAIN, CONF_STATE_STRING, CONF_STATE_COMMENT };

int conf_error(struct conf_errors *errors, struct conf_origin origin, const char *format, ...)
{
	char message[CONF_MESSAGE_MAX];
	va_list args;
	int n;

	if (errors->n == CONF_ERRORS_MAX) {
		errors->omitted++;
		return 0;
	}
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (origin.line)
		n = asprintf(&errors->text[errors->n], "%s:%u: %s", origin.file, origin.line,
			     message);
	else
		n = asprintf(&errors->text[errors->n], "%s: %s", origin.file, message);
	if (n < 0)
		return -ENOMEM;
	errors->n++;
	return 0;
}

void conf_text_deinit(struct conf_text *text)
{
	for (size_t i = 0; i < text->n_files; i++)
		free(text->files[i]);
	free(text->text);
	free(text->origins);
	*text = CONF_TEXT_NULL;
}

struct conf_origin conf_text_origin(const struct conf_text *text, unsigned line)
{
	if (line >= 1 && line <= text->n_lines)
		return text->origins[line - 1];
	/* libconfig tells the line after the last one when the end of the file is the mistake. */
	if (line > text->n_lines && text->n_lines)
		return text->origins[text->n_lines - 1];
	return (struct conf_origin){text->files[0], 1};
}

int conf_read_whole(char **ret, size_t *ret_size, const char *file, size_t max)
{
	CLEANUP(cleanup_free) char *data = NULL;
	CLEANUP(cleanup_close) int fd = -1;
	size_t size = 0;
	struct stat st;

	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	data = malloc(max + 2);
	if (!data)
		return -ENOMEM;
	while (size <= max) {
		ssize_t n = read(fd, data + size, max + 1 - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
	}
	if (size > max)
		return -EFBIG;
	data[size] = '\0';
	*ret = TAKE(data);
	*ret_size = size;
	return 0;
}

static int conf_text_append(struct conf_text *text, struct conf_origin origin, const char *line,
			    size_t n)
{
	if (!text->text || text->size + n + 2 > text->room) {
		size_t room = MAX(text->room * 2, text->size + n + 4096);
		char *bigger = realloc(text->text, room);

		if (!bigger)
			return -ENOMEM;
		text->text = bigger;
		text->room = room;
	}
	if (text->n_lines == text->lines_room) {
		size_t room = MAX(text->lines_room * 2, (size_t)256);
		struct conf_origin *bigger = reallocarray(text->origins, room, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		text->origins = bigger;
		text->lines_room = room;
	}
	memcpy(text->text + text->size, line, n);
	text->size += n;
	text->text[text->size++] = '\n';
	text->text[text->size] = '\0';
	text->origins[text->n_lines++] = origin;
	return 0;
}

static bool conf_is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*' || c == '.';
}

/*
 * A whole word of a line: complains when it is a number that libconfig 1.5 would cut, and puts a 1
 * in its place, so that nothing else is said of it.
 */
static int conf_scan_word(struct conf_errors *errors, struct conf_origin origin, char *word,
			  size_t n)
{
	size_t digits = strspn(word, "-0123456789");
	long long value;
	char *end;
	int r;

	if (n > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		digits = 2 + strspn(word + 2, "0123456789abcdefABCDEF");
	if (!digits || (digits < n && word[digits] != 'L') || strspn(word, "-") == n)
		return 0;
	errno = 0;
	value = strtoll(word, &end, 0);
	if (errno != ERANGE && value >= INT_MIN && value <= INT_MAX)
		return 0;
	r = conf_error(errors, origin, "%.*s is out of range: no value here is beyond %d",
		       (int)MIN(n, (size_t)40), word, INT_MAX);
	memset(word, ' ', n);
	word[0] = '1';
	return r;
}

/* Goes over one line; *state is the one it begins and then ends with. */
static int conf_scan_line(enum conf_state *state, struct conf_errors *errors,
			  struct conf_origin origin, char *line, size_t n)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		switch (*state) {
		case CONF_STATE_STRING:
			if (line[i] == '\\')
				i++;
			else if (line[i] == '"')
				*state = CONF_STATE_PLAIN;
			break;
		case CONF_STATE_COMMENT:
			if (line[i] == '*' && line[i + 1] == '/') {
				*state = CONF_STATE_PLAIN;
				i++;
			}
			break;
		case CONF_STATE_PLAIN:
			if (line[i] == '#' || (line[i] == '/' && line[i + 1] == '/'))
				return 0;
			if (line[i] == '"') {
				*state = CONF_STATE_STRING;
			} else if (line[i] == '/' && line[i + 1] == '*') {
				*state = CONF_STATE_COMMENT;
				i++;
			} else if (conf_is_word(line[i])) {
				size_t word = 1;

				while (conf_is_word(line[i + word]))
					word++;
				r = conf_scan_word(errors, origin, line + i, word);
				if (r < 0)
					return r;
				i += word - 1;
			}
			break;
		}
	}
	return 0;
}

/* The path of an @include line (begin .. begin + *ret_n), or NULL when it is none. */
static const char *conf_include(const char *line, size_t *ret_n, bool *ret_alone)
{
	const char *path, *end;

	line += strspn(line, " \t");
	if (strncmp(line, "@include", 8) != 0)
		return NULL;
	path = line + 8 + strspn(line + 8, " \t");
	if (*path != '"') {
		*ret_n = 0;
		return path;
	}
	path++;
	end = strchr(path, '"');
	*ret_n = end ? (size_t)(end - path) : 0;
	if (end)
		end += 1 + strspn(end + 1, " \t\r");
	*ret_alone = end && (*end == '\0' || *end == '#' || strncmp(end, "//", 2) == 0);
	return path;
}

static int conf_text_file(struct conf_text *text, char *file, unsigned depth,
			  struct conf_origin from, struct conf_errors *errors);

static int conf_text_include(struct conf_text *text, const char *path, size_t n, unsigned depth,
			     struct conf_origin from, struct conf_errors *errors)
{
	const char *slash = strrchr(from.file, '/');
	char *file;

	if (!n)
		return conf_error(errors, from,
				  "@include needs a path in quotes, as in "
				  "@include \"pools.conf\"");
	if (depth == CONF_DEPTH_MAX || text->n_files == CONF_FILES_MAX)
		return conf_error(errors, from,
				  "@include \"%.*s\": at most %d files, and %d of them within each "
				  "other; does a file include itself?",
				  (int)n, path, CONF_FILES_MAX, CONF_DEPTH_MAX);
	if (path[0] == '/' || !slash)
		file = strndup(path, n);
	else if (asprintf(&file, "%.*s/%.*s", (int)(slash - from.file), from.file, (int)n, path) <
		 0)
		file = NULL;
	if (!file)
		return -ENOMEM;
	return conf_text_file(text, file, depth + 1, from, errors);
}

static int conf_text_lines(struct conf_text *text, char *data, unsigned depth,
			   struct conf_origin origin, struct conf_errors *errors)
{
	enum conf_state state = CONF_STATE_PLAIN;
	int r;

	for (char *line = data, *next; line; line = next) {
		const char *path = NULL;
		bool alone = true;
		size_t n;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		else if (!*line)
			break;
		origin.line++;
		if (state == CONF_STATE_PLAIN)
			path = conf_include(line, &n, &alone);
		if (!path)
			r = conf_scan_line(&state, errors, origin, line, strlen(line));
		else if (alone)
			r = conf_text_include(text, path, n, depth, origin, errors);
		else
			r = conf_error(errors, origin,
				       "@include and its path stand alone on a line");
		if (r < 0)
			return r;
		r = conf_text_append(text, origin, line, path ? 0 : strlen(line));
		if (r < 0)
			return r;
	}
	if (state == CONF_STATE_PLAIN)
		return 0;
	text->unfinished = true;
	return conf_error(errors, origin, "the file ends within a %s",
			  state == CONF_STATE_STRING ? "text: a closing \" is missing"
						     : "comment: a closing */ is missing");
}

/* Takes file over. from: the line that includes it, or nothing for the first. */
static int conf_text_file(struct conf_text *text, char *file, unsigned depth,
			  struct conf_origin from, struct conf_errors *errors)
{
	CLEANUP(cleanup_free) char *data = NULL;
	struct conf_origin origin = {file, 0};
	size_t size = 0;
	int r;

	text->files[text->n_files++] = file;
	r = conf_read_whole(&data, &size, file,
			    CONF_SIZE_MAX - MIN(text->size, (size_t)CONF_SIZE_MAX));
	if (r == -ENOMEM)
		return r;
	text->incomplete = text->incomplete || r < 0;
	if (r == -EFBIG)
		return conf_error(errors, origin, "too large: at most %d bytes in all",
				  CONF_SIZE_MAX);
	if (r < 0 && from.line)
		return conf_error(errors, from, "cannot read the included file %s: %s", file,
				  strerror(-r));
	if (r < 0 || !data)
		return conf_error(errors, origin, "cannot read the configuration: %s",
				  strerror(-r));
	if (memchr(data, '\0', size)) {
		text->incomplete = true;
		return conf_error(errors, origin, "not a text file: it holds a NUL byte");
	}
	return conf_text_lines(text, data, depth, origin, errors);
}

int conf_text_load(struct conf_text *text, const char *file, struct conf_errors *errors)
{
	char *copy = strdup(file);
	int r;

	if (!copy)
		return -ENOMEM;
	r = conf_text_file(text, copy, 0, (struct conf_origin){}, errors);
	if (r < 0)
		return r;
	if (text->text || text->incomplete)
		return 0;
	return conf_text_append(text, (struct conf_origin){copy, 1}, "", 0);
}
