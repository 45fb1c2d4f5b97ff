/* SPDX-License-Identifier: MIT */
/* Invariant: the table does not change once it is published. */
#include "io/http_curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/container.h"

#define HTTP_CURL_FILE "libcurl.so.4"
/* In its Debian packages; Debian 13 provides it by libcurl4t64. */
#define HTTP_CURL_INSTALL "; install the package libcurl4 (Fedora: libcurl)"

enum { HTTP_CURL_OLDEST = 0x075700 /* 7.87, as in meson.build */ };

static struct {
	struct http_curl table;
	_Atomic bool loaded; /* published by the thread that filled the table */
} http_curl_state;

static const struct {
	const char *name;
	size_t place; /* in struct http_curl */
} http_curl_symbols[] = {
#define HTTP_CURL_SYMBOL(name) {"curl_" #name, offsetof(struct http_curl, name)},
	HTTP_CURL_FUNCTIONS(HTTP_CURL_SYMBOL)
#undef HTTP_CURL_SYMBOL
};

/* dlerror() without the name, if it begins with that. */
static const char *http_curl_error(void)
{
	static const char prefix[] = HTTP_CURL_FILE ": ";
	const char *error = dlerror();

	if (!error)
		return "unknown error";
	return strncmp(error, prefix, strlen(prefix)) == 0 ? error + strlen(prefix) : error;
}

static bool http_curl_find(struct http_curl *ret, void *handle)
{
	for (size_t i = 0; i < ARRAY_SIZE(http_curl_symbols); i++) {
		void *function = dlsym(handle, http_curl_symbols[i].name);

		if (!function)
			return false;
		memcpy((char *)ret + http_curl_symbols[i].place, &function, sizeof(function));
	}
	return true;
}

/* NULL, or what this libcurl lacks; a distribution may have built it otherwise. */
static const char *http_curl_lacks(const struct http_curl *curl)
{
	const curl_version_info_data *version = curl->version_info(CURLVERSION_NOW);

	if (version->version_num < HTTP_CURL_OLDEST)
		return "it is older than 7.87";
	if (!(version->features & CURL_VERSION_ASYNCHDNS))
		return "it looks up names without a thread of its own";
	if (curl->global_init(CURL_GLOBAL_DEFAULT))
		return "curl_global_init() failed";
	return NULL;
}

int http_curl_load(char *ret_reason, size_t size)
{
	struct http_curl table;
	const char *why;
	void *handle;

	if (http_curl())
		return 0;
	handle = dlopen(HTTP_CURL_FILE, RTLD_NOW | RTLD_LOCAL);
	why = handle && http_curl_find(&table, handle) ? http_curl_lacks(&table)
						       : http_curl_error();
	if (why) {
		snprintf(ret_reason, size, "solo mining needs " HTTP_CURL_FILE ": %s%s", why,
			 HTTP_CURL_INSTALL);
		if (handle)
			dlclose(handle);
		return -ELIBACC;
	}
	http_curl_state.table = table;
	atomic_store_explicit(&http_curl_state.loaded, true, memory_order_release);
	return 0;
}

const struct http_curl *http_curl(void)
{
	bool loaded = atomic_load_explicit(&http_curl_state.loaded, memory_order_acquire);

	return loaded ? &http_curl_state.table : NULL;
}
