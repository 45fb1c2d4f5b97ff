/* SPDX-License-Identifier: MIT */
#include "conf_input.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bitcoin/address.h"

/*
 * libconfig leaks on some syntax errors. The function is in <sanitizer/lsan_interface.h>, which not
 * every compiler comes with.
 */
const char *leak_suppressions(void) __asm__("__lsan_default_suppressions");

const char *leak_suppressions(void)
{
	return "leak:libconfig";
}

static const char *no_certificates(const char *pem)
{
	return "it holds no certificate";
}

bool conf_input_is_whole(const uint8_t *text, size_t size)
{
	return !memmem(text, size, "include", 7) && !memmem(text, size, "_file", 5) &&
	       !memmem(text, size, "_ca", 3);
}

void conf_input_init(struct conf_input *input, const uint8_t *text, size_t size)
{
	static const char *const kernels[] = {"avx512", "generic", NULL};
	static const struct conf_known known = {
		.kernel_names = kernels,
		.address_wrong = address_wrong,
		.certificates_wrong = no_certificates,
	};

	*input = (struct conf_input){.fd = memfd_create("conf", MFD_CLOEXEC)};
	assert(input->fd >= 0 && write(input->fd, text, size) == (ssize_t)size);
	snprintf(input->path, sizeof(input->path), "/proc/self/fd/%d", input->fd);
	input->result = conf_load(&input->conf, input->path, &known, &input->messages);
	assert(input->result == CONF_OK || input->result == CONF_INVALID);
}

void conf_input_deinit(struct conf_input *input)
{
	conf_deinit(&input->conf);
	conf_messages_deinit(&input->messages);
	close(input->fd);
}
