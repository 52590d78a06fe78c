// SPDX-License-Identifier: GPL-2.0-only
/* Times and time zones. The witnesses are the C library's localtime_r() and, for the table of
 * rules, Python's zoneinfo. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "unit.h"
#include "util.h"

#define DAY 86400LL
#define ZONES "/usr/share/zoneinfo"

/* A clock that the tests can set; 0: the real one. */
static uint64_t fake_mono, fake_wall;

int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	uint64_t ns = clock == CLOCK_MONOTONIC ? fake_mono : fake_wall;

	if (!fake_mono)
		return __real_clock_gettime(clock, t);
	*t = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	return 0;
}

static void use_tz(const char *tz)
{
	if (tz)
		setenv("TZ", tz, 1);
	else
		unsetenv("TZ");
	tzset();
}

static int32_t libc_offset(int64_t seconds)
{
	time_t t = seconds;
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_gmtoff;
}

static void compare_at(const char *what, const struct zone *z, int64_t seconds)
{
	if (zone_offset(z, seconds) != libc_offset(seconds))
		fail_msg("%s at %lld: %d instead of %d", what, (long long)seconds,
			 zone_offset(z, seconds), libc_offset(seconds));
}

/* Compares with the C library's TZ in steps, and to the second where the offset changes. Returns
 * how many changes there were. */
static int compare(const char *what, const struct zone *z, int64_t from, int64_t to, int64_t step)
{
	int64_t t, low, high, middle;
	int changes = 0;

	for (t = from; t <= to; t += step) {
		compare_at(what, z, t);
		if (libc_offset(t) == libc_offset(t - step))
			continue;
		changes++;
		for (low = t - step, high = t; high - low > 1; ) {
			middle = (low + high) / 2;
			if (libc_offset(middle) == libc_offset(low))
				low = middle;
			else
				high = middle;
		}
		compare_at(what, z, low);
		compare_at(what, z, high);
		compare_at(what, z, high + 1);
	}
	return changes;
}

static int zone_files, zone_changes;

static int compare_file(const char *path, const struct stat *st, int type, struct FTW *f)
{
	char tz[256];
	struct zone *z;
	size_t size;
	char *data;

	/* Those of right/ count leap seconds, those of posix/ are the same once more. */
	if (type == FTW_D && (!strcmp(path + f->base, "right") || !strcmp(path + f->base, "posix")))
		return FTW_SKIP_SUBTREE;
	if (type != FTW_F)
		return FTW_CONTINUE;
	data = read_file(path, &size);
	assert_non_null(data);
	if (size > 4 && !memcmp(data, "TZif", 4)) {
		z = zone_parse((unsigned char *)data, size);
		if (!z)
			fail_msg("%s is refused", path);
		snprintf(tz, sizeof(tz), ":%s", path);
		use_tz(tz);
		zone_files++;
		zone_changes += compare(path, z, -70 * 365 * DAY, 130 * 365 * DAY, 13 * DAY);
		zone_free(z);
	}
	free(data);
	return FTW_CONTINUE;
}

static void files_agree_with_libc(void **state)
{
	if (access(ZONES "/Europe/Berlin", R_OK))
		skip_because("there is no " ZONES " (package tzdata)");
	nftw(ZONES, compare_file, 20, FTW_PHYS | FTW_ACTIONRETVAL);
	print_message("# %d zones, %d changes\n", zone_files, zone_changes);
	/* There are 300 and more; a minimal installation may have fewer, but not none. */
	assert_true(zone_files > 20);
	assert_true(zone_changes > 100);
}

