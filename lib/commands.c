// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "commands.h"
#include "json.h"
#include "out.h"
#include "packed.h"
#include "util.h"
#include "version.h"

void each_tool_name(void (*fn)(const char *name, const struct tool *))
{
	const struct tool *const *t;
	char name[64];
	const char *s;
	size_t n;

	for (t = tools; *t; t++) {
		fn((*t)->name, *t);
		for (s = (*t)->aliases; s && *s; s += n + (s[n] == ' ')) {
			n = strcspn(s, " ");
			snprintf(name, sizeof(name), "%.*s", (int)n, s);
			fn(name, *t);
		}
	}
}

static int list_json(void)
{
	const struct tool *const *t;
	const char *s;
	size_t n;

	for (t = tools; *t; t++) {
		json_open('{');
		json_key_string("name", (*t)->name);
		json_key_string("group", group_names[(*t)->group]);
		json_key_string("summary", (*t)->summary);
		json_key("aliases");
		json_open('[');
		for (s = (*t)->aliases; s && *s; s += n + (s[n] == ' ')) {
			n = strcspn(s, " ");
			json_chars(s, n);
		}
		json_close(']');
		json_end();
	}
	return EXIT_SUCCESS;
}

/* "also: ext4dist xfsdist", on as many lines as they need. */
static void list_aliases(const char *s)
{
	size_t n, column = 0;

	for (; s && *s; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		if (!column || column + n + 1 > 80) {
			say("%s  %-14s also:", column ? "\n" : "", "");
			column = 22;
		}
		say(" %.*s", (int)n, s);
		column += n + 1;
	}
	if (column)
		say("\n");
}

static void list_group(enum group group)
{
	const struct tool *const *t;
	bool any = false;

	for (t = tools; *t; t++) {
		if ((*t)->group != group)
			continue;
		if (!any)
			say("\n%s:\n", group_names[group]);
		any = true;
		say("  %-14s %s\n", (*t)->name, (*t)->summary);
		list_aliases((*t)->aliases);
	}
}

static int list(int argc, char **argv)
{
	int group;

	if (argc > 1 && !strcmp(argv[1], "--json"))
		return list_json();
	if (argc > 1)
		die_usage("list takes --json or nothing, not '%s'", argv[1]);
	say("bpftools " VERSION ": BPF tracing tools\n"
	    "\n"
	    "usage: bpftools TOOL [OPTION...]       trace; --help shows a tool's options\n"
	    "       bpftools COMMAND [ARGUMENT...]  bpftools help shows the commands\n");
	for (group = 0; group < GROUPS; group++)
		list_group(group);
	return EXIT_SUCCESS;
}

static const struct tool *tool_named(const char *name);

static int help(int argc, char **argv);

static int examples(int argc, char **argv)
{
	const struct tool *t = tool_named(argv[1]);
	size_t size;
	char *text;

	text = unpack(packed_examples, t->name, &size);
	if (!text)
		die("the examples were left out when this program was built (EXAMPLES=0)");
	out_write(text, size);
	free(text);
	return EXIT_SUCCESS;
}

static int man(int argc, char **argv)
{
	print_man(tool_named(argv[1]), argv[1]);
	return EXIT_SUCCESS;
}

static int schema(int argc, char **argv)
{
	print_schema(tool_named(argv[1]));
	return EXIT_SUCCESS;
}

static int completion(int argc, char **argv)
{
	if (!print_completion(argv[1]))
		die_usage("'%s' is not a shell that can be completed for; bash, zsh and fish are",
			  argv[1]);
	return EXIT_SUCCESS;
}

static const char *directory;
static char self[PATH_MAX];
static bool symbolic, foreign;

