// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "out.h"
#include "unit.h"

/* The reader that judges the output has to know wrong JSON when it sees it. */
static void reader_refuses(void **state)
{
	static const char *const wrong[] = {
		"", "{", "}", "[1,]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}",
		"[1 2]", "01",
		"1.", ".5", "-", "+1", "nul", "\"a", "\"\n\"", "\"\\x41\"", "\"\\u12g4\"", "{}{}",
		"'a'",
		"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "{a:1}",
		"[1,,2]",
	};
	static const char *const right[] = {
		"{}", "[]", " [ 1 , -2.5e+3 , \"\\u00e9\\n\" ] ",
		"{\"a\":{\"b\":[null,true,false]}}", "0", "-0.5",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
	};
	char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (json_valid(wrong[i], strlen(wrong[i])))
			fail_msg("%s is taken for JSON", wrong[i]);
	}
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		if (!json_valid(right[i], strlen(right[i])))
			fail_msg("%s is not taken for JSON", right[i]);
	}
	text = json_get("{\"a\":{\"b\":[1,{\"c\":\"x\"}]},\"b\":2}", "a.b.1.c");
	assert_string_equal(text, "\"x\"");
	free(text);
	assert_null(json_get("{\"a\":1}", "b"));
	assert_int_equal(json_lines("{}\n[1]\n"), 2);
	assert_int_equal(json_lines("{}\n[1]"), -1);
}

static void print_string(void *s)
{
	json_string(s);
	json_end();
}

static void assert_string(const char *s, const char *expected)
{
	char *copy = exact_copy(s, strlen(s) + 1), *text = captured(print_string, copy), whole[512];

	/* json_end() closes an object, which is cut off here. */
	assert_true(strlen(text) > 2);
	text[strlen(text) - 2] = 0;
	snprintf(whole, sizeof(whole), "\"%s\"", expected);
	/* A comma, if another test has printed before. */
	assert_string_equal(text + (*text == ','), whole);
	free(text);
	free(copy);
}

static void strings_plain(void **state)
{
	assert_string("", "");
	assert_string("opensnoop /etc/passwd", "opensnoop /etc/passwd");
	assert_string("a\"b\\c/d", "a\\\"b\\\\c/d");
}

static void strings_with_control_characters(void **state)
{
	char s[2] = "", expected[8];
	int c;

	for (c = 1; c < 0x20; c++) {
		*s = c;
		snprintf(expected, sizeof(expected), "\\u%04x", c);
		assert_string(s, expected);
	}
	assert_string("a\nb\x7f", "a\\u000ab\\u007f");
}

static void strings_of_utf8(void **state)
{
	static const char *const valid[] = {
		"\xc2\x80", "\xc3\xa9", "\xdf\xbf", "\xe0\xa0\x80", "\xe2\x82\xac", "\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf",
		"a\xc3\xa9z",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(valid); i++)
		assert_string(valid[i], valid[i]);
}

