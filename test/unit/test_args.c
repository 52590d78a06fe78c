// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fake.h"
#include "pattern.h"
#include "unit.h"
#include "util.h"

/* Parsers of values: what is taken, and as what. What is refused leaves the destination alone. */

#define taken(parse, type, text, expected) do {				\
	type value_ = -7;						\
									\
	if (!parse(text, &value_))					\
		fail_msg("%s refuses '%s'", #parse, text);		\
	assert_true(value_ == (type)(expected));			\
} while (0)

#define refused(parse, type, text) do {					\
	type value_ = -7;						\
									\
	if (parse(text, &value_) || value_ != (type)-7)			\
		fail_msg("%s takes '%s'", #parse, text);		\
} while (0)

static void flags(void **state)
{
	bool b = false;

	assert_true(as_flag(NULL, &b));
	assert_true(b);
}

static void pids(void **state)
{
	taken(as_pid, uint32_t, "1", 1);
	taken(as_pid, uint32_t, "4194304", 4194304);
	taken(as_pid, uint32_t, "2147483647", 2147483647);
	refused(as_pid, uint32_t, "0");
	refused(as_pid, uint32_t, "2147483648");
	refused(as_pid, uint32_t, "4294967297");
	refused(as_pid, uint32_t, "18446744073709551617");
	refused(as_pid, uint32_t, "");
	refused(as_pid, uint32_t, "-1");
	refused(as_pid, uint32_t, "+1");
	refused(as_pid, uint32_t, " 1");
	refused(as_pid, uint32_t, "1 ");
	refused(as_pid, uint32_t, "1x");
	refused(as_pid, uint32_t, "0x10");
	refused(as_pid, uint32_t, "1.0");
	refused(as_pid, uint32_t, "self");
}

static void uids(void **state)
{
	struct passwd *p;
	char text[64];
	int n = 0;

	taken(as_uid, uint32_t, "0", 0);
	taken(as_uid, uint32_t, "65534", 65534);
	taken(as_uid, uint32_t, "4294967294", 4294967294);
	/* -1 stands for "no user" */
	refused(as_uid, uint32_t, "4294967295");
	refused(as_uid, uint32_t, "4294967296");
	refused(as_uid, uint32_t, "-1");
	refused(as_uid, uint32_t, "");
	refused(as_uid, uint32_t, "no-such-user");
	refused(as_uid, uint32_t, "roo");
	/* All that the C library finds in the file. */
	for (; (p = getpwent()); n++) {
		if (strspn(p->pw_name, "0123456789") == strlen(p->pw_name))
			continue;
		taken(as_uid, uint32_t, p->pw_name, p->pw_uid);
		/* A name is a whole field of the line, and not more of it. */
		snprintf(text, sizeof(text), "%s:x", p->pw_name);
		refused(as_uid, uint32_t, text);
		snprintf(text, sizeof(text), "%s:", p->pw_name);
		refused(as_uid, uint32_t, text);
	}
	endpwent();
	if (!n)
		skip_because("/etc/passwd has no users");
}

static void secs(void **state)
{
	taken(as_secs, double, "1", 1);
	taken(as_secs, double, "10", 10);
	taken(as_secs, double, "0.5", 0.5);
	taken(as_secs, double, ".25", 0.25);
	taken(as_secs, double, "0.001", 0.001);
	taken(as_secs, double, "99999999", 99999999);
	taken(as_secs, double, "007", 7);
	refused(as_secs, double, "");
	refused(as_secs, double, ".");
	refused(as_secs, double, "0");
	refused(as_secs, double, "0.0");
	refused(as_secs, double, "-1");
	refused(as_secs, double, "+1");
	refused(as_secs, double, "1e3");
	refused(as_secs, double, "0x10");
	refused(as_secs, double, "inf");
	refused(as_secs, double, "nan");
	refused(as_secs, double, "1.2.3");
	refused(as_secs, double, "1,5");
	refused(as_secs, double, "1s");
	refused(as_secs, double, " 1");
	refused(as_secs, double, "99999999999999999999");
	char many[1000];

	memset(many, '9', sizeof(many) - 1);
	many[sizeof(many) - 1] = 0;
	refused(as_secs, double, many);
}

static void counts(void **state)
{
	taken(as_count, long, "1", 1);
	taken(as_count, long, "2147483647", INT32_MAX);
	refused(as_count, long, "0");
	refused(as_count, long, "-5");
	refused(as_count, long, "2147483648");
	refused(as_count, long, "");
	refused(as_count, long, "1.5");
	refused(as_count, long, "5k");
}