static void civil_agrees_with_libc(void **state)
{
	static const char *const zones[] = {
		"", "UTC", "Europe/Berlin", ":America/St_Johns", "Pacific/Apia", "Asia/Kathmandu",
		"Australia/Lord_Howe", "Africa/Casablanca", ZONES "/Asia/Tokyo",
		":" ZONES "/Asia/Tokyo",
		"CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3", "<-03>3", "Nowhere/At_All", "America",
		NULL,
	};
	struct civil c;
	struct tm tm;
	size_t i;
	time_t t;

	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		if (zones[i] && strchr(zones[i], '/') && access(ZONES "/Europe/Berlin", R_OK))
			continue;
		use_tz(zones[i]);
		clock_init();
		/* A step that goes through all times of the day; to 2200, from 1900 or, where the C
		 * library has nothing but a rule and computes none before it, from 1970. */
		t = zones[i] && strchr("<C", *zones[i]) ? 0 : -70 * 365 * DAY;
		for (; t < 230 * 365 * DAY; t += 3 * DAY + 12347) {
			c = clock_civil(t);
			localtime_r(&t, &tm);
			if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 ||
			    c.day != tm.tm_mday || c.hour != tm.tm_hour ||
			    c.minute != tm.tm_min || c.second != tm.tm_sec)
				fail_msg("TZ=%s at %lld: %d-%d-%d %d:%d:%d",
					 zones[i] ? zones[i] : "(unset)", (long long)t, c.year,
					 c.month, c.day, c.hour, c.minute, c.second);
		}
	}
	use_tz("");
	clock_init();
}

static void assert_civil(int64_t t, int year, int month, int day, int hour, int minute, int second)
{
	struct civil c = clock_civil(t);

	assert_int_equal(c.year, year);
	assert_int_equal(c.month, month);
	assert_int_equal(c.day, day);
	assert_int_equal(c.hour, hour);
	assert_int_equal(c.minute, minute);
	assert_int_equal(c.second, second);
}

/* date -u -d @N, as a witness that is not localtime_r(). */
static void civil_known_dates(void **state)
{
	use_tz("");
	clock_init();
	assert_civil(0, 1970, 1, 1, 0, 0, 0);
	assert_civil(-1, 1969, 12, 31, 23, 59, 59);
	assert_civil(951782399, 2000, 2, 28, 23, 59, 59);
	assert_civil(951782400, 2000, 2, 29, 0, 0, 0);
	assert_civil(951868800, 2000, 3, 1, 0, 0, 0);
	assert_civil(1709164800, 2024, 2, 29, 0, 0, 0);
	assert_civil(1735689599, 2024, 12, 31, 23, 59, 59);
	assert_civil(4107542400, 2100, 3, 1, 0, 0, 0);
	assert_civil(4107542399, 2100, 2, 28, 23, 59, 59);
	assert_civil(-2203977600, 1900, 2, 28, 0, 0, 0);
	assert_civil(-2203891200, 1900, 3, 1, 0, 0, 0);
	assert_civil(4294967296, 2106, 2, 7, 6, 28, 16);
	assert_civil(-62135596800, 1, 1, 1, 0, 0, 0);
}

/* Offsets from 2023-12-20 to 2026-01-10: the first one, and each change. By
 * zoneinfo of Python 3.11. */
static const struct {
	const char *rule;
	int32_t first;
	struct { int64_t at; int32_t offset; } changes[6];
} rules[] = {
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 3600, {
		{ 1711846800, 7200 }, { 1729990800, 3600 }, { 1743296400, 7200 },
		{ 1761440400, 3600 } } },
	{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 39600, {
		{ 1712419200, 36000 }, { 1728144000, 39600 }, { 1743868800, 36000 },
		{ 1759593600, 39600 } } },
	{ "<+03>-3", 10800, {} },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, {
		{ 1711846800, -3600 }, { 1729990800, -7200 }, { 1743296400, -3600 },
		{ 1761440400, -7200 } } },
	{ "EST5EDT,M3.2.0,M11.1.0", -18000, {
		{ 1710054000, -14400 }, { 1730613600, -18000 }, { 1741503600, -14400 },
		{ 1762063200, -18000 } } },
	{ "IST-1GMT0,M10.5.0,M3.5.0/1", 0, {
		{ 1711846800, 3600 }, { 1729990800, 0 }, { 1743296400, 3600 },
		{ 1761440400, 0 } } },
	{ "AAA3BBB,J60/0,J300", -10800, {
		{ 1709262000, -7200 }, { 1730001600, -10800 }, { 1740798000, -7200 },
		{ 1761537600, -10800 } } },
	{ "AAA-3:30:15BBB-4:30,59/2,299/2:30:10", 12615, {
		/* By hand, from POSIX: Python takes day 0 for the day before the first. */
		{ 1709159385, 16200 }, { 1729893610, 12615 }, { 1740781785, 16200 },
		{ 1761516010, 12615 } } },
	{ "IST-2IDT,M3.4.4/26,M10.5.0", 7200, {
		{ 1711670400, 10800 }, { 1729983600, 7200 }, { 1743120000, 10800 },
		{ 1761433200, 7200 } } },
	{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", -10800, {
		{ 1711846800, -7200 }, { 1729990800, -10800 }, { 1743296400, -7200 },
		{ 1761440400, -10800 } } },
	{ "<-04>4<-03>,M9.1.6/24,M4.1.6/24", -10800, {
		{ 1712458800, -14400 }, { 1725768000, -10800 }, { 1743908400, -14400 },
		{ 1757217600, -10800 } } },
	{ "AAA12BBB,M2.5.0/167,M11.1.3/-167", -43200, {
		{ 1709463600, -39600 }, { 1730289600, -43200 }, { 1740913200, -39600 },
		{ 1761739200, -43200 } } },
	{ "EET-2EEST,M2.4.1,M12.5.6", 10800, {
		{ 1703890800, 7200 }, { 1708905600, 10800 }, { 1735340400, 7200 },
		{ 1740355200, 10800 }, { 1766790000, 7200 } } },
	{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39600, {
		{ 1712415600, 37800 }, { 1728142200, 39600 }, { 1743865200, 37800 },
		{ 1759591800, 39600 } } },
	{ "NZST-12NZDT,M9.5.0,M4.1.0/3", 46800, {
		{ 1712412000, 43200 }, { 1727532000, 46800 }, { 1743861600, 43200 },
		{ 1758981600, 46800 } } },
};

