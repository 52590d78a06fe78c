// SPDX-License-Identifier: GPL-2.0-only
/* Histograms, byte by byte as bcc prints them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "histogram.h"
#include "json.h"
#include "out.h"
#include "tool.h"
#include "unit.h"

int __wrap_clock_gettime(clockid_t, struct timespec *);

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	*t = (struct timespec){ 1795173392, 140558915 };
	return 0;
}

static struct hist h;

static int setup(void **state)
{
	memset(&h, 0, sizeof(h));
	run.json = false;
	return 0;
}

static void print_text(void *unit)
{
	hist_text(&h, unit);
}

static void assert_hist(const char *unit, const char *expected)
{
	char *text = captured(print_text, (void *)unit);

	assert_string_equal(text, expected);
	free(text);
}

static void empty(void **state)
{
	assert_int_equal(hist_rows(&h), 0);
	assert_int_equal(hist_count(&h), 0);
	assert_hist("usecs", "");
}

static void narrow(void **state)
{
	h.slots[0] = 5;
	assert_hist("usecs",
		"     usecs               : count     distribution\n"
		"         0 -> 1          : 5        |****************************************|\n");
	/* Rows in between are printed though they are empty; stars are rounded down. */
	h.slots[2] = 3;
	h.slots[3] = 10;
	assert_int_equal(hist_rows(&h), 4);
	assert_int_equal(hist_count(&h), 18);
	assert_hist("msecs",
		"     msecs               : count     distribution\n"
		"         0 -> 1          : 5        |********************                    |\n"
		"         2 -> 3          : 0        |                                        |\n"
		"         4 -> 7          : 3        |************                            |\n"
		"         8 -> 15         : 10       |****************************************|\n");
}

static void stars_are_floored(void **state)
{
	h.slots[0] = 1000;
	h.slots[1] = 999;               /* 39.96 stars */
	h.slots[2] = 24;                /* 0.96 */
	h.slots[3] = 25;                /* 1 */
	assert_hist("usecs",
		"     usecs               : count     distribution\n"
		"         0 -> 1          : 1000     |****************************************|\n"
		"         2 -> 3          : 999      |*************************************** |\n"
		"         4 -> 7          : 24       |                                        |\n"
		"         8 -> 15         : 25       |*                                       |\n");
}

/* Each line by the formats of bcc's print_log2_hist(). */
static void assert_layout(int last, const char *header, const char *format, int width)
{
	char expected[64 * 128], stars[41];
	size_t n = sprintf(expected, header, "usecs");
	int i, filled;

	memset(&h, 0, sizeof(h));
	h.slots[0] = 1;
	h.slots[last] = 4;
	for (i = 0; i <= last; i++) {
		filled = i == 0 ? width / 4 : i == last ? width : 0;
		memset(stars, '*', filled);
		stars[filled] = 0;
		n += sprintf(expected + n, format, i ? 1ULL << i : 0ULL,
			     i < 63 ? (2ULL << i) - 1 : ~0ULL, (int)h.slots[i], stars);
	}
	assert_hist("usecs", expected);
}

#define NARROW "     %-19s : count     distribution\n", "%10llu -> %-10llu : %-8d |%-40s|\n", 40
#define WIDE "               %-29s : count     distribution\n", \
	     "%20llu -> %-20llu : %-8d |%-20s|\n", 20

static void layout_by_the_highest_row(void **state)
{
	assert_layout(1, NARROW);
	assert_layout(20, NARROW);
	assert_layout(31, NARROW);      /* the 32nd row */
	assert_layout(32, WIDE);
	assert_layout(40, WIDE);
	assert_layout(63, WIDE);
}

static void wide(void **state)
{
	h.slots[32] = 5;
	h.slots[0] = 1;
	h.slots[1] = 4;
	run.json = false;
	assert_int_equal(hist_rows(&h), 33);
	/* The last line alone would do; the first ones show the alignment. */
	char *text = captured(print_text, "usecs"), *last = text + strlen(text) - 80;

	assert_non_null(strstr(text,
		"               usecs                         : count     distribution\n"
		"                   0 -> 1                    : 1        |****                |\n"
		"                   2 -> 3                    : 4        |****************    |\n"
		"                   4 -> 7                    : 0        |                    |\n"
		));
	assert_non_null(strstr(last,
		"          4294967296 -> 8589934591           : 5        |********************|\n"
		));
	free(text);
}

