/* SPDX-License-Identifier: MIT */
#pragma once

/* What views of minerctl print of a status. */
#include <check.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/varlink.h"
#include "ctl/page.h"
#include "ctl/view_metrics.h"

typedef void view_fixture_fn(const struct terminal *term, struct json_object *status,
			     unsigned indent);

/* The metrics as a view. */
static inline void view_fixture_metrics(const struct terminal *term, struct json_object *status,
					unsigned indent)
{
	view_metrics(term->out, status);
}

/* What a view prints where the width is unlimited; the caller's. */
static inline char *view_fixture_shown(view_fixture_fn *view, const char *json)
{
	CLEANUP(varlink_putp) struct json_object *status = json_tokener_parse(json);
	struct page page;
	char *text;

	ck_assert_ptr_nonnull(status);
	ck_assert(page_begin(&page, &(struct terminal){.utf8 = true}));
	view(&page.term, status, 0);
	text = page_end(&page);
	ck_assert_ptr_nonnull(text);
	return text;
}

static inline void view_fixture_check_has(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted) != NULL, "\"%s\" is not in:\n%s", wanted, text);
}
