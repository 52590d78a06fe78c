// SPDX-License-Identifier: GPL-2.0-only
/* The tool that the tests run: a table of options of every kind and no columns of its own; tests of
 * rows set run.tool to tools of theirs. */
#include <stdlib.h>
#include "fake.h"

struct fake_options fake_options;

static const struct opt opts[] = {
	{ 'p', "pid", "PID", "Only this process", as_pid, &fake_options.pid },
	{ 'x', "failed", NULL, "Only calls that failed", as_flag, &fake_options.failed },
	{ 'n', "name second-name", "NAME", "Only this name", as_str, &fake_options.name },
	{ 0, "long-only", "N", "A row without a letter", as_count, &fake_options.count },
	{ 'Q', NULL, NULL, "A row without a name", as_flag, &fake_options.quiet },
	{ 'v', "volume", NULL, "A letter that the common rows have too", as_flag,
	  &fake_options.volume },
	OPT_DURATION('d'),
	{ 0, "exec", "COMMAND", "Takes the rest", as_rest, &fake_options.rest },
	{}
};

static const char *examples[][2] = {
	{ "fake -p 181", "what process 181 does" },
	{}
};

static int fake(void)
{
	return EXIT_SUCCESS;
}

const struct tool fake_tool = {
	.name = "fake",
	.group = BY_HAND,
	.summary = "Test the library",
	.args = interval_count,
	.examples = examples,
	.opts = opts,
	.run = fake,
};
