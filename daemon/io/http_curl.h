/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * libcurl, which is loaded at run time and only for nodes: linked, it would cost each daemon that
 * mines on pools alone megabytes of memory and milliseconds of its start. Once loaded it stays.
 * Files of http*.c alone include this.
 *
 * minerd never executes another program, so nothing inherits the sockets and pipes that libcurl
 * makes for itself; not all versions set FD_CLOEXEC.
 */
#include <curl/curl.h>
#include <stddef.h>

#include "common/assert.h"

/* What is called of it, without "curl_". */
/* clang-format off */
#define HTTP_CURL_FUNCTIONS(f) \
	f(easy_cleanup) f(easy_getinfo) f(easy_init) \
	f(easy_setopt) f(easy_strerror) f(free) \
	f(global_init) f(multi_add_handle) f(multi_cleanup) \
	f(multi_info_read) f(multi_init) f(multi_remove_handle) \
	f(multi_setopt) f(multi_socket_action) f(slist_append) \
	f(slist_free_all) f(url) f(url_cleanup) \
	f(url_get) f(url_set) f(version_info)
/* clang-format on */

struct http_curl {
#define HTTP_CURL_POINTER(name) __typeof__(curl_##name) *name;
	HTTP_CURL_FUNCTIONS(HTTP_CURL_POINTER)
#undef HTTP_CURL_POINTER
};

/*
 * Loads and initializes libcurl, unless that is done. -ELIBACC: ret_reason says why it cannot be
 * used and what to install. Blocks on files; any thread, but one at a time.
 */
int http_curl_load(char *ret_reason, size_t size);

/* NULL: not loaded. Any thread; never blocks. */
const struct http_curl *http_curl(void);

/*
 * The checks that the macros of these names in curl.h make for calls by name: of a number that is
 * an int libcurl would read more bytes than there are.
 */
#define HTTP_CURL_IS(type, value)    __builtin_types_compatible_p(__typeof__(value), type)
#define HTTP_CURL_IS_NUMBER(value)   (HTTP_CURL_IS(long, value) || HTTP_CURL_IS(curl_off_t, value))
#define HTTP_CURL_TAKES_LONG(option) ((option) / 10000 == CURLOPTTYPE_LONG / 10000)
#define HTTP_CURL_TAKES_SIZE(option) ((option) / 10000 == CURLOPTTYPE_OFF_T / 10000)
#define HTTP_CURL_SETOPT(setopt, handle, option, value)                                        \
	({                                                                                     \
		static_assert(HTTP_CURL_TAKES_LONG(option)   ? HTTP_CURL_IS(long, value)       \
			      : HTTP_CURL_TAKES_SIZE(option) ? HTTP_CURL_IS(curl_off_t, value) \
							     : !HTTP_CURL_IS_NUMBER(value),    \
			      "a value of another type than the option's");                    \
		http_curl()->setopt(handle, option, value);                                    \
	})
#define http_curl_easy_setopt(easy, option, value) \
	HTTP_CURL_SETOPT(easy_setopt, easy, option, value)
#define http_curl_multi_setopt(multi, option, value) \
	HTTP_CURL_SETOPT(multi_setopt, multi, option, value)

/* The same for curl_easy_getinfo() of a constant. */
#define http_curl_easy_getinfo(easy, info, ret)                                         \
	({                                                                              \
		static_assert(((info)&CURLINFO_TYPEMASK) == CURLINFO_STRING             \
				      ? HTTP_CURL_IS(char **, ret)                      \
			      : ((info)&CURLINFO_TYPEMASK) == CURLINFO_LONG             \
				      ? HTTP_CURL_IS(long *, ret)                       \
				      : ((info)&CURLINFO_TYPEMASK) == CURLINFO_OFF_T && \
						HTTP_CURL_IS(curl_off_t *, ret),        \
			      "a variable of another type than the information's");     \
		http_curl()->easy_getinfo(easy, info, ret);                             \
	})
