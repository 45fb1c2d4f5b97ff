/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "bitcoin/address.h"
#include "io/tls_store.h"
#include "miner/kernel.h"

static struct conf_known load_known(const char *service_user)
{
	return (struct conf_known){
		.kernel_names = kernel_names(),
		.address_wrong = address_wrong,
		.certificates_wrong = tls_store_wrong,
		.service_user = service_user,
	};
}

int load_conf(struct conf *ret, const char *file, const char *service_user,
	      struct conf_messages *messages)
{
	const struct conf_known known = load_known(service_user);

	return conf_load(ret, file, &known, messages);
}

int load_lines(struct conf *ret, const struct conf_line *lines, size_t n,
	       struct conf_messages *messages)
{
	const struct conf_known known = load_known(NULL);

	return conf_load_lines(ret, lines, n, &known, messages);
}
