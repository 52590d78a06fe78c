// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "clock.h"
#include "util.h"

#define NS 1000000000ULL
#define DAY 86400

/* When a period of a rule begins, in local time of the period before it. */
struct change {
	enum { JULIAN, DAY_OF_YEAR, WEEKDAY } how;
	int month, week, day;           /* WEEKDAY uses all three, the others only the day */
	int32_t second;                 /* of that day; may lie in another one */
};

struct rule {
	int32_t standard, summer;       /* offsets */
	bool has_summer;
	struct change begin, end;
};

struct zone {
	size_t count;
	int64_t *times;                 /* ascending: from here on ... */
	int32_t *offsets;               /* ... this one holds */
	int32_t first;                  /* before all of them */
	bool has_rule;                  /* after all of them */
	struct rule rule;
};

static struct zone *zone;

uint64_t clock_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

uint64_t clock_wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

uint64_t clock_mono_to_wall(uint64_t mono_ns)
{
	static uint64_t offset, read_at;
	uint64_t now;

	/* The clock may be set while we run, so the distance is measured anew each second. */
	if (!read_at || (int64_t)(mono_ns - read_at) > (int64_t)NS) {
		now = clock_mono_ns();
		offset = clock_wall_ns() - now;
		read_at = mono_ns;
	}
	return mono_ns + offset;
}

/* Days since the epoch of a date in the Gregorian calendar, and back; the year is counted from
 * March, so that the leap day is its last (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t era, y = year - (month <= 2);
	int64_t of_era, day_of_year;

	era = (y >= 0 ? y : y - 399) / 400;
	of_era = y - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719468;
}

static struct civil date_of(int64_t days)
{
	int64_t era, day_of_era, year_of_era, day_of_year, m;
	struct civil c = {};

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	m = (5 * day_of_year + 2) / 153;
	c.day = day_of_year - (153 * m + 2) / 5 + 1;
	c.month = m + (m < 10 ? 3 : -9);
	c.year = year_of_era + era * 400 + (c.month <= 2);
	return c;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The second since the epoch at which a change happens, in the local time that it is given in. */
static int64_t change_at(const struct change *c, int64_t year)
{
	static const unsigned char month_days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;
	int64_t first, day;
	int weekday, last;

	switch (c->how) {
	case JULIAN:                    /* 1 to 365; the leap day is not counted */
		day = days_of(year, 1, 1) + c->day - 1 + (leap && c->day > 59);
		break;
	case DAY_OF_YEAR:
		day = days_of(year, 1, 1) + c->day;
		break;
	default:
		first = days_of(year, c->month, 1);
		weekday = ((first + 4) % 7 + 7) % 7;
		last = month_days[c->month - 1] + (leap && c->month == 2);
		day = (c->day - weekday + 7) % 7 + 7 * (c->week - 1);
		if (day >= last)        /* week 5 is the last one that there is */
			day -= 7;
		day += first;
	}
	return day * DAY + c->second;
}

static int32_t rule_offset(const struct rule *r, int64_t seconds)
{
	int64_t year, begin, end;
	bool summer;

	if (!r->has_summer)
		return r->standard;
	year = date_of(floor_div(seconds + r->standard, DAY)).year;
	begin = change_at(&r->begin, year) - r->standard;
	end = change_at(&r->end, year) - r->summer;
	/* South of the equator summer lasts over the end of the year. */
	summer =
		begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
	return summer ? r->summer : r->standard;
}

