// SPDX-License-Identifier: GPL-2.0-only
/* bpftools COMMAND; the tools are those of unit.c. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "commands.h"
#include "unit.h"
#include "util.h"

static void command(void *words)
{
	char **argv = words;
	int argc = 0, status;

	while (argv[argc])
		argc++;
	status = run_command(argc, argv);
	exit(status);
}

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

#define assert_command(status_, out_, err_, ...) do {			\
	struct outcome o_ = in_child(command, WORDS(__VA_ARGS__));	\
									\
	assert_string_equal(o_.err, err_);				\
	if (out_)							\
		assert_string_equal(o_.out, out_);			\
	assert_int_equal(o_.status, status_);				\
	outcome_free(&o_);						\
} while (0)

#define HINT " (try bpftools --help)\n"
#define NONE "bpftools: there is no tool or command "

static void nearest_names(void **state)
{
	char name[2000];

	/* a letter less, more, another, two exchanged */
	assert_command(64, "", NONE "'opensnop'; near it: opensnoop" HINT, "opensnop");
	assert_command(64, "", NONE "'openssnoop'; near it: opensnoop" HINT, "openssnoop");
	assert_command(64, "", NONE "'biolatenzy'; near it: biolatency" HINT, "biolatenzy");
	assert_command(64, "", NONE "'biolatecny'; near it: biolatency" HINT, "biolatecny");
	/* three are too many */
	assert_command(64, "", NONE "'biolaxxxcy'" HINT, "biolaxxxcy");
	/* a part of a name; aliases and commands count, too */
	assert_command(64, "", NONE "'snoop'; near it: opensnoop" HINT, "snoop");
	assert_command(64, "", NONE "'xfsdis'; near it: xfsdist" HINT, "xfsdis");
	assert_command(64, "", NONE "'btrfs'; near it: btrfsdist" HINT, "btrfs");
	assert_command(64, "", NONE "'lisst'; near it: list" HINT, "lisst");
	assert_command(64, "", NONE "'dist'; near it: ext4dist, xfsdist, btrfsdist, list" HINT,
		"dist");
	assert_command(64, "", NONE "'zzzzzzzz'" HINT, "zzzzzzzz");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	struct outcome o = in_child(command, WORDS(name));

	assert_int_equal(o.status, 64);
	outcome_free(&o);
}

/* The same where a tool is asked for. */
static void nearest_names_of_tools(void **state)
{
	assert_command(64, "", NONE "'opensnop'; near it: opensnoop" HINT, "help", "opensnop");
	assert_command(64, "", NONE "'opensnop'; near it: opensnoop" HINT, "man", "opensnop");
	assert_command(64, "", NONE "'opensnop'; near it: opensnoop" HINT, "schema", "opensnop");
	assert_command(64, "", NONE "'opensnop'; near it: opensnoop" HINT, "examples", "opensnop");
}

static char *output(char **words)
{
	struct outcome o = in_child(command, words);
	char *text = strdup(o.out);

	if (o.status || *o.err)
		fail_msg("%s: exit status %d, %s", *words, o.status, o.err);
	outcome_free(&o);
	return text;
}

static void list_for_people(void **state)
{
	char *text = output(WORDS("list"));
	/* No word at all lists them as well. */
	char *same = output(WORDS(NULL));

	assert_string_equal(text, same);
	assert_non_null(strstr(text, "\nblock:\n  biolatency     B\n"));
	assert_non_null(strstr(text,
		"\nfiles:\n  ext4dist       E\n                 also: xfsdist btrfsdist\n"
			       "  opensnoop      O\n"));
	/* A group without tools is left out. */
	assert_null(strstr(text, "memory"));
	free(text);
	free(same);
}

static void list_in_json(void **state)
{
	char *text = output(WORDS("list", "--json")), *line = text, *next;
	static const char *const names[] = { "\"biolatency\"", "\"ext4dist\"", "\"fake\"",
		"\"opensnoop\"" };
	size_t i;

	assert_int_equal(json_lines(text), 4);
	for (i = 0; i < 4; i++, line = next) {
		next = strchr(line, '\n') + 1;
		next[-1] = 0;
		assert_json(line, "name", names[i]);
		assert_json(line, "aliases", i == 1 ? "[\"xfsdist\",\"btrfsdist\"]" : "[]");
	}
	free(text);
}

