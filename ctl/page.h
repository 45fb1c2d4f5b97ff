/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output that is made in memory first: all of it is there when it is shown, and the characters
 * that the locale has no place for are replaced at one point. One thread.
 *
 *	page_begin -> views print to page.term -> page_end
 */
#include "ctl/terminal.h"

struct page {
	struct terminal term; /* as the one it will be shown on */
	char *text;
	size_t size;
};

/* False on allocation failure; then page_end() gives NULL. */
bool page_begin(struct page *page, const struct terminal *term);

/* The text, which is the caller's; NULL on allocation failure. */
char *page_end(struct page *page);