/* Each byte that belongs to no character on its own, and those around it stay. */
static void strings_of_broken_utf8(void **state)
{
	static const char *const table[][2] = {
		{ "\x80", "\\u0080" }, { "\xbf", "\\u00bf" }, { "\xff", "\\u00ff" },
		{ "\xfe", "\\u00fe" },
		/* cut off */
		{ "\xc3", "\\u00c3" }, { "a\xe2\x82", "a\\u00e2\\u0082" },
		{ "\xf0\x9f\x98", "\\u00f0\\u009f\\u0098" },
		/* continued by something else */
		{ "\xc3(", "\\u00c3(" }, { "\xe2\x28\xa1", "\\u00e2(\\u00a1" },
		{ "\xe2\x82\"", "\\u00e2\\u0082\\\"" }, { "\xc3\xc3\xa9", "\\u00c3\xc3\xa9" },
		/* overlong */
		{ "\xc0\xaf", "\\u00c0\\u00af" }, { "\xc1\xbf", "\\u00c1\\u00bf" },
		{ "\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf" },
		{ "\xf0\x8f\xbf\xbf", "\\u00f0\\u008f\\u00bf\\u00bf" },
		/* surrogates, the first and the last */
		{ "\xed\xa0\x80", "\\u00ed\\u00a0\\u0080" },
		{ "\xed\xbf\xbf", "\\u00ed\\u00bf\\u00bf" },
		/* beyond U+10FFFF */
		{ "\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080" },
		{ "\xf8\x88\x80\x80\x80", "\\u00f8\\u0088\\u0080\\u0080\\u0080" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		assert_string(table[i][0], table[i][1]);
}

static void print_chars(void *context)
{
	char *text = exact_copy("abc\xe2\x82\xac", 6);

	json_open('[');
	json_chars(text, 6);
	json_chars(text, 5);
	json_chars(text, 3);
	json_chars(text, 0);
	json_chars("ab\0cd", 5);
	json_close(']');
	free(text);
}

/* A character that the limit cuts in two is broken; a field need not have a NUL. */
static void chars_up_to_a_limit(void **state)
{
	char *text = captured(print_chars, NULL);

	assert_string_equal(text + (*text == ','),
		"[\"abc\xe2\x82\xac\",\"abc\\u00e2\\u0082\",\"abc\",\"\",\"ab\"]");
	free(text);
}

static void print_nested(void *context)
{
	json_begin("test", 1795158992140558915ULL);
	json_key_string("s", "x");
	json_key("o");
	json_open('{');
	json_close('}');
	json_key("a");
	json_open('[');
	json_open('[');
	json_close(']');
	json_unsigned(1);
	json_open('{');
	json_key_unsigned("k", 2);
	json_key("l");
	json_bool(true);
	json_close('}');
	json_bool(false);
	json_null();
	json_close(']');
	json_key("last");
	json_signed(-3);
	json_end();
	json_begin("next", 5000);
	json_end();
}

static void commas_and_nesting(void **state)
{
	char *text = captured(print_nested, NULL);

	assert_string_equal(text,
		"{\"type\":\"test\",\"time\":1795158992.140558,\"s\":\"x\",\"o\":{},"
		"\"a\":[[],1,{\"k\":2,\"l\":true},false,null],\"last\":-3}\n"
		"{\"type\":\"next\",\"time\":0.000005}\n");
	assert_int_equal(json_lines(text), 2);
	free(text);
}

static void print_numbers(void *context)
{
	json_begin("n", 0);
	json_key("a");
	json_open('[');
	json_unsigned(0);
	json_unsigned(UINT64_MAX);
	json_signed(INT64_MIN);
	json_signed(INT64_MAX);
	json_signed(-1);
	json_fixed(0, 3);
	json_fixed(7, 3);
	json_fixed(1000, 3);
	json_fixed(1234567, 6);
	json_fixed(UINT64_MAX, 9);
	json_fixed(42, 1);
	json_close(']');
	json_end();
}

static void numbers(void **state)
{
	char *text = captured(print_numbers, NULL);

	assert_json(text, "a",
		"[0,18446744073709551615,-9223372036854775808,9223372036854775807,-1,"
		    "0.000,0.007,1.000,1.234567,18446744073.709551615,4.2]");
	assert_json(text, "time", "0.000000");
	free(text);
}

static void print_odd_key(void *context)
{
	json_begin("k", 0);
	json_key_string("a\"b\n", "c");
	json_end();
}

static void keys_are_escaped(void **state)
{
	char *text = captured(print_odd_key, NULL);

	assert_string_equal(text, "{\"type\":\"k\",\"time\":0.000000,\"a\\\"b\\u000a\":\"c\"}\n");
	free(text);
}

static void print_doubles(void *context)
{
	static const double values[] = {
		0, 1, -1, 0.5, 97.456, 100, 1e-3, 123456789.5, 1e15, -2.5e-7, 1.0 / 3,
	};
	size_t i;

	json_begin("doubles", 0);
	json_key("a");
	json_open('[');
	for (i = 0; i < ARRAY_SIZE(values); i++)
		json_double(values[i]);
	json_double(__builtin_inf());
	json_double(-__builtin_inf());
	json_double(__builtin_nan(""));
	json_close(']');
	json_end();
}

static void doubles(void **state)
{
	char *text = captured(print_doubles, NULL);

	assert_json(text, "a",
		"[0,1,-1,0.5,97.456,100,0.001,123456789.5,1e+15,-2.5e-07,0.3333333333,"
		    "null,null,null]");
	free(text);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(doubles),
	cmocka_unit_test(reader_refuses),
	cmocka_unit_test(strings_plain),
	cmocka_unit_test(strings_with_control_characters),
	cmocka_unit_test(strings_of_utf8),
	cmocka_unit_test(strings_of_broken_utf8),
	cmocka_unit_test(chars_up_to_a_limit),
	cmocka_unit_test(commas_and_nesting),
	cmocka_unit_test(numbers),
	cmocka_unit_test(keys_are_escaped),
};

UNIT_MAIN(tests)