static void wrong_usage(void **state)
{
	static const char *const lines[][4] = {
		{ "list", "--xml" }, { "list", "--json", "x" }, { "man" }, { "man", "fake", "x" },
		{ "schema" }, { "install" },
		{ "install", "-x" }, { "install", "-s" }, { "completion" },
		{ "completion", "tcsh" }, { "version", "x" },
		{ "examples" },
	};
	struct outcome o;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		o = in_child(command, (void *)lines[i]);
		if (o.status != 64)
			fail_msg("%s: exit status %d", lines[i][0], o.status);
		assert_string_equal(o.out, "");
		assert_true(!strncmp(o.err, "bpftools: ", 10));
		assert_ptr_equal(strchr(o.err, '\n'), o.err + strlen(o.err) - 1);
		outcome_free(&o);
	}
}

static void help_and_version(void **state)
{
	char *text = output(WORDS("--help")), *same = output(WORDS("help"));

	assert_string_equal(text, same);
	assert_non_null(strstr(text, "completion"));
	free(text);
	free(same);
	text = output(WORDS("--version"));
	assert_true(!strncmp(text, "bpftools ", 9));
	free(text);
	text = output(WORDS("help", "fake"));
	assert_non_null(strstr(text, "--second-name"));
	free(text);
}

static void examples(void **state)
{
	char *text = output(WORDS("examples", "fake")), *expected = read_file("test/unit.mk", NULL);

	assert_string_equal(text, expected);
	free(text);
	free(expected);
	assert_command(1, "",
		"bpftools: the examples were left out when this program was built (EXAMPLES=0)\n",
		       "examples", "opensnoop");
}

static void schema(void **state)
{
	char *text = output(WORDS("schema", "fake"));

	assert_true(json_valid(text, strlen(text)));
	free(text);
}

/* The types of columns and keys; this tool is not one of those that commands find. */
static void print_schema_of_types(void *context)
{
	static const struct opt none[] = { {} };
	struct event {
		bool yes;
		int32_t fd;
		uint64_t ns;
		double ratio;
		struct address address;
		const char *string;
		char comm[16];
	};
	static const struct col cols[] = {
		{ COL(ns, "TIME", -8, "When"), .how = CLOCK }, { COL(yes, "YES", 3, "b") },
		{ COL(fd, "FD", 3, "fd") }, { COL(fd, "RET", 3, "ret"), .none = "-" },
		{ COL(ns, "MS", 3, "ms"), .how = SCALED, .scale = 1e6, .key = "lat_ns" },
		{ COL(ratio, "RATIO", 3, "r") }, { COL(address, "ADDR", 3, "a") },
		{ COL(string, "STR", 3, "s") }, { COL(comm, "COMM", 3, "c") },
		{ COL(comm, "TEXT", 0, "only there"), .key = "" }, {}
	};
	static const struct tool t = {
		.name = "types", .summary = "", .opts = none, .cols = cols, .hist_keys = "disk #pid",
	};

	print_schema(&t);
}

static void schema_of_types(void **state)
{
	static const struct { const char *key, *type; } types[] = {
		{ "yes", "\"boolean\"" }, { "fd", "\"integer\"" }, { "ret", "[\"integer\",\"null\"]" },
		{ "lat_ns", "\"integer\"" }, { "ratio", "\"number\"" },
		{ "addr", "[\"string\",\"null\"]" }, { "str", "[\"string\",\"null\"]" },
		{ "comm", "\"string\"" },
	};
	char *text = captured(print_schema_of_types, NULL), path[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(path, sizeof(path), "oneOf.1.properties.%s.type", types[i].key);
		assert_json(text, path, types[i].type);
	}
	assert_null(strstr(text, "only there"));
	assert_json(text, "oneOf.1.required",
		"[\"type\",\"time\",\"yes\",\"fd\",\"ret\",\"lat_ns\",\"ratio\",\"addr\",\"str\",\"comm\"]");
	assert_json(text, "oneOf.2.properties.keys.properties.disk.type", "\"string\"");
	assert_json(text, "oneOf.2.properties.keys.properties.pid.type", "\"integer\"");
	free(text);
}