static void texts(void **state)
{
	const char *s = NULL, *text = "--x y";
	struct pattern *p = NULL;

	assert_true(as_str(text, &s));
	assert_ptr_equal(s, text);
	assert_true(as_pattern("^ab?$", &p));
	assert_true(pattern_in(p, "a"));
	assert_false(pattern_in(p, "abb"));
	pattern_free(p);
	assert_false(as_pattern("(", &p));
}

/* Names of rows. */

static void names_of_rows(void **state)
{
	static const struct opt o = { 'x', "max-rows maxrows rows" }, letter = { 'y' };

	assert_string_equal(opt_name(&o), "max-rows");
	assert_null(opt_name(&letter));
	assert_true(opt_has_name(&o, "max-rows"));
	assert_true(opt_has_name(&o, "maxrows"));
	assert_true(opt_has_name(&o, "rows"));
	assert_false(opt_has_name(&o, "max"));
	assert_false(opt_has_name(&o, "row"));
	assert_false(opt_has_name(&o, "rowss"));
	assert_false(opt_has_name(&o, ""));
	assert_false(opt_has_name(&letter, "y"));
}

/* What each_opt() calls for: "-x/--name" for each row, in a line. */

static char list[1024];

static void add(const struct opt *o, void *context)
{
	size_t n = strlen(list);

	assert_ptr_equal(context, list);
	snprintf(list + n, sizeof(list) - n, "%s%c/%s", n ? " " : "", o->key ? o->key : '.',
		o->name ? o->name : "");
}

static void assert_options(const struct opt *opts, const char *expected)
{
	const struct tool t = { .name = "t", .opts = opts };

	*list = 0;
	each_opt(&t, "t", add, list);
	assert_string_equal(list, expected);
}

#define COMMON_REST "./stats ./kprobe ./btf ./debug"

static void options_of_all_tools(void **state)
{
	static const struct opt none[] = { {} };

	assert_options(none, "./duration ./json " COMMON_REST " v/verbose h/help ./version");
}

static bool flag, other;

static void own_letters_win(void **state)
{
	static const struct opt opts[] = {
		{ 'v', "volume", NULL, "", as_flag, &flag },
		{ 'h', "human", NULL, "", as_flag, &other }, {}
	};

	assert_options(opts,
		"v/volume h/human ./duration ./json " COMMON_REST " ./verbose ./help ./version");
}

static void own_names_win(void **state)
{
	static const struct opt opts[] = {
		{ 'j', "csv json", NULL, "", as_flag, &flag },
		{ 0, "stats", NULL, "", as_flag, &other },
		{ 'V', "verbose", NULL, "", as_flag, &other }, {}
	};

	assert_options(opts,
		"j/csv json ./stats V/verbose ./duration ./kprobe ./btf ./debug h/help ./version");
}

/* The same destination under a letter of the tool's: one row, not two. */
static void own_duration(void **state)
{
	static const struct opt opts[] = { OPT_DURATION('d'), {} };

	assert_options(opts, "d/duration ./json " COMMON_REST " v/verbose h/help ./version");
}

/* The messages of libbpf have two names anyway: a third one of the tool's takes none away. */
static void own_name_for_debug(void **state)
{
	static const struct opt opts[] = { { 'D', "chatty", NULL, "", as_flag, &run.debug }, {} };

	assert_options(opts,
		"D/chatty ./duration ./json " COMMON_REST " v/verbose h/help ./version");
}

/* Another meaning of --duration: the common one gets another name. */
static void other_duration(void **state)
{
	static const struct opt opts[] = { { 'd', "duration", "US", "", as_count, &flag }, {} };

	assert_options(opts,
		"d/duration ./run-for ./json " COMMON_REST " v/verbose h/help ./version");
}

/* Whole command lines; each in a child, because a wrong one ends the program. */

static void parse_line(void *words)
{
	char **argv = words;
	int argc = 0;

	while (argv[argc])
		argc++;
	progname = argv[0];
	run.tool = &fake_tool;
	parse_args(&fake_tool, argc, argv);
	printf("pid=%u failed=%d name=%s count=%ld quiet=%d volume=%d duration=%g interval=%g "
	       "times=%ld json=%d debug=%d rest=%s\n", fake_options.pid, fake_options.failed,
	       fake_options.name ? fake_options.name : "-", fake_options.count, fake_options.quiet,
	       fake_options.volume, run.duration, run.interval, run.count, run.json, run.debug,
	       fake_options.rest ? fake_options.rest[0] : "-");
	if (fake_options.rest && fake_options.rest[0] && fake_options.rest[1])
		printf("then %s\n", fake_options.rest[1]);
}

#define WORDS(...) ((char *[]){ "fake", ##__VA_ARGS__, NULL })

