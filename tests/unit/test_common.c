/* SPDX-License-Identifier: MIT */
/* Folder common/: hex, escape, line, histogram, lists of CPUs, standard descriptors. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/cpus.h"
#include "common/escape.h"
#include "common/hex.h"
#include "common/histogram.h"
#include "common/line.h"
#include "common/standard_fds.h"
#include "common/token_bucket.h"
#include "suite_main.h"

START_TEST(hex_both_ways)
{
	uint8_t bytes[4];
	char digits[9];
	uint32_t value = 0;

	ck_assert(hex_decode(bytes, 4, "00fF7a09"));
	ck_assert_int_eq(bytes[0], 0x00);
	ck_assert_int_eq(bytes[1], 0xff);
	ck_assert_int_eq(bytes[2], 0x7a);
	ck_assert_int_eq(bytes[3], 0x09);
	hex_encode(digits, bytes, 4);
	ck_assert_str_eq(digits, "00ff7a09");
	ck_assert(!hex_decode(bytes, 1, "0g"));
	ck_assert(!hex_decode(bytes, 1, "g0"));
	ck_assert(!hex_decode(bytes, 2, "00\0\0"));
	ck_assert(hex_u32(&value, "1fffe000", 8));
	ck_assert_uint_eq(value, 0x1fffe000);
	ck_assert(hex_u32(&value, "2", 1));
	ck_assert_uint_eq(value, 2);
	ck_assert(!hex_u32(&value, "", 0));
	ck_assert(!hex_u32(&value, "123456789", 9));
	ck_assert(!hex_u32(&value, "0x12", 4));
}
END_TEST

/* Each byte at each place, in texts that are a part of a vector, one, and more. */
START_TEST(hex_digits_at_every_place)
{
	enum { BYTES = 20 };
	static const char all[] = "0123456789abcdefABCDEF";

	for (size_t n = 0; n <= BYTES; n++) {
		char digits[2 * BYTES];
		uint8_t bytes[BYTES + 1] = {0};

		for (size_t i = 0; i < 2 * n; i++)
			digits[i] = all[(7 * i + n) % (sizeof(all) - 1)];
		for (size_t place = 0; place < 2 * n; place++) {
			char kept = digits[place];

			for (unsigned c = 0; c < 256; c++) {
				char two[3] = {0};

				digits[place] = (char)c;
				bytes[n] = 0xa5;
				ck_assert_int_eq(hex_decode(bytes, n, digits),
						 c && strchr(all, (int)c));
				ck_assert_uint_eq(bytes[n], 0xa5);
				memcpy(two, digits + place / 2 * 2, 2);
				if (c && strchr(all, (int)c))
					ck_assert_uint_eq(bytes[place / 2], strtoul(two, NULL, 16));
			}
			digits[place] = kept;
		}
		ck_assert(hex_decode(bytes, n, digits));
	}
}
END_TEST

/* Each byte at each place, in lengths that are a part of a vector, one, and more. */
START_TEST(hex_encodes_every_byte)
{
	enum { BYTES = 20 };

	for (size_t n = 0; n <= BYTES; n++)
		for (unsigned first = 0; first < 256; first++) {
			char digits[2 * BYTES + 2], want[2 * BYTES + 1] = "";
			uint8_t bytes[BYTES];

			for (size_t i = 0; i < n; i++) {
				bytes[i] = (uint8_t)(first + 37 * i);
				snprintf(want + 2 * i, 3, "%02x", bytes[i]);
			}
			digits[2 * n + 1] = 'x';
			hex_encode(digits, bytes, n);
			ck_assert_str_eq(digits, want);
			ck_assert_int_eq(digits[2 * n + 1], 'x');
		}
}
END_TEST

START_TEST(escape_is_safe_and_bounded)
{
	char text[64], small[16];

	ck_assert_str_eq(escape_text(text, sizeof(text), "plain", 5), "plain");
	ck_assert_str_eq(escape_text(text, sizeof(text), "a\n\x1b[1m\\\0z", 9),
			 "a\\x0a\\x1b[1m\\\\\\x00z");
	ck_assert_str_eq(escape_text(text, sizeof(text), "", 0), "");
	ck_assert_str_eq(escape_text(small, sizeof(small), "0123456789abcde", 15),
			 "0123456789abcde");
	ck_assert_str_eq(escape_text(small, sizeof(small), "0123456789abcdef", 16),
			 "0123456789ab...");
	ck_assert_str_eq(escape_text(small, sizeof(small), "\n\n\n\n\n\n\n\n", 8),
			 "\\x0a\\x0a\\x0a...");
}
END_TEST

