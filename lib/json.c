// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "json.h"
#include "out.h"

static bool comma;                      /* something stands before, on the same level */

static void separate(void)
{
	if (comma)
		out_char(',');
	comma = true;
}

void json_open(char bracket)
{
	separate();
	out_char(bracket);
	comma = false;
}

void json_close(char bracket)
{
	out_char(bracket);
	comma = true;
}

void json_key(const char *key)
{
	json_string(key);
	out_char(':');
	comma = false;
}

size_t utf8_char(const char *text, size_t max, uint32_t *to)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len, i;
	uint32_t c;

	len = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;
	*to = *s;
	if (len < 2 || len > max)
		return len == 1;
	c = *s & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	*to = c;
	return c < least[len] || c > 0x10ffff || c >> 11 == 0x1b ? 0 : len;
}

void json_chars(const char *text, size_t max)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t left = strnlen(text, max), len;
	char escape[] = "\\u0000";
	uint32_t c;

	separate();
	out_char('"');
	while (left) {
		len = utf8_char((const char *)s, left, &c);
		if (*s == '"' || *s == '\\') {
			out_char('\\');
			out_char(*s);
		} else if (len && *s >= 0x20 && *s != 0x7f) {
			out_write((const char *)s, len);
		} else {                /* control characters, and bytes that are no UTF-8 */
			len = 1;
			escape[4] = hex[*s >> 4];
			escape[5] = hex[*s & 15];
			out_str(escape);
		}
		s += len;
		left -= len;
	}
	out_char('"');
}

void json_string(const char *s)
{
	json_chars(s, (size_t)-1);
}

void json_unsigned(uint64_t v)
{
	separate();
	out_unsigned(v);
}

void json_signed(int64_t v)
{
	separate();
	out_signed(v);
}

void json_fixed(uint64_t v, int decimals)
{
	separate();
	out_fixed(v, decimals);
}

void json_double(double v)
{
	char text[32];

	separate();
	snprintf(text, sizeof(text), "%.10g", v);
	/* JSON has neither infinities nor NaN. */
	out_str(text[strspn(text, "-+.e0123456789")] ? "null" : text);
}

void json_bool(bool v)
{
	separate();
	out_str(v ? "true" : "false");
}

void json_null(void)
{
	separate();
	out_str("null");
}

void json_key_string(const char *key, const char *s)
{
	json_key(key);
	json_string(s);
}

void json_key_unsigned(const char *key, uint64_t v)
{
	json_key(key);
	json_unsigned(v);
}

void json_begin(const char *type, uint64_t wall_ns)
{
	comma = false;
	json_open('{');
	json_key_string("type", type);
	json_key("time");
	json_fixed(wall_ns / 1000, 6);
}

void json_end(void)
{
	json_close('}');
	comma = false;
	out_char('\n');
}