static void rules_agree_with_python(void **state)
{
	struct zone *z;
	int32_t before;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		z = zone_parse_rule(rules[i].rule);
		if (!z)
			fail_msg("%s is refused", rules[i].rule);
		before = rules[i].first;
		assert_int_equal(zone_offset(z, 1703030400), before);
		for (j = 0; j < 6 && rules[i].changes[j].at; j++) {
			if (zone_offset(z, rules[i].changes[j].at - 1) != before ||
			    zone_offset(z, rules[i].changes[j].at) != rules[i].changes[j].offset)
				fail_msg("%s is wrong at its change %zu", rules[i].rule, j);
			before = rules[i].changes[j].offset;
		}
		if (zone_offset(z, 1768003200) != before)
			fail_msg("%s is wrong on 2026-01-10", rules[i].rule);
		zone_free(z);
	}
}

static void rules_agree_with_libc(void **state)
{
	static const char *const text[] = {
		"UTC0", "EST5", "CET-1CEST,M3.5.0,M10.5.0/3", "AEST-10AEDT,M10.1.0,M4.1.0/3",
		"<+03>-3",
		"<+0545>-5:45", "EST5EDT,M3.2.0,M11.1.0", "IST-1GMT0,M10.5.0,M3.5.0/1",
		"AAA3BBB,J60/0,J300", "AAA3BBB,59/0,J300/24",
		"AAA-3:30:15BBB-4:30,59/2,299/2:30:10",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "NZST-12NZDT-13,M9.5.0,M4.1.0/3",
	};
	struct zone *z;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(text); i++) {
		z = zone_parse_rule(text[i]);
		if (!z)
			fail_msg("%s is refused", text[i]);
		use_tz(text[i]);
		compare(text[i], z, 0, 130 * 365 * DAY, 7 * DAY + 3607);
		zone_free(z);
	}
}

/* Summer time all year round is how RFC 8536 (3.3.1) says that a zone is always an hour ahead. */
static void rule_of_a_whole_year(void **state)
{
	struct zone *z = zone_parse_rule("EST5EDT,0/0,J365/25");
	int64_t t;

	assert_non_null(z);
	for (t = 1700000000; t < 1700000000 + 3 * 366 * DAY; t += 1800) {
		if (zone_offset(z, t) != -4 * 3600)
			fail_msg("standard time at %lld", (long long)t);
	}
	zone_free(z);
}

