/* SPDX-License-Identifier: MIT */
/* Gives each file of the corpora named, and each of its beginnings, to a fuzzer: no libFuzzer. */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { REPLAY_SIZE_MAX = 1024 * 1024 };

/* In a piece of memory that ends where the input does, so that a sanitizer sees a read past it. */
static void replay(const char *bytes, size_t n)
{
	uint8_t *input = malloc(n ? n : 1);

	if (!input)
		abort();
	memcpy(input, bytes, n);
	LLVMFuzzerTestOneInput(input, n);
	free(input);
}

static bool replay_file(const char *folder, const char *name)
{
	static char bytes[REPLAY_SIZE_MAX];
	char path[PATH_MAX];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return false;
	}
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	for (size_t part = 0; part < n; part += 1 + n / 64)
		replay(bytes, part);
	replay(bytes, n);
	return true;
}

int main(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		struct dirent *entry;

		if (!folder) {
			perror(argv[i]);
			return 1;
		}
		while ((entry = readdir(folder)))
			if (entry->d_name[0] != '.' && replay_file(argv[i], entry->d_name))
				n++;
		closedir(folder);
	}
	printf("%u inputs\n", n);
	return n == 0;
}
