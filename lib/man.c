// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "commands.h"
#include "out.h"

/* Text for roff: hyphens stay hyphens, a dot or quote at the start of a line stays text. */
static void roff(const char *s)
{
	if (*s == '.' || *s == '\'')
		out_str("\\&");
	for (; *s; s++) {
		if (*s == '-')
			out_str("\\-");
		else if (*s == '\\')
			out_str("\\e");
		else
			out_char(*s);
	}
}

static void synopsis_row(const struct opt *o, void *context)
{
	out_char('[');
	if (o->key) {
		out_str("\\fB\\-");
		out_char(o->key);
	} else {
		out_str("\\fB\\-\\-");
		roff(opt_name(o));
	}
	out_str("\\fR");
	if (o->arg) {
		out_str(" \\fI");
		roff(o->arg);
		out_str("\\fR");
	}
	out_str("]\n");
}

static void option_row(const struct opt *o, void *context)
{
	const char *s = o->name;
	size_t n;

	out_str(".TP\n");
	if (o->key) {
		out_str("\\fB\\-");
		out_char(o->key);
		out_str("\\fR");
	}
	for (; s && *s; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		out_str(s == o->name && !o->key ? "\\fB\\-\\-" : ", \\fB\\-\\-");
		for (size_t i = 0; i < n; i++) {
			if (s[i] == '-')
				out_char('\\');
			out_char(s[i]);
		}
		out_str("\\fR");
	}
	if (o->arg) {
		out_str(" \\fI");
		roff(o->arg);
		out_str("\\fR");
	}
	out_char('\n');
	roff(o->help);
	out_char('\n');
}

static void fields(const struct tool *t)
{
	const struct col *c;

	out_str(".SH FIELDS\n");
	for (c = t->cols; c->head; c++) {
		if (!c->help)
			continue;
		out_str(".TP\n\\fB");
		roff(c->head);
		out_str("\\fR\n");
		roff(c->help);
		if (col_key(c)) {
			out_str(" (JSON: \\fB");
			roff(col_key(c));
			out_str("\\fR");
			if (c->unit) {
				out_str(", in ");
				roff(c->unit);
			}
			out_char(')');
		}
		out_char('\n');
	}
}

void print_man(const struct tool *t, const char *name)
{
	const char *usage = args_usage(t, name);
	const char *(*example)[2];

	out_str(".SH SYNOPSIS\n.B ");
	out_str(name);
	out_char('\n');
	each_opt(t, name, synopsis_row, NULL);
	if (*usage) {
		out_str("\\fI");
		roff(usage);
		out_str("\\fR\n");
	}
	out_str(".SH OPTIONS\n");
	each_opt(t, name, option_row, NULL);
	if (t->cols)
		fields(t);
	out_str(".SH EXAMPLES\n");
	for (example = t->examples; (*example)[0]; example++) {
		out_str(".TP\n.B ");
		roff((*example)[0]);
		out_char('\n');
		roff((*example)[1]);
		out_char('\n');
	}
}