/* Without dates they are those of the United States, as everywhere. */
static void rule_default_dates(void **state)
{
	struct zone *z = zone_parse_rule("EST5EDT"),
		*us = zone_parse_rule("EST5EDT,M3.2.0,M11.1.0");
	int64_t t;

	assert_non_null(z);
	assert_non_null(us);
	for (t = 1700000000; t < 1700000000 + 366 * DAY; t += 1800)
		assert_int_equal(zone_offset(z, t), zone_offset(us, t));
	/* 2024-03-10 02:00 EST */
	assert_int_equal(zone_offset(z, 1710053999), -5 * 3600);
	assert_int_equal(zone_offset(z, 1710054000), -4 * 3600);
	zone_free(z);
	zone_free(us);
}

static void rules_that_are_none(void **state)
{
	static const char *const wrong[] = {
		"", "1", "C", "CE-1", "CET", "CET-", "CET-x", "CET-168", "CET-1:60", "CET-1:00:60",
		"CET--1",
		"CET-1 ", " CET-1", "CET-1:", "CET-99999999999999999999", "<CET-1", "<>-1", "<CET>",
		"<",
		"CET-1CE", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,",
		"CET-1CEST,M3.5,M10.5.0",
		"CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0/,M10.5.0",
		"CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,M3.5.0,M10.5.0,",
		"CET-1CEST,J0,J100", "CET-1CEST,J366,J100", "CET-1CEST,366,100", "CET-1CEST,-1,100",
		"CET-1CEST,M3.5.0/2:60,M10.5.0", "CET-1CEST M3.5.0,M10.5.0", "CET-1CEST,M3",
		"CET-1CEST,M3.", "CET-1CEST,M3.5.", "CET-1CEST,J", "CET-1CEST-2x", "/etc/passwd",
	};
	char *rule;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		rule = exact_copy(wrong[i], strlen(wrong[i]) + 1);
		if (zone_parse_rule(rule))
			fail_msg("'%s' is taken for a rule", wrong[i]);
		free(rule);
	}
}

/* Files made by hand. */

static unsigned char file[2048];
static size_t file_size;
static int leaps;                       /* leap seconds in each block */

static void put(uint64_t v, int bytes)
{
	while (bytes--)
		file[file_size++] = v >> 8 * bytes;
}

static void put_header(char version, uint32_t times, uint32_t types)
{
	memcpy(file + file_size, "TZif", 4);
	file[file_size + 4] = version;
	memset(file + file_size + 5, 0, 15);
	file_size += 20;
	put(0, 4);
	put(0, 4);
	put(leaps, 4);
	put(times, 4);
	put(types, 4);
	put(4, 4);
}

/* Types: 0 is OFFSET, 1 an hour more. The changes alternate, beginning with type 1. */
static void put_block(char version, int time_size, const int64_t *times, uint32_t n, int32_t offset)
{
	uint32_t i;

	put_header(version, n, 2);
	for (i = 0; i < n; i++)
		put(times[i], time_size);
	for (i = 0; i < n; i++)
		put((i + 1) % 2, 1);
	put((uint32_t)offset, 4);
	put(0, 2);
	put((uint32_t)offset + 3600, 4);
	put(1 << 8, 2);
	memcpy(file + file_size, "LMT", 4);
	file_size += 4;
	for (i = 0; i < (uint32_t)leaps; i++) {
		put(78796800 + i, time_size);
		put(i + 1, 4);
	}
}

static struct zone *parsed(size_t size)
{
	unsigned char *copy = exact_copy(file, size);
	struct zone *z = zone_parse(copy, size);

	free(copy);
	return z;
}

static void file_with_32_bits(void **state)
{
	static const int64_t times[] = { -2000000000, 1000000000, 2000000000 };
	struct zone *z;
	char tz[64];

	file_size = 0;
	put_block(0, 4, times, 3, -7200);
	z = parsed(file_size);
	assert_non_null(z);
	assert_int_equal(zone_offset(z, -2000000001), -7200);
	assert_int_equal(zone_offset(z, -2000000000), -3600);
	assert_int_equal(zone_offset(z, 999999999), -3600);
	assert_int_equal(zone_offset(z, 1000000000), -7200);
	assert_int_equal(zone_offset(z, 1999999999), -7200);
	assert_int_equal(zone_offset(z, 2000000000), -3600);
	assert_int_equal(zone_offset(z, 9000000000), -3600);
	snprintf(tz, sizeof(tz), ":%s", temporary_file(file, file_size));
	use_tz(tz);
	assert_int_equal(compare("32 bits", z, -2100000000, 2100000000, 30 * DAY), 3);
	zone_free(z);
}

