/* SPDX-License-Identifier: MIT */
#pragma once

/* Configurations for tests: written into a folder of the test, read, and taken or refused. */
#include "common/container.h"
#include "config/conf.h"

#define POOL	"{ url = \"stratum+tcp://a.example:3333\"; user = \"u\"; }"
#define POOLS	"pools = ( " POOL " );\n"
#define WITH(x) "pools = ( { url = \"stratum+tcp://a.example:3333\"; user = \"u\"; " x " } );\n"
#define URL(x)	"pools = ( { url = \"" x "\"; user = \"u\"; } );\n"

/* The folder; fixtures that make and remove it. */
extern char conf_fixture_folder[64];
void conf_fixture_setup(void);
void conf_fixture_teardown(void);

/* Writes a file that nobody else can read into the folder; the path is the caller's. */
char *conf_fixture_put(const char *name, const char *text);

/* The text is right, and nothing is to be said of it. */
void conf_fixture_load(struct conf *conf, const char *text);

/*
 * The text is refused with exactly n messages, each beginning as wanted says, without the folder's
 * path.
 */
void conf_fixture_refuse(const char *text, size_t n, const char *const *wanted);

/* The text is right, with exactly n warnings. */
void conf_fixture_warn(struct conf *conf, const char *text, size_t n, const char *const *wanted);

/* Loads a file of any path; service_user as in struct conf_known. */
int conf_fixture_read_as(struct conf *conf, const char *path, const char *service_user,
			 struct conf_messages *messages);
int conf_fixture_read(struct conf *conf, const char *path, struct conf_messages *messages);
/* Loads lines in the place of a file. */
int conf_fixture_read_lines(struct conf *conf, const struct conf_line *lines, size_t n,
			    struct conf_messages *messages);

#define REFUSE(text, ...)                                                \
	do {                                                             \
		static const char *const refused[] = {__VA_ARGS__};      \
		conf_fixture_refuse(text, ARRAY_SIZE(refused), refused); \
	} while (0)

#define WARN(conf, text, ...)                                              \
	do {                                                               \
		static const char *const warned[] = {__VA_ARGS__};         \
		conf_fixture_warn(conf, text, ARRAY_SIZE(warned), warned); \
	} while (0)