static void assert_line(char **words, const char *expected)
{
	struct outcome o = in_child(parse_line, words);

	assert_string_equal(o.err, "");
	assert_string_equal(o.out, expected);
	assert_int_equal(o.status, -1);
	outcome_free(&o);
}

static void lines_that_are_right(void **state)
{
	assert_line(WORDS(),
		"pid=0 failed=0 name=- count=0 quiet=0 volume=0 duration=0 interval=1e+08 "
		    "times=99999999 json=0 debug=0 rest=-\n");
	assert_line(WORDS("-p", "181", "-xQ", "--second-name=n", "--long-only", "5", "-v"),
		    "pid=181 failed=1 name=n count=5 quiet=1 volume=1 duration=0 interval=1e+08 "
		    "times=99999999 json=0 debug=0 rest=-\n");
	assert_line(WORDS("1.5", "--json", "10", "--verbose", "-d", "0.5", "--pid=7", "--na",
		"a b"),
		    "pid=7 failed=0 name=a b count=0 quiet=0 volume=0 duration=0.5 interval=1.5 "
		    "times=10 json=1 debug=1 rest=-\n");
	assert_line(WORDS("--exec", "ls", "-p", "5"),
		    "pid=0 failed=0 name=- count=0 quiet=0 volume=0 duration=0 interval=1e+08 "
		    "times=99999999 json=0 debug=0 rest=ls\nthen -p\n");
	assert_line(WORDS("-x", "--exec=ls", "-l"),
		    "pid=0 failed=1 name=- count=0 quiet=0 volume=0 duration=0 interval=1e+08 "
		    "times=99999999 json=0 debug=0 rest=ls\nthen -l\n");
}

static void assert_wrong(char **words, const char *message)
{
	struct outcome o = in_child(parse_line, words);

	if (o.status != 64)
		fail_msg("%s: exit status %d", message, o.status);
	assert_string_equal(o.out, "");
	if (!strstr(o.err, message) || strncmp(o.err, "fake: ", 6))
		fail_msg("'%s' instead of '%s'", o.err, message);
	/* One line */
	assert_ptr_equal(strchr(o.err, '\n'), o.err + strlen(o.err) - 1);
	outcome_free(&o);
}

static void lines_that_are_wrong(void **state)
{
	assert_wrong(WORDS("-p", "x"), "'x' is not a valid PID for -p/--pid");
	assert_wrong(WORDS("--pid=0"), "'0' is not a valid PID for -p/--pid");
	assert_wrong(WORDS("--long-only", "-1"), "'-1' is not a valid N for --long-only");
	assert_wrong(WORDS("-d", "0"), "'0' is not a valid SECONDS for -d/--duration");
	assert_wrong(WORDS("x"), "'x' is not a valid interval in seconds");
	assert_wrong(WORDS("1", "x"), "'x' is not a valid count");
	assert_wrong(WORDS("1", "2", "3"), "'3' is too much");
	assert_wrong(WORDS("--nonsense"), "--nonsense");
	assert_wrong(WORDS("-Z"), "Z");
	assert_wrong(WORDS("-p"), "p");
	assert_wrong(WORDS("--json=1"), "json");
	assert_wrong(WORDS("--exec"), "exec");
}

static void assert_exits(char **words, const char *part)
{
	struct outcome o = in_child(parse_line, words);

	assert_int_equal(o.status, 0);
	if (!strstr(o.out, part) && !strstr(o.err, part))
		fail_msg("'%s' is not in '%s%s'", part, o.out, o.err);
	outcome_free(&o);
}

static void help_and_version(void **state)
{
	assert_exits(WORDS("--help"), "Test the library");
	assert_exits(WORDS("-h"), "--second-name");
	assert_exits(WORDS("-?"), "fake -p 181");
	assert_exits(WORDS("--version"), "(bpftools)");
	assert_exits(WORDS("--ebpf"), "no source");
}

static void milliseconds(void **state)
{
	taken(as_ms, uint64_t, "0", 0);
	taken(as_ms, uint64_t, "0.0", 0);
	taken(as_ms, uint64_t, "10", 10000000);
	taken(as_ms, uint64_t, "0.5", 500000);
	taken(as_ms, uint64_t, "0.001", 1000);
	taken(as_ms, uint64_t, "1.0006", 1000600);
	refused(as_ms, uint64_t, "");
	refused(as_ms, uint64_t, ".");
	refused(as_ms, uint64_t, "..");
	refused(as_ms, uint64_t, "-1");
	refused(as_ms, uint64_t, "x");
	refused(as_ms, uint64_t, "1x");
	refused(as_ms, uint64_t, "nan");
	refused(as_ms, uint64_t, "inf");
}

