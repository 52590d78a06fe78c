// SPDX-License-Identifier: GPL-2.0-only
/* Rows in text and JSON. The witness of the text is printf() with the classic formats. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "json.h"
#include "out.h"
#include "path.h"
#include "unit.h"

/* 2026-11-20 11:16:32 UTC, when the machine had run for 5,000 s. */
#define MONO 5000000000000ULL
#define WALL 1795173392140558915ULL

static uint64_t wall = WALL;

int __wrap_clock_gettime(clockid_t, struct timespec *);

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	uint64_t ns = clock == CLOCK_MONOTONIC ? MONO : wall;

	*t = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	return 0;
}

struct event {
	uint64_t ns, u64;
	int64_t s64;
	const char *string;
	uint32_t u32, flags;
	int32_t s32, mode;
	uint16_t u16;
	int16_t s16;
	uint8_t u8;
	int8_t s8;
	bool yes;
	double number;
	struct address address;
	char comm[16];
	char path[PATH_ROOM];
};

/* Rows are printed of a malloc()ed event, so that a sanitizer sees what reads beyond its fields. */
static struct event *e;
static struct tool tool = { .name = "test" };
static bool shown, hidden;

static int setup(void **state)
{
	e = calloc(1, sizeof(*e));
	run.tool = &tool;
	run.json = false;
	run.csv = false;
	hidden = false;
	shown = true;
	since_ns = 0;
	setenv("TZ", "", 1);
	clock_init();
	return !e;
}

static int teardown(void **state)
{
	free(e);
	return 0;
}

static void print_header_and_row(void *cols)
{
	tool.cols = cols;
	header();
	row(e);
}

static void print_row(void *cols)
{
	tool.cols = cols;
	row(e);
}

#define assert_row(cols, ...) assert_printed(print_row, cols, __VA_ARGS__)

__attribute__((format(printf, 3, 4)))
static void assert_printed(void (*print)(void *), const struct col *cols, const char *fmt, ...)
{
	char *text, *expected;
	va_list args;

	va_start(args, fmt);
	assert_true(vasprintf(&expected, fmt, args) >= 0);
	va_end(args);
	text = captured(print, (void *)cols);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
}

static const struct col open_cols[] = {
	{ COL(u32, "PID", -6, "Process ID") },
	{ COL(comm, "COMM", -16, "Command name") },
	{ COL(s32, "FD", 4, "File descriptor") },
	{ COL(u8, "ERR", 3, "errno") },
	{ COL(path, "PATH", 0, "File name"), .how = PATH },
	{}
};

/* opensnoop's formats. */
static void header_and_row_as_classic(void **state)
{
	char expected[512];
	int n;

	e->u32 = 181;
	strcpy(e->comm, "nginx");
	e->s32 = 3;
	strcpy(e->path, "/etc/passwd");
	n = sprintf(expected, "%-6s %-16s %4s %3s %s\n", "PID", "COMM", "FD", "ERR", "PATH");
	sprintf(expected + n, "%-6u %-16s %4d %3d %s\n", 181, "nginx", 3, 0, "/etc/passwd");
	assert_printed(print_header_and_row, open_cols, "%s", expected);
	e->s32 = -1;
	e->u8 = 13;
	assert_row(open_cols, "%-6u %-16s %4d %3d %s\n", 181, "nginx", -1, 13, "/etc/passwd");
}

/* A value that is too wide moves the rest, but nothing is cut. */
static void wide_values(void **state)
{
	e->u32 = 4194304;
	memcpy(e->comm, "exactly-16-bytes", 16);
	e->s32 = 1048576;
	strcpy(e->path, "x");
	assert_row(open_cols, "%-6u %-16.16s %4d %3d %s\n", 4194304, "exactly-16-bytes", 1048576,
		   0, "x");
}

