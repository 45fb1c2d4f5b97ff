/* SPDX-License-Identifier: MIT */
#include "fake_conf_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/conf_file.h"

static const char *content;

void fake_conf_file(const char *text)
{
	content = text;
}

void conf_file_deinit(struct conf_file *file)
{
	free(file->data);
	*file = CONF_FILE_NULL;
}

int conf_file_read(struct conf_file *ret, const char *path, size_t max,
		   char reason[CONF_REASON_MAX])
{
	if (!content) {
		snprintf(reason, CONF_REASON_MAX, "%s", strerror(ENOENT));
		return CONF_FILE_REFUSED;
	}
	*ret = (struct conf_file){.mode = S_IFREG | 0600, .inode = 1};
	ret->data = strdup(content);
	ret->size = strlen(content);
	return ret->data ? CONF_FILE_OK : -ENOMEM;
}
