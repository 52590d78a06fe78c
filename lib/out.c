// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"
#include "json.h"
#include "loop.h"
#include "out.h"
#include "path.h"
#include "util.h"

uint64_t since_ns;
unsigned long long rows;

static char buf[1 << 16];
static size_t used;

/* Once the run is over, a reader that reads nothing for so many ms does not keep us. */
#define PATIENCE 500
#define CHUNK 4096                      /* PIPE_BUF: so much never blocks when poll() says so */

static bool can_write(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int n;

	do
		n = poll(&fd, 1, PATIENCE);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

void out_flush(void)
{
	size_t done = 0, part;
	ssize_t n;

	while (done < used) {
		part = used - done;
		if (stopped()) {
			part = part > CHUNK ? CHUNK : part;
			if (!can_write()) {
				warn("nobody reads; the last %zu bytes are dropped", used - done);
				used = 0;
				exit(EXIT_SUCCESS);
			}
		}
		n = write(STDOUT_FILENO, buf + done, part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			used = 0;
			/* Nobody reads any more, or nobody ever did (">&-"). */
			if (errno == EPIPE || errno == EBADF)
				exit(EXIT_SUCCESS);
			die("cannot write the output: %s", strerror(errno));
		}
		done += n;
	}
	used = 0;
}

void out_write(const char *s, size_t len)
{
	size_t part;

	while (len) {
		if (used == sizeof(buf))
			out_flush();
		part = len < sizeof(buf) - used ? len : sizeof(buf) - used;
		memcpy(buf + used, s, part);
		used += part;
		s += part;
		len -= part;
	}
}

void out_str(const char *s)
{
	out_write(s, strlen(s));
}

void out_char(char c)
{
	if (used == sizeof(buf))
		out_flush();
	buf[used++] = c;
}

/* Decimal digits before END, at least DIGITS of them. */
static char *decimal(char *end, uint64_t v, int digits)
{
	do {
		*--end = '0' + v % 10;
		v /= 10;
	} while (--digits > 0 || v);
	return end;
}

void out_unsigned(uint64_t v)
{
	char text[24], *end = text + sizeof(text), *s = decimal(end, v, 1);

	out_write(s, end - s);
}

void out_signed(int64_t v)
{
	if (v < 0)
		out_char('-');
	out_unsigned(v < 0 ? -(uint64_t)v : (uint64_t)v);
}

/* V / 10^DECIMALS before END. */
static char *fixed(char *end, uint64_t v, int decimals)
{
	uint64_t unit = 1;
	int i;

	for (i = 0; i < decimals; i++)
		unit *= 10;
	end = decimal(end, v % unit, decimals);
	*--end = '.';
	return decimal(end, v / unit, 1);
}

void out_fixed(uint64_t v, int decimals)
{
	char text[32], *end = text + sizeof(text), *s = fixed(end, v, decimals);

	out_write(s, end - s);
}

/* If what stands at S would do something to a terminal: how many bytes that are, and how to write
 * it instead. That are the control characters, also those of U+0080 to U+009F. */
static int control(const char *text, const char *end, char to[8])
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	bool c1 = end - text > 1 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0;

	if (!c1 && *s >= 0x20 && *s != 0x7f)
		return 0;
	strcpy(to, *s == '\n' ? "\\n" : *s == '\t' ? "\\t" : c1 ? "\\u0000" : "\\x00");
	if (*s != '\n' && *s != '\t') {
		to[strlen(to) - 2] = hex[s[c1] >> 4];
		to[strlen(to) - 1] = hex[s[c1] & 15];
	}
	return 1 + c1;
}

static size_t safe_length(const char *s, size_t max)
{
	const char *end = s + strnlen(s, max);
	char instead[8];
	size_t n = 0;
	int taken;

	while (s < end) {
		taken = control(s, end, instead);
		n += taken ? strlen(instead) : 1;
		s += taken ? taken : 1;
	}
	return n;
}

void out_safe(const char *s, size_t max)
{
	const char *end = s + strnlen(s, max), *from = s;
	char instead[8];
	int taken;

	while (s < end) {
		taken = control(s, end, instead);
		if (!taken) {
			s++;
			continue;
		}
		out_write(from, s - from);
		out_str(instead);
		from = s += taken;
	}
	out_write(from, s - from);
}

void say(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	if (run.json)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	out_str(text);
}

/* HH:MM:SS of a time since the epoch. It is the same for many rows, so it is kept. */
static const char *time_of_day(uint64_t wall_ns)
{
	static char text[] = "00:00:00";
	static int64_t second = -1;
	int64_t now = wall_ns / 1000000000;
	struct civil c;

	if (now != second) {
		second = now;
		c = clock_civil(now);
		decimal(text + 2, c.hour, 2);
		decimal(text + 5, c.minute, 2);
		decimal(text + 8, c.second, 2);
	}
	return text;
}