static void integers_of_all_types(void **state)
{
	static const struct col cols[] = {
		{ COL(yes, "B", 2, "") }, { COL(u8, "U8", 4, "") }, { COL(s8, "S8", -5, "") },
		{ COL(u16, "U16", 6, "") }, { COL(s16, "S16", -7, "") },
		{ COL(u32, "U32", 11, "") },
		{ COL(s32, "S32", -12, "") }, { COL(u64, "U64", 21, "") },
		{ COL(s64, "S64", 21, "") }, {}
	};
	static const char *const fmt =
		"%2d %4u %-5d %6u %-7d %11u %-12d %21" PRIu64 " %21" PRId64 "\n";
	char expected[256];

	assert_row(cols, fmt, 0, 0, 0, 0, 0, 0, 0, (uint64_t)0, (int64_t)0);
	e->yes = true;
	e->u8 = UINT8_MAX;
	e->s8 = INT8_MIN;
	e->u16 = UINT16_MAX;
	e->s16 = INT16_MIN;
	e->u32 = UINT32_MAX;
	e->s32 = INT32_MIN;
	e->u64 = UINT64_MAX;
	e->s64 = INT64_MIN;
	assert_row(cols, fmt, 1, UINT8_MAX, INT8_MIN, UINT16_MAX, INT16_MIN, UINT32_MAX, INT32_MIN,
		   UINT64_MAX, INT64_MIN);
	e->s8 = INT8_MAX;
	e->s16 = -1;
	e->s32 = INT32_MAX;
	e->s64 = INT64_MAX;
	assert_row(cols, fmt, 1, UINT8_MAX, INT8_MAX, UINT16_MAX, -1, UINT32_MAX, INT32_MAX,
		   UINT64_MAX, INT64_MAX);
	run.json = true;
	snprintf(expected, sizeof(expected),
		"{\"type\":\"event\",\"time\":1795173392.140558,\"b\":true,"
		 "\"u8\":255,\"s8\":127,\"u16\":65535,\"s16\":-1,"
		 "\"u32\":4294967295,\"s32\":2147483647,"
		 "\"u64\":18446744073709551615,\"s64\":9223372036854775807}\n");
	assert_row(cols, "%s", expected);
}

static void octal_and_hexadecimal(void **state)
{
	static const struct col cols[] = {
		{ COL(flags, "FLAGS", -8, ""), .how = OCT, .none = "n/a" },
		{ COL(mode, "MODE", -4, ""), .how = OCT, .none = "n/a" },
		{ COL(u64, "ADDR", 16, ""), .how = HEX }, { COL(u8, "X", -4, ""), .how = HEX },
		{ COL(mode, "LAST", 4, ""), .how = OCT, .none = "n/a" }, {}
	};
	char *text;

	e->flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	e->mode = 0644;
	e->u64 = 0xffffffff81000abcULL;
	e->u8 = 10;
	assert_row(cols, "%08o %04o %16" PRIx64 " %-4x %04o\n", e->flags, e->mode, e->u64, 10,
		e->mode);
	e->flags = e->u64 = e->mode = e->u8 = 0;
	assert_row(cols, "00000000 0000 %16x %-4x 0000\n", 0, 0);
	e->flags = UINT32_MAX;
	e->mode = -1;
	assert_row(cols, "37777777777 n/a  %16x %-4x  n/a\n", 0, 0);
	run.json = true;
	text = captured(print_row, (void *)cols);
	assert_json(text, "flags", "4294967295");
	assert_json(text, "mode", "null");
	assert_json(text, "addr", "0");
	free(text);
	e->mode = 0644;
	text = captured(print_row, (void *)cols);
	assert_json(text, "mode", "420");
	free(text);
}

