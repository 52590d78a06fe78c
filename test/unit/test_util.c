// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "out.h"
#include "unit.h"
#include "util.h"

static void numbers_parsed(void **state)
{
	static const char *const wrong[] = {
		"", " ", " 1", "1 ", "+1", "-1", "-0", "x", "1x", "0x1", "1.0", "1e3", "101",
		"18446744073709551616",
		"99999999999999999999999", "\xd9\xa1",
	};
	unsigned long long n;
	size_t i;

	assert_true(parse_number("0", 0, &n));
	assert_int_equal(n, 0);
	assert_true(parse_number("100", 100, &n));
	assert_int_equal(n, 100);
	assert_true(parse_number("010", 100, &n));
	assert_int_equal(n, 10);
	assert_true(parse_number("18446744073709551615", ULLONG_MAX, &n));
	assert_true(n == ULLONG_MAX);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (parse_number(wrong[i], 100, &n))
			fail_msg("'%s' is taken", wrong[i]);
	}
	assert_false(parse_number("18446744073709551616", ULLONG_MAX, &n));
	/* An old errno is none of its own. */
	errno = ERANGE;
	assert_true(parse_number("5", 100, &n));
}

/* Around the sizes at which the buffer grows. */
static void files_of_all_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 4097, 8190, 8191, 8192, 8193,
		100000 };
	char *data = malloc(100000), *text;
	size_t i, size;

	for (i = 0; i < 100000; i++)
		data[i] = i * 7 + i / 256;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = 12345;
		text = read_file(temporary_file(data, sizes[i]), &size);
		assert_non_null(text);
		assert_int_equal(size, sizes[i]);
		if (size)
			assert_memory_equal(text, data, size);
		assert_int_equal(text[size], 0);
		free(text);
	}
	free(data);
}

static void files_of_the_kernel(void **state)
{
	char *text = read_file("/proc/self/status", NULL), pid[32];

	assert_non_null(text);
	snprintf(pid, sizeof(pid), "\nPid:\t%d\n", getpid());
	assert_non_null(strstr(text, pid));
	free(text);
}

static void files_that_cannot_be_read(void **state)
{
	size_t size;

	errno = 0;
	assert_null(read_file("/nonexistent/x", &size));
	assert_int_equal(errno, ENOENT);
	errno = 0;
	assert_null(read_file("/proc", &size));
	assert_int_equal(errno, EISDIR);
}

static long number_in(const char *text)
{
	return read_number(temporary_file(text, strlen(text)), -77);
}

static void numbers_in_files(void **state)
{
	assert_int_equal(number_in("128\n"), 128);
	assert_int_equal(number_in("-1\n"), -1);
	assert_int_equal(number_in("5 6 7"), 5);
	assert_int_equal(number_in(""), -77);
	assert_int_equal(number_in("max\n"), -77);
	assert_int_equal(read_number("/nonexistent/x", 9), 9);
}

static void memory(void **state)
{
	char *s = xstrdup("text"), *p;

	assert_string_equal(s, "text");
	p = xrealloc(s, 100000);
	assert_string_equal(p, "text");
	free(p);
	p = xmalloc(0);
	free(p);
}

static void ask_for_too_much(void *context)
{
	/* More than an address space has; through a variable, or the compiler would object. */
	volatile size_t size = SIZE_MAX / 4;

	free(xmalloc(size));
}

static void no_memory(void **state)
{
	static const char message[] = "bpftools: out of memory\n";
	struct outcome o = in_child(ask_for_too_much, NULL);

	assert_int_equal(o.status, 1);
	/* Before it the sanitizer has its say. */
	assert_true(strlen(o.err) >= strlen(message));
	assert_string_equal(o.err + strlen(o.err) - strlen(message), message);
	outcome_free(&o);
}

static void die_politely(void *context)
{
	out_str("half a line");
	progname = "opensnoop";
	die("cannot read %s: %s", "x", strerror(ENOENT));
}

static void die_of_usage(void *context)
{
	progname = "opensnoop";
	die_usage("'%s' is too much", "x");
}

static void only_warn(void *context)
{
	warn("careful %d", 5);
	out_str("on it goes");
}

static void messages(void **state)
{
	struct outcome o = in_child(die_politely, NULL);

	assert_int_equal(o.status, 1);
	assert_string_equal(o.out, "half a line");
	assert_string_equal(o.err, "opensnoop: cannot read x: No such file or directory\n");
	outcome_free(&o);
	o = in_child(die_of_usage, NULL);
	assert_int_equal(o.status, 64);
	assert_string_equal(o.err, "opensnoop: 'x' is too much (try opensnoop --help)\n");
	outcome_free(&o);
	o = in_child(only_warn, NULL);
	assert_int_equal(o.status, -1);
	assert_string_equal(o.err, "bpftools: careful 5\n");
	assert_string_equal(o.out, "on it goes");
	outcome_free(&o);
}

static void die_at_length(void *text)
{
	die_usage("%s", (char *)text);
}

/* Too long for the buffer: still one line, and no byte beyond it. */
static void long_messages(void **state)
{
	static const int lengths[] = { 900, 950, 980, 985, 990, 995, 1000, 1005, 1008, 1009, 1010,
		1011, 1012,
				       1013, 1014, 1015, 1020, 1023, 1024, 5000 };
	struct outcome o;
	char text[5001];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		memset(text, 'x', lengths[i]);
		text[lengths[i]] = 0;
		o = in_child(die_at_length, text);
		assert_int_equal(o.status, 64);
		assert_true(strlen(o.err) <= 1024);
		assert_true(strlen(o.err) > 900);
		assert_ptr_equal(strchr(o.err, '\n'), o.err + strlen(o.err) - 1);
		assert_memory_equal(o.err, "bpftools: xxx", 13);
		outcome_free(&o);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(numbers_parsed),
	cmocka_unit_test(files_of_all_sizes),
	cmocka_unit_test(files_of_the_kernel),
	cmocka_unit_test(files_that_cannot_be_read),
	cmocka_unit_test(numbers_in_files),
	cmocka_unit_test(memory),
	cmocka_unit_test(no_memory),
	cmocka_unit_test(messages),
	cmocka_unit_test(long_messages),
};

UNIT_MAIN(tests)
