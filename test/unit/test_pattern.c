// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "pattern.h"
#include "unit.h"

/* What Python 3.11's re.search() says of bytes. */
static const struct {
	const char *expression;
	const char *in[8], *not_in[8];
} table[] = {
	{ "", { "", "abc", NULL }, {} },
	{ "abc", { "abc", "xabcx", "aabc", NULL }, { "ab", "ABC", "", NULL } },
	{ "a.c", { "abc", "a\xff" "c", "a.c", NULL }, { "a\nc", "ac", NULL } },
	{ "^abc", { "abc", "abcx", NULL }, { "xabc", NULL } },
	{ "abc$", { "abc", "xabc", NULL }, { "abcx", NULL } },
	{ "^$", { "", NULL }, { "a", NULL } },
	{ "^", { "", "a", NULL }, {} },
	{ "$", { "", "a", NULL }, {} },
	{ "a$b", {}, { "a$b", "ab", NULL } },
	{ "a^b", {}, { "a^b", "ab", NULL } },
	{ "^a|b$", { "ax", "xb", "b", NULL }, { "xa", "bx", NULL } },
	{ "(^|/)x($|/)", { "x", "/x", "a/x/b", NULL }, { "ax", "xa", "/xa", NULL } },
	{ "ab*c", { "ac", "abc", "abbbbc", NULL }, { "abb", "bc", NULL } },
	{ "ab+c", { "abc", "abbbbc", NULL }, { "ac", NULL } },
	{ "ab?c", { "ac", "abc", NULL }, { "abbc", NULL } },
	{ "a*", { "", "b", "aaa", NULL }, {} },
	{ "(ab)*c", { "c", "ababc", "abac", NULL }, { "x", NULL } },
	{ "^(ab)*$", { "", "ab", "abab", NULL }, { "aba", NULL } },
	{ "^(a|b)*c$", { "abbac", "c", NULL }, { "abbad", NULL } },
	{ "^(a*)*$", { "", "aaaa", NULL }, { "aaab", NULL } },
	{ "^(a*)+b$", { "b", "aab", NULL }, { "aac", NULL } },
	{ "^(a|ab)(c|bcd)(d*)$",
	  { "abcd", "abcdd", "acd", "ac", "abc", NULL },
	  { "abcbcd", NULL } },
	{ "a{3}", { "aaa", "aaaa", NULL }, { "aa", NULL } },
	{ "^a{3}$", { "aaa", NULL }, { "aa", "aaaa", NULL } },
	{ "^a{2,}$", { "aa", "aaaaaa", NULL }, { "a", NULL } },
	{ "^a{,2}$", { "", "a", "aa", NULL }, { "aaa", NULL } },
	{ "^a{1,3}$", { "a", "aaa", NULL }, { "", "aaaa", NULL } },
	{ "^a{0}b$", { "b", NULL }, { "ab", NULL } },
	{ "^a{0,0}b$", { "b", NULL }, { "ab", NULL } },
	{ "^a{,}$", { "", "aaaa", NULL }, { "b", NULL } },
	{ "^(ab){2}c{2,3}$", { "ababcc", "ababccc", NULL }, { "abcc", "ababcccc", NULL } },
	{ "^(a{2}){3}$", { "aaaaaa", NULL }, { "aaaaa", "aaaaaaa", NULL } },
	{ "a{x}", { "a{x}", NULL }, { "ax", NULL } },
	{ "a{", { "a{", NULL }, { "a", NULL } },
	{ "a{}", { "a{}", NULL }, { "a", NULL } },
	{ "a{1", { "a{1", NULL }, { "a", NULL } },
	{ "a{1,", { "a{1,", NULL }, { "a", NULL } },
	{ "a{1,x}", { "a{1,x}", NULL }, { "a", NULL } },
	{ "x{,y}", { "x{,y}", NULL }, { "x", NULL } },
	{ "a{ 1}", { "a{ 1}", NULL }, { "a", NULL } },
	{ "a{-1}", { "a{-1}", NULL }, { "a", NULL } },
	{ "a{+1}", {}, { "a{+1}", "a", NULL } },
	{ "a{1, 2}", { "a{1, 2}", NULL }, { "a", NULL } },
	{ "a{1 }", { "a{1 }", NULL }, { "a", NULL } },
	{ "a}", { "a}", NULL }, { "a", NULL } },
	{ "a]", { "a]", NULL }, { "a", NULL } },
	{ "^a*?b$", { "b", "aab", NULL }, {} },
	{ "^a+?$", { "aa", NULL }, { "", NULL } },
	{ "^a?\?b$", { "b", "ab", NULL }, { "aab", NULL } },
	{ "^a{1,2}?$", { "a", "aa", NULL }, { "aaa", NULL } },
	{ "[abc]", { "a", "c", "xb", NULL }, { "d", NULL } },
	{ "[^abc]", { "d", "abcd", "\n", NULL }, { "a", "", "abc", NULL } },
	{ "^[a-c]+$", { "abc", NULL }, { "abd", "", NULL } },
	{ "^[^a-c]+$", { "xyz", "\n", NULL }, { "xaz", NULL } },
	{ "[]a]", { "]", "a", NULL }, { "b", NULL } },
	{ "[^]a]", { "b", NULL }, { "]", "a", NULL } },
	{ "[a-]", { "-", "a", NULL }, { "b", NULL } },
	{ "[-a]", { "-", "a", NULL }, { "b", NULL } },
	{ "[a^]", { "^", "a", NULL }, { "b", NULL } },
	{ "[a-cx-z]", { "b", "y", NULL }, { "m", NULL } },
	{ "[.]", { ".", NULL }, { "a", NULL } },
	{ "[*+?]", { "*", "?", NULL }, { "a", NULL } },
	{ "[(|)]", { "|", "(", NULL }, { "a", NULL } },
	{ "[$]", { "$", NULL }, { "a", NULL } },
	{ "[\\]]", { "]", NULL }, { "\\", NULL } },
	{ "[\\\\]", { "\\", NULL }, { "a", NULL } },
	{ "[\\-a]", { "-", "a", NULL }, { "\\", NULL } },
	{ "[\\d_]", { "5", "_", NULL }, { "a", NULL } },
	{ "[^\\d]", { "a", NULL }, { "5", NULL } },
	{ "[\\w.]", { ".", "a", NULL }, { "-", NULL } },
	{ "[^\\s\\w]", { "-", NULL }, { " ", "a", NULL } },
	{ "[\\D]", { "a", NULL }, { "5", NULL } },
	{ "[\\n\\t]", { "\n", "\t", NULL }, { "n", NULL } },
	{ "[+--]", { ",", "+", "-", NULL }, { ".", NULL } },
	{ "[!--]", { "#", "-", NULL }, { ".", NULL } },
	{ "[{}]", { "{", NULL }, { "a", NULL } },
	{ "[a-a]", { "a", NULL }, { "b", NULL } },
	{ "[\\.a]", { ".", "a", NULL }, { "\\", NULL } },
	{ "\\d", { "a5", NULL }, { "a", NULL } },
	{ "\\D", { "5a", NULL }, { "5", NULL } },
	{ "^\\w+$", { "abc_19", NULL }, { "a b", "\xe9", "", NULL } },
	{ "\\W", { "a-", NULL }, { "abc", NULL } },
	{ "\\s", { "a b", "\x0b", "\x0c", "\x0d", "\n", NULL }, { "ab", NULL } },
	{ "\\S", { " x", NULL }, { " \t\n\x0b\x0c\x0d", NULL } },
	{ "^\\S+$", { "ab", NULL }, { "a b", NULL } },
	{ "\\bfoo\\b", { "foo", "a foo b", "foo-bar", NULL }, { "foobar", "xfoo", "foo_", NULL } },
	{ "\\Bfoo", { "xfoo", NULL }, { "foo", " foo", NULL } },
	{ "foo\\B", { "foox", NULL }, { "foo", NULL } },
	{ "\\b", { "a", NULL }, { " ", NULL } },
	{ "^\\b", { "a", NULL }, { " a", NULL } },
	{ "\\.", { ".", NULL }, { "a", NULL } },
	{ "\\*", { "*", NULL }, { "a", NULL } },
	{ "a\\+b", { "a+b", NULL }, { "aab", NULL } },
	{ "\\(\\)", { "()", NULL }, { "", NULL } },
	{ "\\[a\\]", { "[a]", NULL }, { "a", NULL } },
	{ "\\{1\\}", { "{1}", NULL }, {} },
	{ "\\|", { "|", NULL }, { "a", NULL } },
	{ "\\^", { "^", NULL }, { "a", NULL } },
	{ "\\$", { "$", NULL }, { "a", NULL } },
	{ "\\\\", { "\\", NULL }, { "a", NULL } },
	{ "\\/", { "/", NULL }, { "a", NULL } },
	{ "\\-", { "-", NULL }, {} },
	{ "\\n", { "a\nb", NULL }, { "n", NULL } },
	{ "\\t", { "\t", NULL }, { "t", NULL } },
	{ "\\r", { "\x0d", NULL }, { "r", NULL } },
	{ "\\ ", { " ", NULL }, { "a", NULL } },
	{ "\\?", { "?", NULL }, { "a", NULL } },
	{ "a|b", { "a", "b", "xb", NULL }, { "c", NULL } },
	{ "a|", { "", "b", NULL }, {} },
	{ "|a", { "", "b", NULL }, {} },
	{ "^(a|)$", { "", "a", NULL }, { "b", NULL } },
	{ "a|b|cd", { "cd", "xb", NULL }, { "c", NULL } },
	{ "^(|a)b$", { "b", "ab", NULL }, { "aab", NULL } },
	{ "||", { "", NULL }, {} },
	{ "()", { "", "a", NULL }, {} },
	{ "^()*$", { "", NULL }, { "a", NULL } },
	{ "^(?:ab)+$", { "abab", NULL }, { "aba", NULL } },
	{ "((a))", { "a", NULL }, { "b", NULL } },
	{ "^((a|b)c)+$", { "acbc", NULL }, { "acb", NULL } },
	{ "^(a(b(c)?)?)?d$", { "d", "ad", "abd", "abcd", NULL }, { "acd", NULL } },
	{ "^/(etc|usr/share)/.*\\.conf$",
	  { "/etc/x.conf", "/usr/share/a/b.conf", "/etc/.conf", NULL },
	  { "/var/x.conf", "/etc/x.config", NULL } },
	{ "^nginx(-[a-z]+)?$", { "nginx", "nginx-worker", NULL }, { "nginx-", "nginxx", NULL } },
	{ "(sh|bash|zsh)$", { "/bin/bash", "/bin/fish", "/bin/csh", NULL }, { "dashx", NULL } },
	{ "^\\d{1,3}(\\.\\d{1,3}){3}$",
	  { "10.0.0.1", "255.255.255.255", NULL },
	  { "10.0.0", "1234.0.0.1", NULL } },
	{ "^[^/]*$", { "abc", "", NULL }, { "a/b", NULL } },
	{ "^.{3}$", { "abc", NULL }, { "ab", "a\nb", NULL } },
	{ "^.*$", { "", "abc", NULL }, { "a\nb", NULL } },
	{ "x*y*z*$", { "", "xyz", "zyx", NULL }, {} },
	{ "\xe9", { "caf\xe9", NULL }, { "cafe", NULL } },
	{ "[\xe0-\xef]", { "\xe9", NULL }, { "e", "\xff", NULL } },
	{ "[^a]", { "\xff", NULL }, { "a", NULL } },
	{ "(a?){3}a{3}", { "aaa", NULL }, { "aa", NULL } },
	{ "^(a|aa)+$", { "aaaaa", NULL }, { "aaaab", NULL } },
	{ "^(.*)(.*)x$", { "abcx", NULL }, { "abc", NULL } },
	{ "(a*)*b", { "aaab", "b", NULL }, { "aaa", NULL } },
	{ "^(ab|a)(bc|c)?$", { "abc", "ab", "ac", "a", "abbc", NULL }, {} },
	{ "(^a)+", { "aa", NULL }, { "ba", NULL } },
	{ "(a$)+", { "ba", NULL }, { "ab", NULL } },
	{ "(^)*a", { "ba", NULL }, {} },
	{ "x(^|y)a", { "xya", NULL }, { "xa", "a", NULL } },
	{ "(\\b)*a", { "a", NULL }, {} },
	{ "(a{2}){2}", { "aaaa", NULL }, { "aaa", NULL } },
	{ "^[\\w.]+@[\\w.]+$", { "a.b@c.d", NULL }, { "a@", "@a", NULL } },
	{ "#", { "#", NULL }, {} },
	{ "%s", { "%s", NULL }, {} },
	{ "a,b", { "a,b", NULL }, {} },
	{ "~", { "~", NULL }, {} },
	{ "a=b", { "a=b", NULL }, {} },
	{ "&", { "&", NULL }, {} },
	{ ":", { ":", NULL }, {} },
};