int32_t zone_offset(const struct zone *z, int64_t seconds)
{
	size_t low = 0, high = z->count, middle;

	if (z->has_rule && (!z->count || seconds >= z->times[z->count - 1]))
		return rule_offset(&z->rule, seconds);
	while (low < high) {
		middle = (low + high) / 2;
		if (z->times[middle] <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? z->offsets[low - 1] : z->first;
}

/* Parsers of the rule: each moves *S behind what it has read. */

static bool rule_name(const char **s)
{
	const char *from = *s;

	if (**s == '<') {
		while (**s && **s != '>')
			++*s;
		return *(*s) && *(*s)++ == '>' && *s - from > 2;
	}
	while (isalpha((unsigned char)**s))
		++*s;
	return *s - from >= 3;
}

static bool rule_int(const char **s, int max, int *to)
{
	*to = 0;
	if (!isdigit((unsigned char)**s))
		return false;
	while (isdigit((unsigned char)**s)) {
		*to = *to * 10 + *(*s)++ - '0';
		if (*to > max)
			return false;
	}
	return true;
}

/* [+-]hh[:mm[:ss]]; RFC 8536 allows 167 hours. */
static bool rule_time(const char **s, int32_t *to)
{
	int sign = 1, part, unit;

	if (**s == '+' || **s == '-')
		sign = *(*s)++ == '-' ? -1 : 1;
	if (!rule_int(s, 167, &part))
		return false;
	*to = part * 3600;
	for (unit = 60; unit && **s == ':'; unit /= 60) {
		++*s;
		if (!rule_int(s, 59, &part))
			return false;
		*to += part * unit;
	}
	*to *= sign;
	return true;
}

static bool rule_change(const char **s, struct change *c)
{
	bool ok;

	if (*(*s)++ != ',')
		return false;
	if (**s == 'M') {
		++*s;
		c->how = WEEKDAY;
		ok = rule_int(s, 12, &c->month) && c->month && *(*s)++ == '.' &&
		     rule_int(s, 5, &c->week) && c->week && *(*s)++ == '.' &&
		     rule_int(s, 6, &c->day);
	} else if (**s == 'J') {
		++*s;
		c->how = JULIAN;
		ok = rule_int(s, 365, &c->day) && c->day;
	} else {
		c->how = DAY_OF_YEAR;
		ok = rule_int(s, 365, &c->day);
	}
	if (!ok)
		return false;
	c->second = 2 * 3600;
	if (**s != '/')
		return true;
	++*s;
	return rule_time(s, &c->second);
}

static bool parse_rule(const char *s, struct rule *r)
{
	*r = (struct rule){};
	if (!rule_name(&s) || !rule_time(&s, &r->standard))
		return false;
	r->standard = -r->standard;     /* POSIX counts west of Greenwich */
	if (!*s)
		return true;
	if (!rule_name(&s))
		return false;
	r->has_summer = true;
	r->summer = r->standard + 3600;
	if (*s && *s != ',') {
		if (!rule_time(&s, &r->summer))
			return false;
		r->summer = -r->summer;
	}
	if (!*s)                        /* the rules of the United States, as everywhere */
		s = ",M3.2.0,M11.1.0";
	return rule_change(&s, &r->begin) && rule_change(&s, &r->end) && !*s;
}

struct zone *zone_parse_rule(const char *text)
{
	struct zone *z = xmalloc(sizeof(*z));

	*z = (struct zone){ .has_rule = true };
	if (!parse_rule(text, &z->rule)) {
		free(z);
		return NULL;
	}
	return z;
}

static int64_t big_endian(const unsigned char *p, int bytes)
{
	uint64_t v = *p & 0x80 ? ~0ULL : 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

/* The counts in the header of RFC 8536, in their order. */
enum { UT_COUNT, STD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, CHAR_COUNT, COUNTS };
#define HEADER_SIZE 44

static bool zone_header(const unsigned char *data, size_t size, int time_size, size_t n[COUNTS],
			size_t *body)
{
	int i;

	if (size < HEADER_SIZE || memcmp(data, "TZif", 4))
		return false;
	for (i = 0; i < COUNTS; i++) {
		n[i] = (uint32_t)big_endian(data + 20 + 4 * i, 4);
		if (n[i] > size)
			return false;
	}
	*body = n[TIME_COUNT] * (time_size + 1) + n[TYPE_COUNT] * 6 + n[CHAR_COUNT] +
		n[LEAP_COUNT] * (time_size + 4) + n[STD_COUNT] + n[UT_COUNT];
	return n[TYPE_COUNT] && *body <= size - HEADER_SIZE;
}

/* The rule between two newlines behind the data, for the time after the last change. */
static bool zone_footer(const unsigned char *p, size_t size, struct rule *to)
{
	char text[128];
	size_t i;

	if (!size || *p != '\n')
		return false;
	for (i = 0; i + 1 < size && i + 1 < sizeof(text) && p[i + 1] != '\n'; i++)
		text[i] = p[i + 1];
	text[i] = 0;
	return parse_rule(text, to);
}

struct zone *zone_parse(const unsigned char *data, size_t size)
{
	const unsigned char *times, *index, *types;
	size_t n[COUNTS], body, i;
	int time_size = 4;
	struct zone *z;

	if (!zone_header(data, size, time_size, n, &body))
		return NULL;
	/* From version 2 on everything is there a second time, with 64 bits. */
	if (data[4] >= '2') {
		data += HEADER_SIZE + body;
		size -= HEADER_SIZE + body;
		time_size = 8;
		if (!zone_header(data, size, time_size, n, &body))
			return NULL;
	}
	times = data + HEADER_SIZE;
	index = times + n[TIME_COUNT] * time_size;
	types = index + n[TIME_COUNT];
	z = xmalloc(sizeof(*z));
	*z = (struct zone){ .first = big_endian(types, 4) };
	z->times = xmalloc(n[TIME_COUNT] * sizeof(*z->times) + 1);
	z->offsets = xmalloc(n[TIME_COUNT] * sizeof(*z->offsets) + 1);
	for (i = 0; i < n[TIME_COUNT]; i++) {
		if (index[i] >= n[TYPE_COUNT])
			break;
		z->times[i] = big_endian(times + i * time_size, time_size);
		z->offsets[i] = big_endian(types + index[i] * 6, 4);
		if (i && z->times[i] < z->times[i - 1])
			break;
	}
	z->count = i;
	if (i < n[TIME_COUNT]) {
		zone_free(z);
		return NULL;
	}
	if (time_size == 8)
		z->has_rule = zone_footer(data + HEADER_SIZE + body, size - HEADER_SIZE - body,
					  &z->rule);
	return z;
}

void zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->times);
	free(z->offsets);
	free(z);
}

static struct zone *zone_read(const char *path)
{
	struct zone *z;
	size_t size;
	char *data;

	data = read_file(path, &size);
	if (!data)
		return NULL;
	z = zone_parse((unsigned char *)data, size);
	free(data);
	return z;
}

void clock_init(void)
{
	const char *tz = getenv("TZ");
	char path[256];

	zone_free(zone);
	zone = NULL;
	if (tz && *tz == ':')
		tz++;
	if (!tz) {
		zone = zone_read("/etc/localtime");
	} else if (*tz == '/') {
		zone = zone_read(tz);
	} else if (*tz) {
		snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", tz);
		zone = zone_read(path);
		if (!zone)
			zone = zone_parse_rule(tz);
	}
}

struct civil clock_civil(int64_t seconds)
{
	int64_t days, second;
	struct civil c;

	if (zone)
		seconds += zone_offset(zone, seconds);
	days = floor_div(seconds, DAY);
	second = seconds - days * DAY;
	c = date_of(days);
	c.hour = second / 3600;
	c.minute = second / 60 % 60;
	c.second = second % 60;
	return c;
}