static void seconds_since(void **state)
{
	static const struct col cols[] = {
		{ COL(ns, "TIME(s)", -13, ""), .how = SINCE, .digits = 9 },
		{ COL(ns, "TIME(ms)", 9, ""), .how = SINCE, .digits = 3 },
		{ COL(ns, "T", -4, ""), .how = SINCE, .digits = 1 }, {}
	};

	since_ns = 1000000000;
	e->ns = 13345678912;
	assert_row(cols, "%-13s %9s %s\n", "12.345678912", "12.345", "12.3");
	e->ns = since_ns;
	assert_row(cols, "%-13s %9s %s\n", "0.000000000", "0.000", "0.0");
	/* Events of several CPUs may come out of order. */
	e->ns = since_ns - 1;
	assert_row(cols, "%-13s %9s %s\n", "0.000000000", "0.000", "0.0");
	e->ns = since_ns + 1000 * 1000000000ULL + 5;
	assert_row(cols, "%-13s %9s %s\n", "1000.000000005", "1000.000", "1000.0");
}

static void time_of_day(void **state)
{
	static const struct col cols[] = {
		{ COL(ns, "TIME", -8, ""), .how = CLOCK }, { COL(u32, "PID", -6, "") }, {}
	};
	static const struct col finer[] = {
		{ COL(ns, "TIME", -13, ""), .how = CLOCK, .digits = 3 },
		{ COL(u32, "PID", -6, "") }, {}
	};
	char *text;

	/* date -u -d @1795173392 */
	e->ns = MONO;
	assert_row(finer, "11:16:32.140  0\n");
	e->ns = MONO + 859441085;
	assert_row(finer, "11:16:33.000  0\n");
	e->ns = MONO;
	assert_row(cols, "11:16:32 0\n");
	e->ns = MONO + 859441085 - 1;
	assert_row(cols, "11:16:32 0\n");
	e->ns = MONO + 859441085;
	assert_row(cols, "11:16:33 0\n");
	/* The same in JSON, where it is the line's time. */
	run.json = true;
	text = captured(print_row, (void *)cols);
	assert_json(text, "time", "1795173393.000000");
	assert_json(text, "pid", "0");
	free(text);
	e->ns = MONO - 60 * 1000000000ULL;
	text = captured(print_row, (void *)cols);
	assert_json(text, "time", "1795173332.140558");
	free(text);
	run.json = false;
	/* Both digits of each number are new ones. */
	e->ns = MONO - (8 * 3600 + 15 * 60 + 28) * 1000000000ULL;
	assert_row(cols, "03:01:04 0\n");
	setenv("TZ", "AAA-5:30", 1);
	clock_init();
	e->ns = MONO - 10 * 1000000000ULL;
	assert_row(cols, "16:46:22 0\n");
}

/* A tool that shows no time still has one in JSON: now. */
static void time_of_rows_without_one(void **state)
{
	static const struct col cols[] = { { COL(u32, "PID", -6, "") }, {} };
	char *text;

	run.json = true;
	text = captured(print_row, (void *)cols);
	assert_json(text, "time", "1795173392.140558");
	free(text);
}

static void columns_shown_and_hidden(void **state)
{
	static const struct col cols[] = {
		{ COL(u32, "PID", -6, ""), .show = &shown }, { COL(u8, "ERR", 3, "") },
		{ COL(comm, "COMM", -16, ""), .show = &hidden }, {}
	};
	char *text;

	e->u32 = 5;
	strcpy(e->comm, "sh");
	/* The last one that is shown has no blanks behind it. */
	assert_printed(print_header_and_row, cols, "%-6s %3s\n%-6d %3d\n", "PID", "ERR", 5, 0);
	hidden = true;
	assert_printed(print_header_and_row, cols, "%-6s %3s %s\n%-6d %3d %s\n", "PID", "ERR",
		       "COMM", 5, 0, "sh");
	shown = false;
	assert_printed(print_header_and_row, cols, "%3s %s\n%3d %s\n", "ERR", "COMM", 0, "sh");
	hidden = false;
	run.json = true;
	text = captured(print_header_and_row, (void *)cols);
	assert_int_equal(json_lines(text), 1);
	assert_json(text, "pid", "5");
	assert_json(text, "comm", "\"sh\"");
	free(text);
}

