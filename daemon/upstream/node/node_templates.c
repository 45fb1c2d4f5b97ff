/* SPDX-License-Identifier: MIT */
#include "upstream/node/node_templates.h"

#include <string.h>

#include "common/assert.h"

static void node_templates_drop_last(struct node_templates *templates)
{
	template_unref(templates->list[--templates->n].template);
}

static size_t node_templates_bytes(const struct node_templates *templates)
{
	size_t bytes = 0;

	for (unsigned i = 1; i < templates->n; i++)
		bytes += templates->list[i].template->transactions_size;
	return bytes;
}

void node_templates_add(struct node_templates *templates, uint64_t session, uint64_t number,
			struct template *template)
{
	assert(number && (!templates->n || number > templates->list[0].number));
	if (templates->n == NODE_TEMPLATES_MAX)
		node_templates_drop_last(templates);
	memmove(templates->list + 1, templates->list, templates->n * sizeof(*templates->list));
	templates->list[0] =
		(struct node_template){.session = session, .number = number, .template = template};
	templates->n++;
	while (templates->n > 1 && node_templates_bytes(templates) > NODE_TEMPLATES_BYTES)
		node_templates_drop_last(templates);
}

struct template *node_templates_find(const struct node_templates *templates, uint64_t session,
				     uint64_t number)
{
	for (unsigned i = 0; i < templates->n; i++)
		if (templates->list[i].session == session && templates->list[i].number == number)
			return templates->list[i].template;
	return NULL;
}

struct template *node_templates_newest(const struct node_templates *templates)
{
	return templates->n ? templates->list[0].template : NULL;
}

void node_templates_clear(struct node_templates *templates)
{
	while (templates->n)
		node_templates_drop_last(templates);
}
