/* What bpftools does besides running tools. */
#pragma once
#include "tool.h"

/* ARGV is the command and its arguments; none: the list of tools. Returns the exit status. */
int run_command(int argc, char **argv);

/* Prints the completion script of a shell; false if SHELL is none that we know. */
bool print_completion(const char *shell);

/* Calls fn for each name of each tool, aliases included. */
void each_tool_name(void (*fn)(const char *name, const struct tool *));

/* Prints the sections of a man page that the declaration of a tool implies, and its JSON Schema. */
void print_man(const struct tool *, const char *name);
void print_schema(const struct tool *);