static void strings(void **state)
{
	static const struct col cols[] = {
		{ COL(string, "NAME", -6, "") }, { COL(string, "RIGHT", 8, "") },
		{ COL(comm, "COMM", -16, "") }, {}
	};
	char *text;

	e->string = "abc";
	strcpy(e->comm, "x y");
	assert_row(cols, "%-6s %8s %s\n", "abc", "abc", "x y");
	e->string = "";
	*e->comm = 0;
	assert_row(cols, "%-6s %8s %s\n", "", "", "");
	e->string = "longer than it should be";
	assert_row(cols, "%s %s %s\n", e->string, e->string, "");
	run.json = true;
	e->string = NULL;
	text = captured(print_row, (void *)cols);
	assert_json(text, "name", "null");
	assert_json(text, "comm", "\"\"");
	free(text);
}

/* JSON has null for it, so text has to survive it. */
static void string_that_is_null(void **state)
{
	static const struct col cols[] = {
		{ COL(string, "NAME", -6, "") }, { COL(u8, "ERR", 3, "") }, {}
	};
	struct outcome o;

	e->string = NULL;
	o = in_child(print_row, (void *)cols);
	assert_int_equal(o.status, -1);
	assert_non_null(strstr(o.out, "   0\n"));
	outcome_free(&o);
}

/* No name moves the cursor, makes a line or hides what follows. */
static void control_characters(void **state)
{
	static const struct col cols[] = {
		{ COL(comm, "COMM", -16, "") }, { COL(path, "PATH", 0, ""), .how = PATH }, {}
	};
	char expected[16];
	int c;

	strcpy(e->comm, "a\nb\tc");
	memcpy(e->path, "\033[2J\r\x7f\b\0", 9);
	assert_row(cols, "%-16s %s\n", "a\\nb\\tc", "\\x1b[2J\\x0d\\x7f\\x08");
	memcpy(e->path, "caf\xc3\xa9\0", 7);
	*e->comm = 0;
	assert_row(cols, "%-16s %s\n", "", "caf\xc3\xa9");
	for (c = 1; c < 0x20; c++) {
		if (c == '\n' || c == '\t')
			continue;
		e->path[0] = c;
		e->path[1] = e->path[2] = 0;
		snprintf(expected, sizeof(expected), "\\x%02x", c);
		assert_row(cols, "%-16s %s\n", "", expected);
	}
	/* In a field without a NUL, too, and nothing beyond it. */
	memset(e->comm, 1, sizeof(e->comm));
	memcpy(e->path, "next\0", 6);
	assert_row(cols, "%s %s\n",
		"\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01",
		   "next");
}

/* In a right-aligned column the width counts what is printed. */
static void control_characters_aligned_right(void **state)
{
	static const struct col cols[] = {
		{ COL(comm, "COMM", 16, "") }, { COL(u8, "ERR", 3, "") }, {}
	};

	strcpy(e->comm, "a\nb");
	assert_row(cols, "%16s %3d\n", "a\\nb", 0);
}

static void set_path(const char *names, size_t size)
{
	memset(e->path, 'x', sizeof(e->path));
	memcpy(e->path, names, size);
}

/* NAMES are strings with their NUL; the literal's own NUL is the empty one at the end. */
#define assert_path(names, expected) do {				\
	set_path(names, sizeof(names));					\
	run.json = false;						\
	assert_row(cols, "%s\n", expected);				\
	run.json = true;						\
	json = captured(print_row, (void *)cols);			\
	assert_json(json, "path", "\"" expected "\"");			\
	free(json);							\
} while (0)

/* As in bpf/path.h. */
static void paths(void **state)
{
	static const struct col cols[] = { { COL(path, "PATH", 0, ""), .how = PATH }, {} };
	char *json;

	/* nothing looked up: as the caller gave it */
	assert_path("\0", "");
	assert_path("x\0", "x");
	assert_path("/etc/passwd\0", "/etc/passwd");
	assert_path("../y\0", "../y");
	/* from the directory up to the root */
	assert_path("x\0/\0", "/x");
	assert_path("x\0home\0/\0", "/home/x");
	assert_path("x/y\0c\0b\0a\0/\0", "/a/b/c/x/y");
	assert_path(".\0b\0a\0/\0", "/a/b/.");
	/* too deep */
	assert_path("x\0c\0b\0", "[...]/b/c/x");
}