/* The 32-bit block of such a file may be empty or tell something else: only the second
 * one counts. */
static void file_with_64_bits(void **state)
{
	static const int64_t small[] = { 5, 6 }, large[] = { -5000000000, 1000000000, 5000000000 };
	struct zone *z;
	char tz[64];

	file_size = 0;
	put_block('2', 4, small, 2, 10000);
	put_block('2', 8, large, 3, 18000);
	put('\n' << 8 | '\n', 2);
	z = parsed(file_size);
	assert_non_null(z);
	assert_int_equal(zone_offset(z, -5000000001), 18000);
	assert_int_equal(zone_offset(z, -5000000000), 21600);
	assert_int_equal(zone_offset(z, 5), 21600);
	assert_int_equal(zone_offset(z, 4999999999), 18000);
	assert_int_equal(zone_offset(z, 5000000000), 21600);
	assert_int_equal(zone_offset(z, 50000000000), 21600);
	snprintf(tz, sizeof(tz), ":%s", temporary_file(file, file_size));
	use_tz(tz);
	assert_int_equal(compare("64 bits", z, -5100000000, 5100000000, 30 * DAY), 3);
	zone_free(z);
}

/* A file of version 3 whose rule holds from its last change on. */
static void put_file_with_rule(void)
{
	static const int64_t times[] = { 1000000000, 1100000000 };

	file_size = 0;
	put_block('3', 4, times, 2, 3600);
	put_block('3', 8, times, 2, 3600);
	memcpy(file + file_size, "\nCET-1CEST,M3.5.0,M10.5.0/3\n", 28);
	file_size += 28;
}

static void file_with_rule(void **state)
{
	struct zone *z;

	put_file_with_rule();
	z = parsed(file_size);
	assert_non_null(z);
	assert_int_equal(zone_offset(z, 999999999), 3600);
	assert_int_equal(zone_offset(z, 1000000000), 7200);
	assert_int_equal(zone_offset(z, 1099999999), 7200);
	assert_int_equal(zone_offset(z, 1100000000), 3600);
	assert_int_equal(zone_offset(z, 1711846799), 3600);
	assert_int_equal(zone_offset(z, 1711846800), 7200);
	assert_int_equal(zone_offset(z, 1729990800), 3600);
	zone_free(z);
}

/* They are passed over: what stands behind them is found. */
static void file_with_leap_seconds(void **state)
{
	struct zone *z;

	leaps = 27;
	put_file_with_rule();
	leaps = 0;
	z = parsed(file_size);
	assert_non_null(z);
	assert_int_equal(zone_offset(z, 999999999), 3600);
	assert_int_equal(zone_offset(z, 1000000000), 7200);
	assert_int_equal(zone_offset(z, 1711846800), 7200);
	assert_int_equal(zone_offset(z, 1729990800), 3600);
	zone_free(z);
}

/* Cut off anywhere in the data it is no file; cut off in the rule it may lack the rule, but what
 * the data say does not change. */
static void file_truncated(void **state)
{
	struct zone *z;
	size_t size;

	put_file_with_rule();
	for (size = 0; size < file_size; size++) {
		z = parsed(size);
		if (size < file_size - 28 && z)
			fail_msg("%zu of %zu bytes are taken for a file", size, file_size);
		if (size >= file_size - 28 && !z)
			fail_msg("%zu of %zu bytes are refused", size, file_size);
		if (z) {
			assert_int_equal(zone_offset(z, 1050000000), 7200);
			assert_int_equal(zone_offset(z, 999999999), 3600);
			zone_offset(z, 2000000000);
		}
		zone_free(z);
	}
}

static void assert_refused(const char *what)
{
	struct zone *z = parsed(file_size);

	if (z)
		fail_msg("a file with %s is taken", what);
}