static void assert_in(const struct pattern *p, const char *expression, const char *text,
	bool expected)
{
	char *copy = exact_copy(text, strlen(text) + 1);

	if (pattern_in(p, copy) != expected)
		fail_msg("/%s/ %s in '%s'", expression, expected ? "is not found" : "is found",
			text);
	free(copy);
}

static void finds_what_python_finds(void **state)
{
	struct pattern *p;
	char *copy;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		copy = exact_copy(table[i].expression, strlen(table[i].expression) + 1);
		p = pattern_parse(copy);
		free(copy);
		if (!p)
			fail_msg("/%s/ is refused", table[i].expression);
		for (j = 0; table[i].in[j]; j++)
			assert_in(p, table[i].expression, table[i].in[j], true);
		for (j = 0; table[i].not_in[j]; j++)
			assert_in(p, table[i].expression, table[i].not_in[j], false);
		pattern_free(p);
	}
}

/* One byte at a time, against a character class as Python has it. */
static void classes(void **state)
{
	static const char digits[] = "0123456789", spaces[] = " \t\n\v\f\r";
	struct pattern *digit = pattern_parse("^\\d"), *word = pattern_parse("^\\w");
	struct pattern *space = pattern_parse("^\\s"), *any = pattern_parse("^.");
	struct pattern *none = pattern_parse("^[^\\d\\D]"), *high = pattern_parse("^[\x80-\xff]");
	char s[2] = "";
	int c;

	for (c = 1; c < 256; c++) {
		*s = c;
		assert_int_equal(pattern_in(digit, s), !!strchr(digits, c));
		assert_int_equal(pattern_in(space, s), !!strchr(spaces, c));
		assert_int_equal(pattern_in(word, s), !!strchr(digits, c) || c == '_' ||
				 (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
		assert_int_equal(pattern_in(any, s), c != '\n');
		assert_int_equal(pattern_in(high, s), c >= 128);
		assert_false(pattern_in(none, s));
	}
	pattern_free(digit);
	pattern_free(word);
	pattern_free(space);
	pattern_free(any);
	pattern_free(none);
	pattern_free(high);
}

static void assert_refused(const char *expression)
{
	char *copy = exact_copy(expression, strlen(expression) + 1);
	struct pattern *p = pattern_parse(copy);

	free(copy);
	if (p)
		fail_msg("/%.40s/ is taken", expression);
}

/* Python refuses these too. */
static void refuses_what_is_wrong(void **state)
{
	static const char *const wrong[] = {
		"*", "+a", "?", "(", ")", "a)", "(a", "(a))", "((a)", "a|*", "(*a)", "[", "[a",
		"[]", "[^]",
		"[^", "[b-a]", "[a-\\d]", "\\", "a\\", "[\\", "[a\\", "a{3,2}", "(?P<n>", "(?",
		"(+)", "|*",
		"(a|+)", "[z-a]", "a(b", "a(b))",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refused(wrong[i]);
}

/* What Python would do otherwise is refused rather than misread. */
static void refuses_what_it_cannot(void **state)
{
	static const char *const more[] = {
		"(?i)a", "(?=a)", "(?!a)", "(?<=a)b", "(a)\\1", "\\Aa", "a\\Z", "\\x41", "\\u0041",
		"[\\x41]",
		"[\\b]", "(?P<n>a)",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(more); i++)
		assert_refused(more[i]);
}

/* Numbers that do not fit an int are not other numbers. */
static void repeats_that_are_too_many(void **state)
{
	static const char *const wrong[] = {
		"a{256}", "a{1,256}", "a{4294967297}", "a{1,4294967298}", "a{18446744073709551617}",
		"a{1,99999999999999999999}",
	};
	struct pattern *p = pattern_parse("^a{255}$");
	char text[257];
	size_t i;

	assert_non_null(p);
	memset(text, 'a', 256);
	text[256] = 0;
	assert_false(pattern_in(p, text));
	text[255] = 0;
	assert_true(pattern_in(p, text));
	text[254] = 0;
	assert_false(pattern_in(p, text));
	pattern_free(p);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refused(wrong[i]);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static char *repeated(const char *head, const char *s, size_t times, const char *tail)
{
	size_t len = strlen(s), n = strlen(head), i;
	char *text = malloc(n + times * len + strlen(tail) + 1);

	memcpy(text, head, n);
	for (i = 0; i < times; i++)
		memcpy(text + n + i * len, s, len);
	strcpy(text + n + times * len, tail);
	return text;
}

/* Each of these would take for ever or all memory if it were compiled, or the stack if it were
 * read. */
static void hostile_expressions(void **state)
{
	static const struct { const char *head, *part; size_t times; const char *tail; } table[] = {
		{ "", "(", 100000, "" }, { "", "((((((((((", 9, "a" }, { "", "()", 100000, "" },
		{ "((((((((((a){255}){255}){255}){255}){255}){255}){255}){255}){255})", "{255}", 1,
		  "" },
		{ "a", "{255}", 50, "" }, { "()", "{255}", 50, "" }, { "(|)", "{255}", 100, "" },
		{ "(a?)", "{0,255}", 20, "" }, { "(a*)", "{2,}", 100, "" },
		{ "", "[a-z]{255}", 90, "" },
		{ "", "a|", 100000, "" }, { "", "(a|", 60, "" }, { "", "a{255}", 8, "" },
		{ "", "\\", 999, "" },
		{ "a", "*", 990, "" }, { "", "^*", 490, "" }, { "", "(a*)*", 190, "" },
	};
	double began;
	char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		text = repeated(table[i].head, table[i].part, table[i].times, table[i].tail);
		began = seconds();
		pattern_free(pattern_parse(text));
		if (seconds() - began > 0.5)
			fail_msg("expression %zu takes %f s", i, seconds() - began);
		free(text);
	}
}

/* Where a backtracking machine takes 2^n steps. */
static void hostile_texts(void **state)
{
	static const char *const expressions[] = {
		"(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)(.*)b", "(a?){60}a{60}b",
		"(x+x+)+y|(a+)+b", "(((a*)*)*)*b",
	};
	char *text = repeated("", "a", 20000, "");
	struct pattern *p;
	double began;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expressions); i++) {
		p = pattern_parse(expressions[i]);
		assert_non_null(p);
		began = seconds();
		assert_false(pattern_in(p, text));
		if (seconds() - began > 2)
			fail_msg("/%s/ takes %f s", expressions[i], seconds() - began);
		pattern_free(p);
	}
	free(text);
}

/* The list of ways through is shared: one search leaves nothing behind for the next. */
static void two_at_a_time(void **state)
{
	struct pattern *p = pattern_parse("^ab+c$"), *q = pattern_parse("[xyz]{2}");
	int i;

	for (i = 0; i < 1000; i++) {
		assert_true(pattern_in(p, "abbc"));
		assert_false(pattern_in(q, "abbc"));
		assert_false(pattern_in(p, "xxyy"));
		assert_true(pattern_in(q, "axy"));
	}
	pattern_free(p);
	pattern_free(q);
	pattern_free(NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(finds_what_python_finds),
	cmocka_unit_test(classes),
	cmocka_unit_test(refuses_what_is_wrong),
	cmocka_unit_test(refuses_what_it_cannot),
	cmocka_unit_test(repeats_that_are_too_many),
	cmocka_unit_test(hostile_expressions),
	cmocka_unit_test(hostile_texts),
	cmocka_unit_test(two_at_a_time),
};

UNIT_MAIN(tests)