/* As deep and as long as the kernel side can make it. */
static void path_of_full_length(void **state)
{
	static const struct col cols[] = { { COL(path, "PATH", 0, ""), .how = PATH }, {} };
	char *p, *text;
	size_t total;
	int i;

	memset(e->path, 0, sizeof(e->path));
	p = e->path + sprintf(e->path, "name") + 1;
	for (i = 0; i < 15; i++, p += 256)
		memset(p, 'a' + i, 255);
	strcpy(p, "/");
	total = 4 + 15 * 256 + 1;
	text = captured(print_row, (void *)cols);
	assert_int_equal(strlen(text), total + 1);
	assert_memory_equal(text, "/ooo", 4);
	assert_string_equal(text + total - 7, "aa/name\n");
	free(text);
	/* 64 single letters, and no root. */
	memset(e->path, 0, sizeof(e->path));
	p = e->path + sprintf(e->path, "name") + 1;
	for (i = 0; i < PATH_DEPTH; i++, p += 2)
		*p = 'a' + i % 26;
	text = captured(print_row, (void *)cols);
	assert_int_equal(strlen(text), 5 + 2 * PATH_DEPTH + 5 + 1);
	assert_memory_equal(text, "[...]/", 6);
	assert_string_equal(text + strlen(text) - 10, "/b/a/name\n");
	free(text);
}

static void keys(void **state)
{
	static const struct col cols[] = {
		{ COL(u32, "PID", -6, "") }, { COL(u32, "RET VAL", -6, "") },
		{ COL(u32, "D", -6, ""), .key = "disk_id" },
		{ COL(ns, "TIME", -8, ""), .how = CLOCK },
		{ COL(ns, "TIME(s)", -8, ""), .how = SINCE },
	};

	assert_string_equal(col_key(&cols[0]), "pid");
	assert_string_equal(col_key(&cols[1]), "ret_val");
	assert_string_equal(col_key(&cols[2]), "disk_id");
	assert_null(col_key(&cols[3]));
	assert_null(col_key(&cols[4]));
}

static void extra(const void *event)
{
	if (run.json)
		json_key_unsigned("more", ((const struct event *)event)->u8);
	else
		say("    more %d\n", ((const struct event *)event)->u8);
}

static void print_with(void *cols)
{
	tool.cols = cols;
	row_with(e, extra);
}

static void rows_with_more(void **state)
{
	static const struct col cols[] = { { COL(u32, "PID", -6, "") }, {} };
	unsigned long long before = rows;
	char *text;

	e->u8 = 7;
	assert_printed(print_with, cols, "0\n    more 7\n");
	run.json = true;
	text = captured(print_with, (void *)cols);
	assert_int_equal(json_lines(text), 1);
	assert_json(text, "more", "7");
	free(text);
	assert_int_equal(rows, before + 2);
}

static void odd_names_in_json(void **state)
{
	static const struct col cols[] = { { COL(comm, "COMM", -16, "") },
		{ COL(path, "PATH", 0, ""), .how = PATH }, {} };
	char *text;

	run.json = true;
	memcpy(e->comm, "\"\\\n\xff,}{][\x80\xc3\xa9\0", 14);
	strcpy(e->path, "\xed\xa0\x80");
	text = captured(print_row, (void *)cols);
	assert_json(text, "comm", "\"\\\"\\\\\\u000a\\u00ff,}{][\\u0080\xc3\xa9\"");
	assert_json(text, "path", "\"\\u00ed\\u00a0\\u0080\"");
	free(text);
}