const char *out_time(void)
{
	return time_of_day(clock_wall_ns());
}

void stamp(bool clock)
{
	say("\n");
	if (clock)
		say("%-8s\n", out_time());
}

const char *col_key(const struct col *c)
{
	static char key[32];
	size_t i;

	if (c->how == CLOCK || c->how == SINCE)
		return NULL;
	if (c->key)
		return *c->key ? c->key : NULL;
	for (i = 0; c->head[i] && i < sizeof(key) - 1; i++)
		key[i] = isalnum((unsigned char)c->head[i]) ? tolower((unsigned char)c->head[i])
							    : '_';
	while (i && key[i - 1] == '_')
		i--;
	key[i] = 0;
	return key;
}

static bool shown(const struct col *c)
{
	return !c->show || *c->show;
}

static bool is_signed(enum type t)
{
	return t >= T_S8 && t <= T_S64;
}

static uint64_t value(const struct col *c, const void *event)
{
	const char *p = (const char *)event + c->off;

	switch (c->type) {
	case T_BOOL: return *(const bool *)p;
	case T_U8: return *(const uint8_t *)p;
	case T_S8: return *(const int8_t *)p;
	case T_U16: return *(const uint16_t *)p;
	case T_S16: return *(const int16_t *)p;
	case T_U32: return *(const uint32_t *)p;
	case T_S32: return *(const int32_t *)p;
	default: return *(const uint64_t *)p;
	}
}

/* The text that a column of characters refers to, and its size at most. */
static const char *string(const struct col *c, const void *event, size_t *max)
{
	const char *p = (const char *)event + c->off;

	*max = c->type == T_STRING ? (size_t)-1 : c->size;
	return c->type == T_STRING ? *(const char *const *)p : p;
}

/* Puts together what bpf/path.h describes. It is valid until the next call. */
static const char *whole_path(const char *names)
{
	static char text[2 * PATH_SIZE];
	char *end = text + sizeof(text) - 1, *s = end;
	const char *first = names, *name;
	bool root = false;
	size_t len;

	name = first + strlen(first) + 1;
	if (!*name)
		return first;
	len = strlen(first);
	s -= len;
	memcpy(s, first, len);
	for (; *name && !root; name += len + 1) {
		len = strlen(name);
		root = *name == '/';
		if (s - text < (long)len + 8)
			break;
		if (!root || s == end || *s != '/')
			*--s = '/';
		if (!root) {
			s -= len;
			memcpy(s, name, len);
		}
	}
	if (!root) {
		s -= 6;
		memcpy(s, "[...]/", 6);
	}
	return s;
}

const char *address_text(const struct address *a)
{
	static char text[INET6_ADDRSTRLEN];

	if (!a->version)
		return NULL;
	return inet_ntop(a->version == 4 ? AF_INET : AF_INET6, a->ip, text, sizeof(text));
}

static void pad(int n)
{
	while (n-- > 0)
		out_char(' ');
}

/* What stands before and behind a value of so many characters. */
static void before(const struct col *c, size_t len)
{
	if (!run.csv && c->width > 0)
		pad(c->width - (int)len);
}

static void behind(const struct col *c, size_t len, bool last)
{
	if (last)
		return;
	if (run.csv) {
		out_char(',');
		return;
	}
	if (c->width < 0)
		pad(-c->width - (int)len);
	if (!c->tight)
		out_char(' ');
}

static void cell(const struct col *c, const char *s, size_t len, bool last)
{
	before(c, len);
	out_write(s, len);
	behind(c, len, last);
}

static bool last_shown(const struct col *c)
{
	for (c++; c->head; c++) {
		if (shown(c))
			return false;
	}
	return true;
}

/* Whether the column has no value here. */
static bool is_none(const struct col *c, const void *event)
{
	const void *p = (const char *)event + c->off;

	switch (c->type) {
	case T_STRING: return !*(const char *const *)p;
	case T_ADDRESS: return !((const struct address *)p)->version;
	case T_DOUBLE: return c->none && *(const double *)p < 0;
	default: return c->none && is_signed(c->type) && (int64_t)value(c, event) < 0;
	}
}

/* Not snprintf() for what most rows have: it takes ten times as long. */
static char *scaled(char *end, const struct col *c, uint64_t v)
{
	bool negative = is_signed(c->type) && (int64_t)v < 0;
	double quotient = (double)(negative ? -v : v) / c->scale;
	int i;

	for (i = 0; i < c->digits; i++)
		quotient *= 10;
	if (c->how == SCALED)
		quotient += 0.5;
	end = c->digits ? fixed(end, quotient, c->digits) : decimal(end, quotient, 1);
	if (negative)
		*--end = '-';
	return end;
}

static void text_double(const struct col *c, const void *event, bool last)
{
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), "%.*f%s", c->digits,
		     *(const double *)((const char *)event + c->off), c->suffix ? c->suffix : "");
	cell(c, text, n, last);
}