static void file_hostile(void **state)
{
	static const int64_t times[] = { 1000, 2000 }, unsorted[] = { 2000, 1000 };
	static const uint32_t counts[] = { 0xffffffff, 0x80000000, 0x7fffffff, 0x01000000, 1000 };
	size_t i;
	int which;

	for (which = 0; which < 6; which++) {
		for (i = 0; i < ARRAY_SIZE(counts); i++) {
			file_size = 0;
			put_block(0, 4, times, 2, 0);
			file_size = 20 + 4 * which;
			put(counts[i], 4);
			file_size = 44 + 2 * 5 + 2 * 6 + 4;
			assert_refused("a count that is too large");
		}
	}
	file_size = 0;
	put_block(0, 4, times, 2, 0);
	*file = 't';
	assert_refused("another magic number");
	file_size = 0;
	put_block(0, 4, unsorted, 2, 0);
	assert_refused("times out of order");
	file_size = 0;
	put_block(0, 4, times, 2, 0);
	file[44 + 8 + 1] = 2;
	assert_refused("an index beyond its types");
	file_size = 0;
	put_header(0, 0, 0);
	put(0, 4);
	assert_refused("no type");
	file_size = 0;
	put_block('2', 4, times, 2, 0);
	assert_refused("no second block");
	put_block('2', 8, times, 2, 0);
	file[44 + 2 * 5 + 2 * 6 + 4] = 'x';
	assert_refused("another magic number in the second block");
}

static void no_file_is_utc(void **state)
{
	const char *junk = temporary_file("no time zone", 12);

	use_tz(junk);
	clock_init();
	assert_civil(1700000000, 2023, 11, 14, 22, 13, 20);
	setenv("TZ", "/nonexistent", 1);
	clock_init();
	assert_civil(1700000000, 2023, 11, 14, 22, 13, 20);
	/* A second clock_init() takes the place of the first. */
	setenv("TZ", "<+03>-3", 1);
	clock_init();
	assert_civil(1700000000, 2023, 11, 15, 1, 13, 20);
	setenv("TZ", "", 1);
	clock_init();
	assert_civil(1700000000, 2023, 11, 14, 22, 13, 20);
}

static void clocks_of_the_kernel(void **state)
{
	struct timespec mono, wall;
	int64_t late;

	__real_clock_gettime(CLOCK_MONOTONIC, &mono);
	__real_clock_gettime(CLOCK_REALTIME, &wall);
	late = clock_mono_ns() - (mono.tv_sec * 1000000000ULL + mono.tv_nsec);
	assert_true(late >= 0 && late < 5000000000LL);
	late = clock_wall_ns() - (wall.tv_sec * 1000000000ULL + wall.tv_nsec);
	assert_true(late >= -1000000000LL && late < 5000000000LL);
}

static void mono_to_wall(void **state)
{
	const uint64_t s = 1000000000;

	fake_mono = 100 * s;
	fake_wall = 5000 * s;
	assert_int_equal(clock_mono_to_wall(100 * s), 5000 * s);
	assert_int_equal(clock_mono_to_wall(100 * s + 123), 5000 * s + 123);
	/* An event from before is as right. */
	assert_int_equal(clock_mono_to_wall(99 * s), 4999 * s);
	/* The clock is set 60 s ahead, which is noticed after a second. */
	fake_wall = 5062 * s;
	fake_mono = 102 * s;
	assert_int_equal(clock_mono_to_wall(102 * s), 5062 * s);
	assert_int_equal(clock_mono_to_wall(103 * s), 5063 * s);
	fake_mono = 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(clocks_of_the_kernel),
	cmocka_unit_test(mono_to_wall),
	cmocka_unit_test(civil_known_dates),
	cmocka_unit_test(civil_agrees_with_libc),
	cmocka_unit_test(files_agree_with_libc),
	cmocka_unit_test(rules_agree_with_python),
	cmocka_unit_test(rules_agree_with_libc),
	cmocka_unit_test(rule_of_a_whole_year),
	cmocka_unit_test(rule_default_dates),
	cmocka_unit_test(rules_that_are_none),
	cmocka_unit_test(file_with_32_bits),
	cmocka_unit_test(file_with_64_bits),
	cmocka_unit_test(file_with_rule),
	cmocka_unit_test(file_with_leap_seconds),
	cmocka_unit_test(file_truncated),
	cmocka_unit_test(file_hostile),
	cmocka_unit_test(no_file_is_utc),
};

UNIT_MAIN(tests)
