/* SPDX-License-Identifier: MIT */
#include "ctl/page.h"

#include <stdlib.h>

#include "common/cleanup.h"

bool page_begin(struct page *page, const struct terminal *term)
{
	*page = (struct page){.term = *term};
	page->term.out = open_memstream(&page->text, &page->size);
	return page->term.out != NULL;
}

char *page_end(struct page *page)
{
	bool whole;

	if (!page->term.out)
		return NULL;
	whole = !ferror(page->term.out);
	whole = fclose(page->term.out) == 0 && whole;
	page->term.out = NULL;
	if (!whole) {
		free(TAKE(page->text));
		return NULL;
	}
	if (!page->term.utf8)
		terminal_ascii(page->text);
	return TAKE(page->text);
}