static void text_number(const struct col *c, const void *event, bool last)
{
	uint64_t v = value(c, event), since;
	char text[72], *end = text + sizeof(text), *s;

	switch (c->how) {
	case SCALED:
	case WHOLE:
		s = scaled(end, c, v);
		break;
	case OCT:
		s = end;
		do {
			*--s = '0' + (v & 7);
			v >>= 3;
		} while (v || end - s < abs(c->width));
		break;
	case HEX:
		s = end;
		do {
			*--s = "0123456789abcdef"[v & 15];
			v >>= 4;
		} while (v);
		break;
	case SINCE:
		since = v > since_ns ? v - since_ns : 0;
		for (int i = c->digits; i < 9; i++)
			since /= 10;
		s = fixed(end, since, c->digits);
		break;
	default:
		if (is_signed(c->type) && (int64_t)v < 0) {
			s = decimal(end, -v, 1);
			*--s = '-';
		} else {
			s = decimal(end, v, 1);
		}
	}
	cell(c, s, end - s, last);
}

static void text_string(const struct col *c, const void *event, bool last)
{
	size_t max, len;
	const char *s;

	s = string(c, event, &max);
	if (c->how == PATH) {
		s = whole_path(s);
		max = (size_t)-1;
	}
	if (c->cut && !run.csv && max > (size_t)abs(c->width))
		max = abs(c->width);
	len = safe_length(s, max);
	before(c, len);
	out_safe(s, max);
	behind(c, len, last);
}

static void text_clock(const struct col *c, const void *event, bool last)
{
	uint64_t ns = clock_mono_to_wall(value(c, event)), part = ns % 1000000000;
	char text[24], *end = text + sizeof(text), *s = end;
	int i;

	if (c->digits) {
		for (i = c->digits; i < 9; i++)
			part /= 10;
		s = decimal(s, part, c->digits);
		*--s = '.';
	}
	s -= 8;
	memcpy(s, time_of_day(ns), 8);
	cell(c, s, end - s, last);
}

static void text_row(const void *event)
{
	const struct col *c;
	const char *s;
	bool last;

	for (c = run.tool->cols; c->head; c++) {
		if (!shown(c))
			continue;
		last = last_shown(c);
		if (is_none(c, event)) {
			s = c->none ? c->none : "";
			cell(c, s, strlen(s), last);
		} else if (c->how == CLOCK) {
			text_clock(c, event, last);
		} else if (c->type == T_DOUBLE) {
			text_double(c, event, last);
		} else if (c->type == T_ADDRESS) {
			s = address_text((const void *)((const char *)event + c->off));
			cell(c, s, strlen(s), last);
		} else if (c->type >= T_CHARS) {
			text_string(c, event, last);
		} else {
			text_number(c, event, last);
		}
	}
	out_char('\n');
}

static void json_value(const struct col *c, const void *event)
{
	const char *p = (const char *)event + c->off, *s;
	size_t max;
	uint64_t v;

	if (is_none(c, event)) {
		json_null();
		return;
	}
	if (c->type >= T_CHARS) {
		s = string(c, event, &max);
		if (c->how == PATH)
			json_string(whole_path(s));
		else
			json_chars(s, max);
		return;
	}
	if (c->type == T_ADDRESS) {
		json_string(address_text((const void *)p));
		return;
	}
	if (c->type == T_DOUBLE) {
		json_double(*(const double *)p);
		return;
	}
	v = value(c, event);
	if (c->type == T_BOOL)
		json_bool(v);
	else if (is_signed(c->type))
		json_signed(v);
	else
		json_unsigned(v);
}

/* When it happened, by the first column that says so; else now. */
static uint64_t row_time(const void *event)
{
	const struct col *c;

	for (c = run.tool->cols; c->head; c++) {
		if (c->how == CLOCK || c->how == SINCE)
			return clock_mono_to_wall(value(c, event));
	}
	return clock_wall_ns();
}

static void json_row(const void *event)
{
	const struct col *c;
	const char *key;

	json_begin("event", row_time(event));
	for (c = run.tool->cols; c->head; c++) {
		key = col_key(c);
		if (!key)
			continue;
		json_key(key);
		json_value(c, event);
	}
}

void row_with(const void *event, void (*extra)(const void *event))
{
	rows++;
	if (run.json)
		json_row(event);
	else
		text_row(event);
	if (extra)
		extra(event);
	if (run.json)
		json_end();
}

void row(const void *event)
{
	row_with(event, NULL);
}

void header(void)
{
	const struct col *c;

	if (run.json || !run.tool->cols)
		return;
	for (c = run.tool->cols; c->head; c++) {
		if (shown(c))
			cell(c, c->head, strlen(c->head), last_shown(c));
	}
	out_char('\n');
}