/* Puts text into the buffer as one recv would. */
static void feed(struct line_buffer *buffer, const char *text, size_t n)
{
	while (n) {
		size_t room, part;
		char *space;

		ck_assert_int_eq(line_space(buffer, &space, &room), 0);
		part = room < n ? room : n;
		memcpy(space, text, part);
		line_received(buffer, part);
		text += part;
		n -= part;
	}
}

START_TEST(line_split_anywhere)
{
	static const char text[] = "first\r\n\nthird\nrest";

	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		struct line_buffer buffer = LINE_BUFFER_NULL('\n');
		char seen[64] = "", *line;
		size_t n;

		feed(&buffer, text, cut);
		while (line_next(&buffer, &line, &n))
			strcat(strcat(seen, line), "|");
		feed(&buffer, text + cut, sizeof(text) - 1 - cut);
		while (line_next(&buffer, &line, &n)) {
			ck_assert_uint_eq(strlen(line), n);
			strcat(strcat(seen, line), "|");
		}
		ck_assert_str_eq(seen, "first||third|");
		ck_assert_uint_eq(buffer.used, 4);
		line_deinit(&buffer);
	}
}
END_TEST

START_TEST(line_grows_to_its_limit)
{
	struct line_buffer buffer = LINE_BUFFER_NULL('\0');
	char *space, *line;
	size_t room, n, total = 0;

	while (line_space(&buffer, &space, &room) == 0) {
		memset(space, 'x', room);
		line_received(&buffer, room);
		total += room;
		ck_assert(!line_next(&buffer, &line, &n));
	}
	ck_assert_uint_eq(total, LINE_MAX_SIZE);
	ck_assert_int_eq(line_space(&buffer, &space, &room), -EMSGSIZE);
	line_deinit(&buffer);
	feed(&buffer, "again", 6);
	ck_assert(line_next(&buffer, &line, &n));
	ck_assert_str_eq(line, "again");
	line_deinit(&buffer);
	line_deinit(&buffer);
}
END_TEST

START_TEST(line_with_a_limit_of_its_own)
{
	struct line_buffer buffer = LINE_BUFFER_NULL('\0');
	char *space, *line;
	size_t room, n;

	buffer.max = 3 * LINE_FIRST_SIZE / 2;
	ck_assert(!line_waits(&buffer));
	for (size_t left = buffer.max; left; left -= room) {
		ck_assert(!line_full(&buffer));
		ck_assert_int_eq(line_space(&buffer, &space, &room), 0);
		memset(space, 'x', room);
		space[room - 1] = room == left ? '\0' : 'x';
		line_received(&buffer, room);
	}
	ck_assert(line_waits(&buffer));
	ck_assert(line_waits(&buffer));
	ck_assert(!line_full(&buffer));
	ck_assert(line_next(&buffer, &line, &n));
	ck_assert_uint_eq(n, buffer.max - 1);
	ck_assert(!line_waits(&buffer));
	feed(&buffer, "a\0b\0c", 5);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(line_waits(&buffer));
		ck_assert(line_next(&buffer, &line, &n));
		ck_assert_str_eq(line, i ? "b" : "a");
	}
	ck_assert(!line_waits(&buffer));
	while (line_space(&buffer, &space, &room) == 0) {
		memset(space, 'x', room);
		line_received(&buffer, room);
	}
	ck_assert(!line_waits(&buffer));
	ck_assert(line_full(&buffer));
	ck_assert_uint_eq(buffer.used, buffer.max);
	line_deinit(&buffer);
	ck_assert_uint_eq(buffer.max, 3 * LINE_FIRST_SIZE / 2);
}
END_TEST

START_TEST(tokens_over_time)
{
	struct token_bucket bucket;
	uint64_t now = 7 * CLOCK_S;

	/* Ten a second, five at once. */
	token_bucket_init(&bucket, 10, 5, now);
	ck_assert(!token_bucket_take(&bucket, 6, now));
	ck_assert(token_bucket_take(&bucket, 5, now));
	ck_assert(!token_bucket_take(&bucket, 1, now + 99 * CLOCK_MS));
	ck_assert(token_bucket_take(&bucket, 1, now + 100 * CLOCK_MS));
	now += 100 * CLOCK_MS;
	ck_assert_uint_gt(token_bucket_wait(&bucket, now), 0);
	/* A debt of one: it is paid before anything is done again. */
	now += CLOCK_MS;
	ck_assert_uint_eq(token_bucket_wait(&bucket, now), 0);
	token_bucket_spend(&bucket, 1);
	ck_assert_uint_eq(token_bucket_wait(&bucket, now), 99 * CLOCK_MS + 1);
	ck_assert(!token_bucket_take(&bucket, 0, now));
	/* However often it is looked at meanwhile. */
	for (unsigned i = 0; i < 99000; i++)
		ck_assert_uint_gt(token_bucket_wait(&bucket, now + i * CLOCK_US), 0);
	now += 99 * CLOCK_MS + 1;
	ck_assert_uint_eq(token_bucket_wait(&bucket, now), 0);
	now += 1000000 * CLOCK_S;
	ck_assert(token_bucket_take(&bucket, 5, now));
	ck_assert(!token_bucket_take(&bucket, 1, now));
	/* A time from before gives nothing and takes nothing. */
	ck_assert_uint_gt(token_bucket_wait(&bucket, now - CLOCK_S), 0);
	ck_assert(token_bucket_take(&bucket, 1, now + 100 * CLOCK_MS));
}
END_TEST

