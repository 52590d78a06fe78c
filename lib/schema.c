// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "json.h"
#include "out.h"
#include "version.h"

static void property(const char *key, const char *type, bool nullable, const char *description)
{
	json_key(key);
	json_open('{');
	json_key("type");
	if (nullable) {
		json_open('[');
		json_string(type);
		json_string("null");
		json_close(']');
	} else {
		json_string(type);
	}
	if (description)
		json_key_string("description", description);
	json_close('}');
}

/* One kind of line: begins it up to its properties. */
static void line_begin(const char *type)
{
	json_open('{');
	json_key_string("type", "object");
	json_key("properties");
	json_open('{');
	json_key("type");
	json_open('{');
	json_key_string("const", type);
	json_close('}');
	property("time", "number", false, "Seconds since the epoch");
}

/* REQUIRED: names between blanks, besides "type" and "time". */
static void line_end(const char *required)
{
	char *words = strdup(required), *word, *save;

	json_close('}');
	json_key("required");
	json_open('[');
	json_string("type");
	json_string("time");
	for (word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		json_string(word);
	json_close(']');
	json_close('}');
	free(words);
}

static const char *json_type(const struct col *c)
{
	return c->type == T_BOOL ? "boolean" : c->type == T_DOUBLE ? "number" :
	       c->type >= T_ADDRESS ? "string" : "integer";
}

static void event_line(const struct tool *t)
{
	char required[1024] = "";
	const struct col *c;
	bool nullable;

	line_begin("event");
	for (c = t->cols; c->head; c++) {
		if (!col_key(c))
			continue;
		nullable = c->none || c->type == T_STRING || c->type == T_ADDRESS;
		property(col_key(c), json_type(c), nullable, c->help);
		strncat(required, col_key(c), sizeof(required) - strlen(required) - 2);
		strcat(required, " ");
	}
	if (t->frames)
		property(t->frames, "array", false, "Frames: name, module and offset of each");
	line_end(required);
}

static void hist_line(const struct tool *t)
{
	static const char *const parts[] = { "low", "high", "count" };
	char *words = strdup(t->hist_keys), *word, *save;
	size_t i;

	line_begin("hist");
	json_key("keys");
	json_open('{');
	json_key_string("type", "object");
	json_key("properties");
	json_open('{');
	for (word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		property(word + (*word == '#'), *word == '#' ? "integer" : "string", false, NULL);
	json_close('}');
	json_close('}');
	property("unit", "string", false, "What low, high and sum count in");
	json_key("buckets");
	json_open('{');
	json_key_string("type", "array");
	json_key("items");
	json_open('{');
	json_key_string("type", "object");
	json_key("properties");
	json_open('{');
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		property(parts[i], "integer", false, NULL);
	json_close('}');
	json_close('}');
	json_close('}');
	property("count", "integer", false, "All buckets together");
	property("sum", "integer", false, "Of all values");
	line_end("keys unit buckets count sum");
	free(words);
}

static void stack_line(const struct tool *t)
{
	char required[64];

	line_begin("stack");
	property("pid", "integer", false, "Process ID");
	property("comm", "string", false, "Command name");
	property(t->stacks, "integer", false, "How much for this stack");
	property("kernel", "array", false, "Frames: name, module and offset, innermost first");
	property("user", "array", false, "The same");
	snprintf(required, sizeof(required), "pid comm %s kernel user", t->stacks);
	line_end(required);
}

void print_schema(const struct tool *t)
{
	json_open('{');
	json_key_string("$schema", "https://json-schema.org/draft/2020-12/schema");
	json_key_string("title", t->name);
	json_key_string("description", t->summary);
	json_key("oneOf");
	json_open('[');

	line_begin("start");
	property("tool", "string", false, NULL);
	property("version", "string", false, NULL);
	json_key("schema");
	json_open('{');
	json_key_unsigned("const", SCHEMA);
	json_close('}');
	property("kernel", "string", false, "Release of the running kernel");
	property("host", "string", false, "Name of the host");
	property("columns", "array", false, "key, unit and help of each column");
	line_end("tool version schema kernel host columns");

	if (t->cols)
		event_line(t);
	if (t->hist_keys)
		hist_line(t);
	if (t->stacks)
		stack_line(t);

	line_begin("lost");
	property("count", "integer", false, "Events lost since the last such line");
	property("where", "string", false, NULL);
	line_end("count where");

	line_begin("end");
	property("seconds", "number", false, "How long the run took");
	property("events", "integer", false, "Rows printed, or values in histograms");
	property("lost", "integer", false, "Events lost in all");
	property("skipped", "integer", false, "Program runs that the kernel skipped");
	property("programs", "array", false, "With --stats: name, runs and ns of each BPF program");
	property("map_bytes", "integer", false, "With --stats: kernel memory of the maps");
	line_end("seconds events lost");

	json_close(']');
	json_end();
}
