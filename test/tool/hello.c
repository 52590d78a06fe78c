// SPDX-License-Identifier: GPL-2.0-only
/* A tool for the tests: the least that is one. It has no BPF program and no options of its own. */
#include "out.h"
#include "tool.h"

static const char *examples[][2] = { { "hello", "the greeting" }, {} };

static int hello(void)
{
	say("hello\n");
	out_flush();
	return 0;
}

const struct tool hello_tool = { "hello", BY_HAND, "Say hello", NULL, examples, .run = hello };