static void print_many(void *cols)
{
	tool.cols = cols;
	for (e->u32 = 0; e->u32 < 20000; e->u32++)
		row(e);
}

/* More than the buffer holds: nothing is lost, doubled or out of line where it is written. */
static void rows_beyond_the_buffer(void **state)
{
	static const struct col cols[] = { { COL(u32, "PID", -6, "") },
		{ COL(comm, "COMM", -10, "") }, { COL(u32, "N", 7, "") }, {} };
	char *text, *line, expected[64];
	int i, n;

	strcpy(e->comm, "comm");
	text = captured(print_many, (void *)cols);
	for (i = 0, line = text; i < 20000; i++, line += n) {
		n = sprintf(expected, "%-6d %-10s %7d\n", i, "comm", i);
		if (strncmp(line, expected, n))
			fail_msg("row %d is %.*s", i, n, line);
	}
	assert_int_equal(*line, 0);
	free(text);
}

static void print_numbers(void *context)
{
	out_unsigned(0);
	out_char(' ');
	out_unsigned(UINT64_MAX);
	out_char(' ');
	out_signed(INT64_MIN);
	out_char(' ');
	out_signed(-7);
	out_char(' ');
	out_fixed(1234, 3);
	out_char(' ');
	out_fixed(4, 3);
	out_char(' ');
	out_safe("a\033\n\tb", 4);
	out_write("xyz", 2);
	out_str("!");
}

static void plain_output(void **state)
{
	char *text = captured(print_numbers, NULL);

	assert_string_equal(text,
		"0 18446744073709551615 -9223372036854775808 -7 1.234 0.004 a\\x1b\\n\\txy!");
	free(text);
}

static void print_words(void *context)
{
	say("Tracing %s... Hit Ctrl-C to end.\n", "x");
	stamp(false);
	stamp(true);
}

static void words_for_people(void **state)
{
	char *text;

	wall = WALL + 3600000000000ULL;
	text = captured(print_words, NULL);
	assert_string_equal(text, "Tracing x... Hit Ctrl-C to end.\n\n\n12:16:32\n");
	free(text);
	run.json = true;
	text = captured(print_words, NULL);
	assert_string_equal(text, "");
	free(text);
	wall = WALL;
}

static void print_to(void *path)
{
	int fd = open(path, O_WRONLY);

	dup2(fd, STDOUT_FILENO);
	out_str("text\n");
	out_flush();
}

static void full_disk(void **state)
{
	struct outcome o = in_child(print_to, "/dev/full");

	assert_int_equal(o.status, 1);
	assert_string_equal(o.err, "bpftools: cannot write the output: No space left on device\n");
	outcome_free(&o);
}

static void print_to_nobody(void *context)
{
	int fds[2];

	if (pipe(fds))
		return;
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	dup2(fds[1], STDOUT_FILENO);
	out_str("text\n");
	out_flush();
}

static void closed_pipe(void **state)
{
	struct outcome o = in_child(print_to_nobody, NULL);

	assert_int_equal(o.status, 0);
	assert_string_equal(o.err, "");
	outcome_free(&o);
}

static void assert_json_row(const struct col *cols, const char *key, const char *expected)
{
	char *text;

	run.json = true;
	text = captured(print_row, (void *)cols);
	run.json = false;
	assert_json(text, key, expected);
	free(text);
}

