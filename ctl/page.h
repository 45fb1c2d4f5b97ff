/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output that is written into memory first and then printed as a whole. Characters that the locale
 * does not have are replaced in one place: here. One thread.
 *
 *	page_begin -> views print to page.term -> page_end
 */
#include "ctl/terminal.h"

struct page {
	struct terminal term; /* as the one it will be shown on */
	char *text;
	size_t size;
};

/* false on allocation failure; then page_end() returns NULL. */
bool page_begin(struct page *page, const struct terminal *term);

/* The text, which is the caller's; NULL on allocation failure. */
char *page_end(struct page *page);