/* Each shell that is there reads its own. */
static void completion(void **state)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	char *text, line[256];
	size_t i;
	int status, checked = 0;

	for (i = 0; i < ARRAY_SIZE(shells); i++) {
		text = output(WORDS("completion", (char *)shells[i]));
		assert_non_null(strstr(text, "opensnoop"));
		assert_non_null(strstr(text, "btrfsdist"));
		assert_non_null(strstr(text, "second-name"));
		snprintf(line, sizeof(line), "command -v %s > /dev/null || exit 99; %s -n %s",
			shells[i], shells[i],
			 temporary_file(text, strlen(text)));
		status = WEXITSTATUS(system(line));
		if (status != 0 && status != 99)
			fail_msg("%s cannot read its completion", shells[i]);
		checked += status == 0;
		free(text);
	}
	print_message("# %d of 3 shells are here\n", checked);
}

static char directory[PATH_MAX];

static void assert_link(const char *name, mode_t type)
{
	char path[PATH_MAX + 64];
	struct stat st, self;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & S_IFMT, type);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(stat("/proc/self/exe", &self), 0);
	assert_int_equal(st.st_ino, self.st_ino);
}

static const char *const installed[] = { "biolatency", "ext4dist", "xfsdist", "btrfsdist", "fake",
	"opensnoop" };

static void make_directory(void)
{
	ssize_t n = readlink("/proc/self/exe", directory, sizeof(directory) - 16);

	assert_true(n > 0);
	/* Beside the program: hard links stay on a file system. */
	strcpy(directory + n, ".XXXXXX");
	assert_non_null(mkdtemp(directory));
}

static void remove_directory(void)
{
	char path[PATH_MAX + 64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(installed); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, installed[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(directory), 0);
}

static void install(void **state)
{
	struct stat self;
	size_t i;

	assert_int_equal(stat("/proc/self/exe", &self), 0);
	if (geteuid() && self.st_uid != geteuid())
		skip_because("another user's files cannot be linked (fs.protected_hardlinks)");
	make_directory();
	assert_command(0, "", "", "install", directory);
	for (i = 0; i < ARRAY_SIZE(installed); i++)
		assert_link(installed[i], S_IFREG);
	/* Once more is no error. */
	assert_command(0, "", "", "install", directory);
	remove_directory();
}

static void install_symbolic(void **state)
{
	size_t i;

	make_directory();
	assert_command(0, "", "", "install", "-s", directory);
	for (i = 0; i < ARRAY_SIZE(installed); i++)
		assert_link(installed[i], S_IFLNK);
	assert_command(0, "", "", "install", "-s", directory);
	remove_directory();
}

/* What somebody else has put there stays, and the rest is installed. */
static void install_beside_others(void **state)
{
	char path[PATH_MAX + 64], *text;
	struct outcome o;
	FILE *f;

	make_directory();
	snprintf(path, sizeof(path), "%s/fake", directory);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("theirs", f);
	fclose(f);
	o = in_child(command, WORDS("install", "-s", directory));
	assert_int_equal(o.status, 1);
	assert_non_null(strstr(o.err, "/fake is there already"));
	outcome_free(&o);
	text = read_file(path, NULL);
	assert_string_equal(text, "theirs");
	free(text);
	assert_link("opensnoop", S_IFLNK);
	/* A link that leads nowhere is theirs, too. */
	unlink(path);
	assert_int_equal(symlink("/nonexistent/file", path), 0);
	o = in_child(command, WORDS("install", directory));
	assert_int_equal(o.status, 1);
	outcome_free(&o);
	remove_directory();
	o = in_child(command, WORDS("install", "/nonexistent"));
	assert_int_equal(o.status, 1);
	assert_non_null(strstr(o.err, "No such file or directory"));
	outcome_free(&o);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nearest_names),
	cmocka_unit_test(nearest_names_of_tools),
	cmocka_unit_test(list_for_people),
	cmocka_unit_test(list_in_json),
	cmocka_unit_test(wrong_usage),
	cmocka_unit_test(help_and_version),
	cmocka_unit_test(examples),
	cmocka_unit_test(schema),
	cmocka_unit_test(schema_of_types),
	cmocka_unit_test(completion),
	cmocka_unit_test(install),
	cmocka_unit_test(install_symbolic),
	cmocka_unit_test(install_beside_others),
};

UNIT_MAIN(tests)
