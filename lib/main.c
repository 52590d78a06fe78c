// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "clock.h"
#include "commands.h"
#include "loop.h"
#include "out.h"
#include "tool.h"
#include "util.h"

/* The Makefile writes a line T(name) for each file cmd/NAME.c, sorted. */
#define T(name) extern const struct tool name##_tool;
#include "tools.inc"
#undef T

const struct tool *const tools[] = {
#define T(name) &name##_tool,
#include "tools.inc"
#undef T
	NULL
};

const char *const group_names[GROUPS] = {
	[PROCESSES] = "processes and CPU",
	[MEMORY] = "memory",
	[BLOCK_IO] = "block I/O",
	[FILES] = "file systems",
	[NETWORK] = "network",
	[APPLICATIONS] = "applications",
	[BY_HAND] = "tracing by hand",
};

const struct tool *find_tool(const char *name)
{
	const struct tool *const *t;

	for (t = tools; *t; t++) {
		if (!strcmp((*t)->name, name) || is_word_of((*t)->aliases, name))
			return *t;
	}
	return NULL;
}

/* A descriptor that is closed from the start would become a map or program of ours, and be written
 * to. The root directory takes its place: it is always there, and writing to it fails. */
static void fill_descriptors(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_RDONLY | O_DIRECTORY) != fd)
			exit(EXIT_FAILURE);
	}
}

/* argp prints the help by stdio, which keeps an error to itself. */
static void check_stdio(void)
{
	if (fflush(stdout) && errno != EPIPE && errno != EBADF) {
		warn("cannot write the output: %s", strerror(errno));
		_exit(EXIT_FAILURE);
	}
}

static int run_tool(const struct tool *t, int argc, char **argv)
{
	int status;

	progname = argv[0];
	run.name = argv[0];
	run.tool = t;
	parse_args(t, argc, argv);
	loop_init();
	clock_init();
	status = t->run();
	bpf_finish();
	return status;
}

int main(int argc, char **argv)
{
	const struct tool *t;
	char *slash;

	fill_descriptors();
	atexit(check_stdio);
	if (argc < 1)
		return EXIT_USAGE;
	slash = strrchr(argv[0], '/');
	if (slash)
		argv[0] = slash + 1;
	t = find_tool(argv[0]);
	if (t)
		return run_tool(t, argc, argv);
	if (argc > 1 && (t = find_tool(argv[1])))
		return run_tool(t, argc - 1, argv + 1);
	return run_command(argc - 1, argv + 1);
}