static void bounds(void **state)
{
	assert_int_equal(hist_low(0), 0);
	assert_int_equal(hist_high(0), 1);
	assert_int_equal(hist_low(1), 2);
	assert_int_equal(hist_high(1), 3);
	assert_int_equal(hist_low(10), 1024);
	assert_int_equal(hist_high(10), 2047);
	assert_true(hist_low(63) == 9223372036854775808ULL);
	assert_true(hist_high(62) == 9223372036854775807ULL);
	assert_true(hist_high(63) == UINT64_MAX);
}

/* Counts that need more than 32 bits, and whose stars would overflow them. */
static void large_counts(void **state)
{
	h.slots[0] = 300000000000;
	h.slots[1] = 600000000000;
	assert_true(hist_count(&h) == 900000000000);
	assert_hist("nsecs",
		"     nsecs               : count     distribution\n"
		"         0 -> 1          : 300000000000 |"
		"********************                    |\n"
		"         2 -> 3          : 600000000000 |"
		"****************************************|\n");
}

static uint32_t linear[8];

static void print_linear(void *unit)
{
	hist_linear(linear, 8, 10, 5, unit);
}

/* bcc's print_linear_hist(). */
static void linear_layout(void **state)
{
	char *text = captured(print_linear, "ms");

	assert_string_equal(text, "");
	free(text);
	linear[0] = 2;
	linear[2] = 4;
	linear[3] = 1;
	text = captured(print_linear, "ms");
	assert_string_equal(text,
		"     ms            : count     distribution\n"
		"        10         : 2        |********************                    |\n"
		"        15         : 0        |                                        |\n"
		"        20         : 4        |****************************************|\n"
		"        25         : 1        |**********                              |\n");
	free(text);
}

/* A map of the kernel's, played by an array. */
static uint32_t map_keys[4];
static struct hist map_values[4];
static size_t map_count;

int __wrap_bpf_map__fd(const struct bpf_map *);
uint32_t __wrap_bpf_map__key_size(const struct bpf_map *);
uint32_t __wrap_bpf_map__max_entries(const struct bpf_map *);
int __wrap_bpf_map_get_next_key(int fd, const void *key, void *next);
int __wrap_bpf_map_lookup_elem(int fd, const void *key, void *value);

int __wrap_bpf_map__fd(const struct bpf_map *map)
{
	return 5;
}

uint32_t __wrap_bpf_map__key_size(const struct bpf_map *map)
{
	return sizeof(*map_keys);
}

uint32_t __wrap_bpf_map__max_entries(const struct bpf_map *map)
{
	return ARRAY_SIZE(map_keys);
}

static size_t find_key(const void *key)
{
	size_t i;

	for (i = 0; i < map_count && memcmp(&map_keys[i], key, sizeof(*map_keys)); i++)
		;
	return i;
}

int __wrap_bpf_map_get_next_key(int fd, const void *key, void *next)
{
	size_t i = key ? find_key(key) + 1 : 0;

	assert_int_equal(fd, 5);
	if (i >= map_count)
		return -1;
	memcpy(next, &map_keys[i], sizeof(*map_keys));
	return 0;
}

int __wrap_bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	size_t i = find_key(key);

	if (i == map_count)
		return -1;
	memcpy(value, &map_values[i], sizeof(*map_values));
	return 0;
}

static void disk_field(const void *key)
{
	char text[16];

	snprintf(text, sizeof(text), "d%u", *(const uint32_t *)key);
	section_field("disk", text);
	if (*(const uint32_t *)key == 2)
		section_field("flags", "Read");
}

static struct hist_style style = { .unit = "usecs", .per_unit = 1000, .fields = disk_field };

static void print_map(void *context)
{
	hist_print(NULL, &style);
}

static void number_field(const void *key)
{
	section_number("#", 1);
	section_number("pid", *(const uint32_t *)key + 18446744073709551613ULL);
}

#define ROW "         0 -> 1          : %s        |****************************************|\n"
#define HEADER "     usecs               : count     distribution\n"