START_TEST(histogram_reads_back_what_was_recorded)
{
	struct histogram histogram = {};

	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 0);
	for (uint64_t ns = 1; ns <= 100000; ns++)
		histogram_record(&histogram, ns);
	ck_assert_uint_eq(histogram.count, 100000);
	ck_assert_uint_eq(histogram.max, 100000);
	ck_assert_uint_eq(histogram.sum, UINT64_C(100000) * 100001 / 2);
	for (int percent = 1; percent <= 100; percent++) {
		uint64_t value = histogram_quantile(&histogram, percent / 100.0);

		ck_assert_uint_ge(value, (uint64_t)percent * 1000);
		ck_assert_uint_le(value, (uint64_t)percent * 1000 * 17 / 16);
	}
	histogram_record(&histogram, UINT64_MAX);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), UINT64_MAX);
}
END_TEST

START_TEST(cpu_lists)
{
	static const char *const wrong[] = {"",	      ",",    "0,",	    "a",   "0-",
					    "-1",     "3-2",  "0 1",	    "0;1", "1024",
					    "0-1024", "0--1", "99999999999"};
	char text[CPUS_TEXT_MAX];
	cpu_set_t cpus;

	ck_assert(cpus_parse(&cpus, "0-2, 5 ,1023"));
	ck_assert_int_eq(CPU_COUNT(&cpus), 5);
	ck_assert(CPU_ISSET(2, &cpus) && CPU_ISSET(5, &cpus) && CPU_ISSET(1023, &cpus));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_msg(!cpus_parse(&cpus, wrong[i]), "%s", wrong[i]);
	ck_assert_int_eq(CPU_COUNT(&cpus), 5);
	ck_assert_str_eq(cpus_format(text, &cpus), "0-2,5,1023");
	CPU_ZERO(&cpus);
	ck_assert_str_eq(cpus_format(text, &cpus), "");
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu += 2)
		CPU_SET(cpu, &cpus);
	ck_assert_ptr_nonnull(strstr(cpus_format(text, &cpus), ".."));
	ck_assert_uint_lt(strlen(text), sizeof(text));
}
END_TEST

/* Exit status of a process that had these descriptors closed: 0, or the number of what is wrong. */
static int closed_fds(unsigned closed)
{
	struct stat null, st;
	char byte = 0;

	for (int fd = 0; fd <= 2; fd++)
		if (closed & 1U << fd)
			close(fd);
	if (standard_fds_open() < 0 || stat("/dev/null", &null) < 0)
		return 1;
	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st) < 0 || fcntl(fd, F_GETFD) != 0)
			return 2;
		if (closed & 1U << fd && (!S_ISCHR(st.st_mode) || st.st_rdev != null.st_rdev))
			return 3;
	}
	if (closed & 1 && (read(0, &byte, 1) >= 0 || errno != EBADF))
		return 4;
	for (int fd = 1; fd <= 2; fd++)
		if (closed & 1U << fd && (write(fd, &byte, 1) >= 0 || errno != EBADF))
			return 5;
	return open("/", O_RDONLY | O_CLOEXEC) > 2 ? 0 : 6;
}

START_TEST(closed_standard_descriptors_are_not_reused)
{
	for (unsigned closed = 0; closed < 8; closed++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0)
			_exit(closed_fds(closed));
		ck_assert_int_gt(pid, 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x: %d", closed,
			      WEXITSTATUS(status));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("common");
	TCase *tests = tcase_create("common");

	tcase_add_test(tests, hex_both_ways);
	tcase_add_test(tests, hex_digits_at_every_place);
	tcase_add_test(tests, hex_encodes_every_byte);
	tcase_add_test(tests, escape_is_safe_and_bounded);
	tcase_add_test(tests, line_split_anywhere);
	tcase_add_test(tests, line_grows_to_its_limit);
	tcase_add_test(tests, line_with_a_limit_of_its_own);
	tcase_add_test(tests, tokens_over_time);
	tcase_add_test(tests, histogram_reads_back_what_was_recorded);
	tcase_add_test(tests, cpu_lists);
	tcase_add_test(tests, closed_standard_descriptors_are_not_reused);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