static void words_among_words(void **state)
{
	assert_true(is_word_of("a", "a"));
	assert_true(is_word_of("ab cd ef", "ab"));
	assert_true(is_word_of("ab cd ef", "cd"));
	assert_true(is_word_of("ab cd ef", "ef"));
	assert_false(is_word_of("ab cd ef", "a"));
	assert_false(is_word_of("ab cd ef", "abc"));
	assert_false(is_word_of("ab cd ef", "d"));
	assert_false(is_word_of("ab cd ef", "ab cd"));
	assert_false(is_word_of("", "a"));
	assert_false(is_word_of(NULL, "a"));
}

/* A tool with two names, which have options and arguments of their own. */
static uint32_t number;
static const char *text;
static const struct opt alias_opts[] = {
	{ 'a', "all", NULL, "", as_flag, &flag },
	{ 'f', "full", NULL, "", as_flag, &other, .only = "first both" },
	{ 't', "type", "TYPE", "", as_str, &text, .only = "second" }, {}
};
static const struct opt alias_args[] = {
	{ .arg = "PID", .help = "process", .parse = as_pid, .to = &number, .only = "first" },
	{ .arg = "TEXT", .help = "text", .parse = as_str, .to = &text }, {}
};
static const struct tool alias_tool = {
	.name = "first", .aliases = "second both", .opts = alias_opts, .args = alias_args,
	.summary = "", .examples = (const char *[][2]){ {} },
};

static void options_of_one_name(void **state)
{
	static const struct { const char *name, *begins; } names[] = {
		{ "first", "a/all f/full ./duration " }, { "second", "a/all t/type ./duration " },
		{ "both", "a/all f/full ./duration " },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		*list = 0;
		each_opt(&alias_tool, names[i].name, add, list);
		assert_memory_equal(list, names[i].begins, strlen(names[i].begins));
	}
}

static void usage_of_arguments(void **state)
{
	static const struct tool none = { .name = "none" };

	assert_string_equal(args_usage(&fake_tool, "fake"), "[INTERVAL [COUNT]]");
	assert_string_equal(args_usage(&alias_tool, "first"), "[PID [TEXT]]");
	assert_string_equal(args_usage(&alias_tool, "second"), "[TEXT]");
	assert_string_equal(args_usage(&none, "none"), "");
}

static void parse_alias(void *words)
{
	char **argv = words;
	int argc = 0;

	while (argv[argc])
		argc++;
	progname = run.name = argv[0];
	run.tool = &alias_tool;
	parse_args(&alias_tool, argc, argv);
	printf("%d %d %u %s\n", flag, other, number, text ? text : "-");
}

#define assert_alias(status_, out_, err_, ...) do {			\
	struct outcome o_ = in_child(parse_alias, (char *[]){ __VA_ARGS__, NULL }); \
									\
	assert_int_equal(o_.status, status_);				\
	assert_string_equal(o_.out, out_);				\
	if (!strstr(o_.err, err_))					\
		fail_msg("'%s' instead of '%s'", o_.err, err_);		\
	outcome_free(&o_);						\
} while (0)

static void lines_of_aliases(void **state)
{
	assert_alias(-1, "1 1 181 x\n", "", "first", "-af", "181", "x");
	assert_alias(-1, "0 0 0 181\n", "", "second", "181");
	assert_alias(-1, "1 0 0 ext4\n", "", "second", "-a", "--type", "ext4");
	assert_alias(64, "", "'x' is not a valid process", "first", "x");
	assert_alias(64, "", "'more' is too much", "second", "x", "more");
	assert_alias(64, "", "t", "first", "-t", "ext4");
	assert_alias(64, "", "--full", "second", "--full");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(milliseconds),
	cmocka_unit_test(words_among_words),
	cmocka_unit_test(options_of_one_name),
	cmocka_unit_test(usage_of_arguments),
	cmocka_unit_test(lines_of_aliases),
	cmocka_unit_test(flags),
	cmocka_unit_test(pids),
	cmocka_unit_test(uids),
	cmocka_unit_test(secs),
	cmocka_unit_test(counts),
	cmocka_unit_test(texts),
	cmocka_unit_test(names_of_rows),
	cmocka_unit_test(options_of_all_tools),
	cmocka_unit_test(own_letters_win),
	cmocka_unit_test(own_names_win),
	cmocka_unit_test(own_duration),
	cmocka_unit_test(own_name_for_debug),
	cmocka_unit_test(other_duration),
	cmocka_unit_test(lines_that_are_right),
	cmocka_unit_test(lines_that_are_wrong),
	cmocka_unit_test(help_and_version),
};

UNIT_MAIN(tests)
