/* SPDX-License-Identifier: MIT */
#include "ctl/process.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "ctl/terminal.h"

static FILE *process_open(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return fopen(path, "re");
}

bool process_name(char ret[PROCESS_NAME_MAX], pid_t pid)
{
	CLEANUP(cleanup_fclose) FILE *file = process_open(pid, "comm");

	if (!file || !fgets(ret, PROCESS_NAME_MAX, file))
		return false;
	ret[strcspn(ret, "\n")] = '\0';
	terminal_clean(ret);
	return true;
}

bool process_stopped(pid_t pid)
{
	CLEANUP(cleanup_fclose) FILE *file = process_open(pid, "stat");
	char text[512];
	const char *end;

	if (!file || !fgets(text, sizeof(text), file))
		return false;
	/* "PID (NAME) STATE ..", and NAME may hold anything. */
	end = strrchr(text, ')');
	return end && (end[2] == 'T' || end[2] == 't');
}
