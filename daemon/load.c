/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "bitcoin/address.h"
#include "io/tls_store.h"
#include "miner/kernel.h"

int load_conf(struct conf *ret, const char *file, const char *service_user,
	      struct conf_messages *messages)
{
	const struct conf_known known = {
		.kernel_names = kernel_names(),
		.address_wrong = address_wrong,
		.certificates_wrong = tls_store_wrong,
		.service_user = service_user,
	};

	return conf_load(ret, file, &known, messages);
}
