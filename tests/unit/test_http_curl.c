/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: libcurl, which is loaded for nodes alone, and machines that lack it. */
#include <check.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "common/container.h"
#include "http_fixture.h"
#include "suite_main.h"

#define NEEDS	"solo mining needs libcurl.so.4: "
#define INSTALL "; install the package libcurl4 (Fedora: libcurl)"

/* Machines, and what each has in the place of libcurl.so.4. */
static const struct machine {
	const char *file;
	unsigned version; /* 0: the library's own */
	int features;	  /* with version */
	const char *reason;
} machines[] = {
	{"/nonexistent/libcurl.so.4", 0, 0,
	 NEEDS "/nonexistent/libcurl.so.4: cannot open shared object file: No such file or "
	       "directory" INSTALL},
	{"libc.so.6", 0, 0, "undefined symbol: curl_"},
	{"libcurl.so.4", 0x0756ff, CURL_VERSION_ASYNCHDNS, NEEDS "it is older than 7.87" INSTALL},
	{"libcurl.so.4", 0x075700, 0,
	 NEEDS "it looks up names without a thread of its own" INSTALL},
};
static const struct machine whole = {.file = "libcurl.so.4"};

static const struct machine *machine;
static unsigned opened;

/* The linker puts these in the place of the C library's: --wrap, see meson.build. */
void *real_dlopen(const char *file, int flags) __asm__("__real_dlopen");
void *wrap_dlopen(const char *file, int flags) __asm__("__wrap_dlopen");
void *real_dlsym(void *handle, const char *name) __asm__("__real_dlsym");
void *wrap_dlsym(void *handle, const char *name) __asm__("__wrap_dlsym");

void *wrap_dlopen(const char *file, int flags)
{
	ck_assert_str_eq(file, "libcurl.so.4");
	opened++;
	return real_dlopen(machine->file, flags);
}

static curl_version_info_data *version_info(CURLversion age)
{
	static curl_version_info_data data;

	data.version_num = machine->version;
	data.features = machine->features;
	return &data;
}

void *wrap_dlsym(void *handle, const char *name)
{
	if (machine->version && strcmp(name, "curl_version_info") == 0)
		return (void *)version_info;
	return real_dlsym(handle, name);
}

/* -ELIBACC, as long as nothing is loaded. */
static int init(void)
{
	const struct http_settings settings = {.url = "nothing"};
	struct http http;

	return http_init(&http, &settings, NULL);
}

START_TEST(a_machine_without_it)
{
	char reason[HTTP_REASON_MAX];

	machine = &machines[_i];
	ck_assert_int_eq(http_load(reason), -ELIBACC);
	ck_assert_msg(strstr(reason, machine->reason), "%s", reason);
	ck_assert_ptr_nonnull(strstr(reason, INSTALL));
	ck_assert_int_eq(init(), -ELIBACC);
	ck_assert_ptr_nonnull(strstr(http_refusal(init()), "install the package libcurl4 "));
	/* It was installed meanwhile. */
	machine = &whole;
	http_fixture_load();
	ck_assert_int_eq(init(), -EINVAL);
}
END_TEST

START_TEST(loaded_when_it_is_asked_for_and_once)
{
	machine = &whole;
	ck_assert_ptr_null(real_dlopen("libcurl.so.4", RTLD_LAZY | RTLD_NOLOAD));
	ck_assert_int_eq(init(), -ELIBACC);
	ck_assert_uint_eq(opened, 0);
	http_fixture_load();
	http_fixture_load();
	ck_assert_uint_eq(opened, 1);
	ck_assert_int_eq(init(), -EINVAL);
}
END_TEST

static Suite *http_curl_suite(void)
{
	Suite *suite = suite_create("http_curl");
	TCase *t = tcase_create("http_curl");

	tcase_add_loop_test(t, a_machine_without_it, 0, ARRAY_SIZE(machines));
	tcase_add_test(t, loaded_when_it_is_asked_for_and_once);
	suite_add_tcase(suite, t);
	return suite;
}

int main(void)
{
	return suite_main(http_curl_suite());
}