/* Whether PATH is this program already, or a link to it. */
static bool is_self(const char *path)
{
	struct stat a, b;

	return !stat(path, &a) && !stat(self, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void install_one(const char *name, const struct tool *t)
{
	char path[PATH_MAX];
	struct stat st;
	int err;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		die("the name of %s is too long", directory);
	if (!lstat(path, &st)) {
		if (is_self(path))
			return;
		foreign = true;
		warn("%s is there already and not a link to this program; left as it is", path);
		return;
	}
	err = symbolic ? symlink(self, path) : link(self, path);
	if (err && errno == EXDEV)
		die("%s is on another file system than %s; install -s makes symbolic links", path,
		    self);
	if (err)
		die("cannot make %s: %s", path, strerror(errno));
}

static int install(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc > 1 && !strcmp(argv[1], "-s")) {
		symbolic = true;
		argc--;
		argv++;
	}
	if (argc != 2 || *argv[1] == '-')
		die_usage("install takes [-s] and a directory");
	if (n < 0)
		die("cannot tell where this program is: /proc/self/exe: %s", strerror(errno));
	self[n] = 0;
	directory = argv[1];
	each_tool_name(install_one);
	return foreign ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int version(int argc, char **argv)
{
	say("bpftools " VERSION "\n");
	return EXIT_SUCCESS;
}

static const struct command {
	const char *name, *args, *help;
	int min, max;                   /* arguments */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "list", "[--json]", "All tools, by group", 0, 1, list },
	{ "help", "[TOOL]", "The commands, or what TOOL --help prints", 0, 1, help },
	{ "examples", "TOOL", "Sessions with a tool, explained", 1, 1, examples },
	{ "man", "TOOL", "Generated sections of a tool's man page, in roff", 1, 1, man },
	{ "schema", "TOOL", "JSON Schema of the lines that TOOL --json prints", 1, 1, schema },
	{ "install", "[-s] DIR", "Link all tools into DIR, with -s by symbolic links", 1, 2, install },
	{ "completion", "SHELL", "Completion script for bash, zsh or fish", 1, 1, completion },
	{ "version", "", "The version", 0, 0, version },
	{}
};

static int help(int argc, char **argv)
{
	const struct command *c;
	const struct tool *t;
	char *words[3];

	if (argc > 1) {
		t = tool_named(argv[1]);
		progname = words[0] = argv[1];
		words[1] = "--help";
		words[2] = NULL;
		run.tool = t;
		run.name = argv[1];
		parse_args(t, 2, words);
	}
	say("usage: bpftools TOOL [OPTION...]\n       bpftools COMMAND [ARGUMENT...]\n\ncommands:\n");
	for (c = commands; c->name; c++)
		say("  %-12s%-10s  %s\n", c->name, c->args, c->help);
	say("\nA link to bpftools that has the name of a tool runs that tool.\n");
	return EXIT_SUCCESS;
}

/* Letters to insert, delete or exchange to make one word of the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], i, j, diagonal, above, n = strlen(b), least;

	if (n > 63)
		return n;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; *a; a++, i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			above = row[j];
			least = diagonal + (*a != b[j - 1]);
			if (above + 1 < least)
				least = above + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			row[j] = least;
			diagonal = above;
		}
	}
	return row[n];
}

static const char *wrong_name;
static char near[256];

static void collect_near(const char *name, const struct tool *t)
{
	size_t used = strlen(near), d = distance(wrong_name, name);

	if (*wrong_name && (d <= 2 || strstr(name, wrong_name)) &&
	    used + strlen(name) + 3 < sizeof(near))
		sprintf(near + used, "%s%s", used ? ", " : "", name);
}

_Noreturn static void unknown(const char *name)
{
	const struct command *c;

	wrong_name = name;
	if (strlen(name) > 2)
		each_tool_name(collect_near);
	for (c = commands; c->name; c++)
		collect_near(c->name, NULL);
	if (*near)
		die_usage("there is no tool or command '%s'; near it: %s", name, near);
	die_usage("there is no tool or command '%s'", name);
}

static const struct tool *tool_named(const char *name)
{
	const struct tool *t = find_tool(name);

	if (!t)
		unknown(name);
	return t;
}

int run_command(int argc, char **argv)
{
	static char *nothing[] = { "list", NULL };
	const struct command *c;
	const char *name;
	int status;

	if (!argc) {
		argc = 1;
		argv = nothing;
	}
	name = argv[0];
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	if (!strcmp(name, "--version"))
		name = "version";
	for (c = commands; c->name && strcmp(c->name, name); c++)
		;
	if (!c->name)
		unknown(name);
	if (argc - 1 < c->min || argc - 1 > c->max)
		die_usage("usage: bpftools %s %s", c->name, c->args);
	status = c->run(argc, argv);
	out_flush();
	return status;
}