static void scaled_numbers(void **state)
{
	static const struct col cols[] = {
		{ COL(u64, "MB", 8, ""), .how = SCALED, .scale = 1 << 20, .key = "size_bytes" },
		{ COL(u32, "MS", -9, ""), .how = SCALED, .scale = 1e6, .digits = 3 },
		{ COL(s32, "D", 5, ""), .how = SCALED, .scale = 10, .digits = 1 }, {}
	};
	/* below the half, above it, the largest */
	static const struct { uint64_t u64; uint32_t u32; int32_t s32; } values[] = {
		{ 0, 0, 0 }, { (3 << 20) + 524287, 1234499, 15 },
		{ (3 << 20) + 524289, 1234501, -15 }, { 1ULL << 60, 4294967295U, 2147483647 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		e->u64 = values[i].u64;
		e->u32 = values[i].u32;
		e->s32 = values[i].s32;
		assert_row(cols, "%8.0f %-9.3f %5.1f\n", e->u64 / 1048576.0, e->u32 / 1e6,
			   e->s32 / 10.0);
	}
	/* JSON has what was measured. */
	e->u64 = (3 << 20) + 524287;
	e->s32 = -15;
	assert_json_row(cols, "size_bytes", "3670015");
	assert_json_row(cols, "d", "-15");
}

static void whole_numbers(void **state)
{
	static const struct col cols[] = {
		{ COL(u64, "US", 8, ""), .how = WHOLE, .scale = 1000 },
		{ COL(s64, "MS", 6, ""), .how = WHOLE, .scale = 1000 }, {}
	};

	e->u64 = 1999;
	e->s64 = -1999;
	assert_row(cols, "%8d %6d\n", 1, -1);
	e->u64 = 999;
	e->s64 = 1000;
	assert_row(cols, "%8d %6d\n", 0, 1);
}

static void doubles(void **state)
{
	static const struct col cols[] = {
		{ COL(number, "RATIO", 8, ""), .digits = 2, .suffix = "%" },
		{ COL(number, "X", -7, ""), .digits = 1, .none = "-" },
		{ COL(number, "Y", 0, "") }, {}
	};

	e->number = 97.456;
	assert_row(cols, "%7.2f%% %-7.1f %.0f\n", 97.456, 97.456, 97.456);
	assert_json_row(cols, "ratio", "97.456");
	e->number = 100;
	assert_row(cols, " 100.00%% 100.0   100\n");
	assert_json_row(cols, "x", "100");
	/* Does not apply, but only where that is said. */
	e->number = -1;
	assert_row(cols, "  -1.00%% -       -1\n");
	assert_json_row(cols, "x", "null");
	assert_json_row(cols, "y", "-1");
}

static void values_that_do_not_apply(void **state)
{
	static const struct col cols[] = {
		{ COL(s32, "FD", 4, ""), .none = "-" }, { COL(s16, "N", -5, ""), .none = "n/a" },
		{ COL(u32, "U", 3, ""), .none = "-" }, { COL(s8, "S", 3, "") },
		{ COL(string, "STR", -4, ""), .none = "?" },
		{ COL(string, "LAST", 0, "") }, {}
	};

	e->s32 = -1;
	e->s16 = -5;
	e->u32 = 4;
	e->s8 = -1;
	assert_row(cols, "   - n/a     4  -1 ?    \n");
	assert_json_row(cols, "fd", "null");
	assert_json_row(cols, "n", "null");
	assert_json_row(cols, "u", "4");
	assert_json_row(cols, "s", "-1");
	assert_json_row(cols, "str", "null");
	assert_json_row(cols, "last", "null");
	e->s32 = e->s16 = 0;
	e->string = "";
	assert_row(cols, "   0 0       4  -1      \n");
	assert_json_row(cols, "fd", "0");
	assert_json_row(cols, "str", "\"\"");
}

static void addresses(void **state)
{
	static const struct col cols[] = {
		{ COL(address, "SADDR", -16, "") }, { COL(address, "DADDR", 0, ""), .none = "-" }, {}
	};

	assert_row(cols, "%-16s -\n", "");
	assert_json_row(cols, "saddr", "null");
	e->address = (struct address){ { 192, 0, 2, 7 }, 4 };
	assert_row(cols, "%-16s 192.0.2.7\n", "192.0.2.7");
	assert_json_row(cols, "daddr", "\"192.0.2.7\"");
	e->address = (struct address){ { 0x20, 1, 0xd, 0xb8, [15] = 0x2a }, 6 };
	assert_row(cols, "%-16s 2001:db8::2a\n", "2001:db8::2a");
	e->address = (struct address){ { [10] = 0xff, 0xff, 192, 0, 2, 7 }, 6 };
	assert_row(cols, "%-16s ::ffff:192.0.2.7\n", "::ffff:192.0.2.7");
	e->address = (struct address){ { 0 }, 6 };
	assert_row(cols, "%-16s ::\n", "::");
	assert_json_row(cols, "daddr", "\"::\"");
}

static void cut_and_tight(void **state)
{
	static const struct col cols[] = {
		{ COL(comm, "COMM", -7, ""), .cut = true }, { COL(string, "NAME", 5, ""), .cut = true },
		{ COL(u32, "N", 3, ""), .tight = true }, { COL(u8, "U", -2, ""), .tight = true },
		{ COL(string, "LAST", 0, "") }, {}
	};

	strcpy(e->comm, "kworker/0:1");
	e->string = "abcdefgh";
	e->u32 = 7;
	e->u8 = 9;
	assert_row(cols, "kworker abcde   79 abcdefgh\n");
	assert_json_row(cols, "comm", "\"kworker/0:1\"");
	/* Not too little of what is short, and whole in CSV. */
	strcpy(e->comm, "sh");
	e->string = "ab";
	assert_row(cols, "sh         ab   79 ab\n");
	strcpy(e->comm, "kworker/0:1");
	run.csv = true;
	assert_row(cols, "kworker/0:1,ab,7,9,ab\n");
}

static void comma_separated(void **state)
{
	static const struct col cols[] = {
		{ COL(u32, "PID", -6, "") }, { COL(comm, "COMM", -16, ""), .show = &hidden },
		{ COL(number, "LAT", 8, ""), .digits = 2 }, { COL(s32, "FD", 4, ""), .none = "-" },
		{ COL(u64, "MS", 6, ""), .how = SCALED, .scale = 1000 }, {}
	};
	char *text;

	run.csv = true;
	e->u32 = 181;
	e->number = 1.5;
	e->s32 = -1;
	e->u64 = 2500;
	text = captured(print_header_and_row, (void *)cols);
	assert_string_equal(text, "PID,LAT,FD,MS\n181,1.50,-,3\n");
	free(text);
	/* JSON is the same as ever. */
	assert_json_row(cols, "fd", "null");
}

static void columns_of_one_form_only(void **state)
{
	static const struct col cols[] = {
		{ COL(u32, "PID", -6, "") }, { COL(u64, "LAT_US", 6, ""), .key = "" },
		{ COL(s64, "lat_ns", 0, ""), .show = &never }, {}
	};
	char *text;

	assert_null(col_key(&cols[1]));
	e->u32 = 1;
	e->u64 = 2;
	e->s64 = 2003;
	assert_row(cols, "%-6d %6d\n", 1, 2);
	assert_json_row(cols, "lat_ns", "2003");
	run.json = true;
	text = captured(print_row, (void *)cols);
	assert_null(strstr(text, "lat_us"));
	assert_null(strstr(text, "\"\""));
	free(text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(header_and_row_as_classic),
	T(wide_values),
	T(integers_of_all_types),
	T(octal_and_hexadecimal),
	T(seconds_since),
	T(time_of_day),
	T(time_of_rows_without_one),
	T(columns_shown_and_hidden),
	T(strings),
	T(string_that_is_null),
	T(control_characters),
	T(control_characters_aligned_right),
	T(paths),
	T(path_of_full_length),
	T(keys),
	T(rows_with_more),
	T(odd_names_in_json),
	T(rows_beyond_the_buffer),
	T(plain_output),
	T(words_for_people),
	T(scaled_numbers),
	T(whole_numbers),
	T(doubles),
	T(values_that_do_not_apply),
	T(addresses),
	T(cut_and_tight),
	T(comma_separated),
	T(columns_of_one_form_only),
	T(full_disk),
	T(closed_pipe),
};

UNIT_MAIN(tests)