/* Sections in the order of their keys, and each time only what has come meanwhile. */
static void map_in_text(void **state)
{
	char *text;

	map_keys[0] = 2;
	map_values[0].slots[0] = 3;
	map_values[0].sum = 2000;
	map_keys[1] = 1;
	map_values[1].slots[1] = 1;
	map_values[1].sum = 2500;
	map_keys[2] = 7;                /* empty */
	map_count = 3;
	text = captured(print_map, NULL);
	assert_string_equal(text, "\ndisk = d1\n" HEADER
		"         0 -> 1          : 0        |                                        |\n"
		"         2 -> 3          : 1        |****************************************|\n"
		"\ndisk = d2\tflags = Read\n" HEADER
		"         0 -> 1          : 3        |****************************************|\n");
	free(text);
	assert_int_equal(hist_total.count, 4);
	assert_int_equal(hist_total.sum, 4500);
	/* Nothing new. */
	text = captured(print_map, NULL);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(hist_total.count, 0);
	assert_int_equal(hist_total.sum, 0);
	/* Two more for one of them. */
	map_values[0].slots[0] += 2;
	map_values[0].sum += 700;
	text = captured(print_map, NULL);
	assert_string_equal(text, "\ndisk = d2\tflags = Read\n" HEADER
		"         0 -> 1          : 2        |****************************************|\n");
	free(text);
	assert_int_equal(hist_total.count, 2);
	assert_int_equal(hist_total.sum, 700);
	/* A single histogram has no section and no empty line. */
	style.fields = NULL;
	map_values[0].slots[0] += 1;
	text = captured(print_map, NULL);
	assert_string_equal(text, HEADER
		"         0 -> 1          : 1        |****************************************|\n");
	free(text);
	style.fields = disk_field;
}

static void map_in_json(void **state)
{
	char *text;

	run.json = true;
	map_keys[3] = 9;
	map_values[3] = (struct hist){ .slots = { 1, 0, 5 }, .sum = 27999 };
	map_values[0].slots[63] = 1;
	map_values[0].sum += 1000000;
	map_count = 4;
	text = captured(print_map, NULL);
	assert_int_equal(json_lines(text), 2);
	*strchr(text, '\n') = 0;
	assert_json(text, "type", "\"hist\"");
	assert_json(text, "time", "1795173392.140558");
	assert_json(text, "keys", "{\"disk\":\"d2\",\"flags\":\"Read\"}");
	assert_json(text, "buckets.63",
		"{\"low\":9223372036854775808,\"high\":18446744073709551615,\"count\":1}");
	assert_json(text, "sum", "1000");
	assert_json(text + strlen(text) + 1, "keys", "{\"disk\":\"d9\"}");
	assert_json(text + strlen(text) + 1, "unit", "\"usecs\"");
	assert_json(text + strlen(text) + 1, "buckets", "[{\"low\":0,\"high\":1,\"count\":1},"
		    "{\"low\":2,\"high\":3,\"count\":0},{\"low\":4,\"high\":7,\"count\":5}]");
	assert_json(text + strlen(text) + 1, "count", "6");
	assert_json(text + strlen(text) + 1, "sum", "27");
	free(text);
	style.fields = NULL;
	map_values[3].slots[0]++;
	text = captured(print_map, NULL);
	assert_json(text, "keys", "{}");
	free(text);
	style.fields = disk_field;
}

static void numbers_in_keys(void **state)
{
	char *text;

	map_keys[0] = 2;
	map_values[0].slots[0] = 3;
	map_count = 1;
	style.fields = number_field;
	text = captured(print_map, NULL);
	assert_memory_equal(text, "\n# = 1\tpid = 18446744073709551615\n", 34);
	free(text);
	map_values[0].slots[0]++;
	run.json = true;
	text = captured(print_map, NULL);
	assert_json(text, "keys.pid", "18446744073709551615");
	free(text);
	run.json = false;
	style.fields = disk_field;
}

#define T(name) cmocka_unit_test_setup(name, setup)

static const struct CMUnitTest tests[] = {
	T(empty),
	T(narrow),
	T(stars_are_floored),
	T(layout_by_the_highest_row),
	T(wide),
	T(bounds),
	T(large_counts),
	T(linear_layout),
	T(map_in_text),
	T(map_in_json),
	T(numbers_in_keys),
};

UNIT_MAIN(tests)
