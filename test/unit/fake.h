/* The tool that the tests run. */
#pragma once
#include "tool.h"

/* Where its options go. */
extern struct fake_options {
	uint32_t pid;
	bool failed, quiet, volume;
	const char *name;
	long count;
	char **rest;
} fake_options;

extern const struct tool fake_tool;
