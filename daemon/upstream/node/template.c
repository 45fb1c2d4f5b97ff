/* SPDX-License-Identifier: MIT */
#include "upstream/node/template.h"

#include <stdlib.h>

struct template *template_ref(struct template *template)
{
	atomic_fetch_add_explicit(&template->references, 1, memory_order_relaxed);
	return template;
}

void template_unref(struct template *template)
{
	if (!template ||
	    atomic_fetch_sub_explicit(&template->references, 1, memory_order_acq_rel) != 1)
		return;
	free(template->transactions);
	free(template);
}

const char *template_coinbase(struct coinbase_built *ret, const struct template *template,
			      const uint8_t *script, size_t script_size, const char *text)
{
	return coinbase_build(ret, &(struct coinbase_plan){
					   .height = template->height,
					   .value = template->value,
					   .script = script,
					   .script_size = script_size,
					   .aux = template->aux,
					   .aux_size = template->aux_size,
					   .text = text,
					   .commitment = template->commitment,
					   .commitment_size = template->commitment_size,
				   });
}
