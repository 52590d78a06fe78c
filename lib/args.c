// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "out.h"
#include "pattern.h"
#include "tool.h"
#include "util.h"
#include "version.h"

#define OPTS_MAX 128                    /* names of options in one tool */
#define UNLETTERED 0x100                /* keys from here on are rows without a letter */

struct run run = { .interval = FOREVER, .count = FOREVER };

static bool show_help(const char *arg, void *to);
static bool show_version(const char *arg, void *to);
static bool no_source(const char *arg, void *to);

static const struct opt common[] = {
	OPT_DURATION(0),
	{ 0, "json", NULL, "Print JSON Lines", as_flag, &run.json },
	{ 0, "stats", NULL, "Say at the end what the tracing cost", as_flag, &run.stats },
	{ 0, "kprobe", NULL, "Prefer kprobes to fentry", as_flag, &run.kprobe },
	{ 0, "btf", "FILE", "Take kernel types from this file", as_str, &run.btf },
	{ 0, "debug", NULL, "Print the messages of libbpf", as_flag, &run.debug },
	{ 'v', "verbose", NULL, "The same as --debug", as_flag, &run.debug },
	{ 'h', "help", NULL, "Print this help", show_help, NULL },
	{ 0, "version", NULL, "Print the version", show_version, NULL },
	{}
};

const struct opt interval_count[] = {
	{ .arg = "INTERVAL", .help = "interval in seconds", .parse = as_secs, .to = &run.interval },
	{ .arg = "COUNT", .help = "count", .parse = as_count, .to = &run.count },
	{}
};

const bool never;

/* Accepted but not shown: what bcc's tools have and ours cannot. */
static const struct opt hidden[] = {
	{ '?', NULL, NULL, NULL, show_help, NULL },
	{ 0, "ebpf", NULL, NULL, no_source, NULL },
	{}
};

bool as_flag(const char *arg, void *to)
{
	return *(bool *)to = true;
}

bool as_pid(const char *arg, void *to)
{
	unsigned long long n;

	if (!parse_number(arg, INT32_MAX, &n) || !n)
		return false;
	*(uint32_t *)to = n;
	return true;
}

bool as_pids(const char *arg, void *to)
{
	char *words = xstrdup(arg), *word, *rest = words;
	struct pids *pids = to;
	bool good = true;

	pids->count = 0;
	while (good && (word = strsep(&rest, ","))) {
		pids->list = xrealloc(pids->list, (pids->count + 1) * sizeof(*pids->list));
		good = as_pid(word, &pids->list[pids->count++]);
	}
	free(words);
	return good;
}

/* Not getpwnam(): a static C library would want the host's NSS libraries for it. */
static bool uid_of(const char *name, uint32_t *uid)
{
	char *text = read_file("/etc/passwd", NULL), *line, *save;
	size_t len = strlen(name);
	unsigned long long n;
	bool found = false;
	char *p;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		/* name:password:uid:... */
		if (strncmp(line, name, len) || line[len] != ':')
			continue;
		p = strchr(line + len + 1, ':');
		if (!p)
			continue;
		p[1 + strcspn(p + 1, ":")] = 0;
		found = parse_number(p + 1, UINT32_MAX - 1, &n);
		if (found)
			*uid = n;
	}
	free(text);
	return found;
}

bool as_uid(const char *arg, void *to)
{
	unsigned long long n;

	if (!parse_number(arg, UINT32_MAX - 1, &n))
		return *arg && !strchr(arg, ':') && uid_of(arg, to);
	*(uint32_t *)to = n;
	return true;
}

/* Digits with at most one point among them; not strtod(), which takes "inf" and "0x1p3" too. */
bool as_secs(const char *arg, void *to)
{
	double value = 0, unit = 1;
	const char *s = arg;
	bool point = false;

	for (; *s; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9')
			return false;
		value = value * 10 + *s - '0';
		if (point)
			unit *= 10;
	}
	value /= unit;
	if (!(value >= 1e-3 && value <= 1e9))
		return false;
	*(double *)to = value;
	return true;
}

bool as_ms(const char *arg, void *to)
{
	double ms = 0;

	/* The parser refuses 0, which here means "all". */
	if (strspn(arg, "0.") != strlen(arg) || !strchr(arg, '0')) {
		if (!as_secs(arg, &ms))
			return false;
	}
	*(uint64_t *)to = ms * 1e6 + 0.5;
	return true;
}

bool as_count(const char *arg, void *to)
{
	unsigned long long n;

	if (!parse_number(arg, INT32_MAX, &n) || !n)
		return false;
	*(long *)to = n;
	return true;
}

bool as_str(const char *arg, void *to)
{
	*(const char **)to = arg;
	return true;
}

bool as_rest(const char *arg, void *to)
{
	return true;                    /* on_key() does it */
}

bool as_pattern(const char *arg, void *to)
{
	*(struct pattern **)to = pattern_parse(arg);
	return *(struct pattern **)to;
}

const char *opt_name(const struct opt *o)
{
	static char name[64];

	if (!o->name)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(o->name, " "), o->name);
	return name;
}

bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; words && *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && !strncmp(words, word, n))
			return true;
	}
	return false;
}

bool opt_has_name(const struct opt *o, const char *name)
{
	return is_word_of(o->name, name);
}

static bool is_row(const struct opt *o)
{
	return o && (o->key || o->name || o->arg);
}

static bool applies(const struct opt *o, const char *name)
{
	return !o->only || is_word_of(o->only, name);
}

/* A tool's own meaning of a letter or a name wins over the common one. */
static bool fit_common(const struct tool *t, const char *name, struct opt *row)
{
	const struct opt *o;

	for (o = t->opts; is_row(o); o++) {
		if (!applies(o, name))
			continue;
		if (row->to && o->to == row->to && row->to != &run.debug)
			return false;
		if (o->key == row->key)
			row->key = 0;
		if (!opt_has_name(o, row->name))
			continue;
		if (row->to != &run.duration)
			return false;
		row->name = "run-for";
	}
	return true;
}

static void each_row(const struct tool *t, const char *name, bool hidden,
		     void (*fn)(const struct opt *, void *), void *context)
{
	const struct opt *o;
	struct opt row;

	for (o = t->opts; is_row(o); o++) {
		if (applies(o, name) && (o->help || hidden))
			fn(o, context);
	}
	for (o = common; is_row(o); o++) {
		row = *o;
		if (fit_common(t, name, &row))
			fn(&row, context);
	}
}

void each_opt(const struct tool *t, const char *name, void (*fn)(const struct opt *, void *),
	      void *context)
{
	each_row(t, name, false, fn, context);
}

struct table {
	const struct tool *tool;
	struct opt rows[OPTS_MAX];
	struct argp_option argp[OPTS_MAX];
	char names[4096];
	size_t names_used;
	int rows_used, argp_used;
};

static void add_row(const struct opt *o, void *context)
{
	struct table *t = context;
	struct argp_option *a;
	const char *s;
	size_t n;
	int key;

	if (t->rows_used == OPTS_MAX)
		die("too many options");
	key = o->key ? o->key : UNLETTERED + t->rows_used;
	t->rows[t->rows_used++] = *o;
	for (s = o->name ? o->name : ""; ; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		if (t->argp_used == OPTS_MAX - 1 || t->names_used + n + 1 > sizeof(t->names))
			die("too many options");
		a = &t->argp[t->argp_used++];
		if (a > t->argp && a[-1].key == key)
			a->flags = OPTION_ALIAS;
		a->key = key;
		if (n) {
			a->name = memcpy(t->names + t->names_used, s, n);
			t->names_used += n + 1;
		}
		a->arg = o->arg;
		a->doc = o->help;
		if (!o->help)
			a->flags |= OPTION_HIDDEN;
		if (!s[n] || !s[n + 1])
			break;
	}
}

static void bad_value(const struct opt *o, const char *arg)
{
	if (o->key && o->name)
		die_usage("'%s' is not a valid %s for -%c/--%s", arg, o->arg, o->key, opt_name(o));
	if (o->key)
		die_usage("'%s' is not a valid %s for -%c", arg, o->arg, o->key);
	die_usage("'%s' is not a valid %s for --%s", arg, o->arg, opt_name(o));
}

const char *args_usage(const struct tool *t, const char *name)
{
	static char text[128];
	const struct opt *o;
	size_t n = 0, open = 0;

	text[0] = 0;
	for (o = t->args; is_row(o); o++) {
		if (applies(o, name))
			n += snprintf(text + n, sizeof(text) - n, "%s[%s", open++ ? " " : "",
				      o->arg);
	}
	while (open--)
		n += snprintf(text + n, sizeof(text) - n, "]");
	return text;
}

static void positional(const struct tool *t, int number, const char *arg)
{
	const struct opt *o = t->args;

	for (; is_row(o); o++) {
		if (applies(o, run.name) && !number--)
			break;
	}
	if (!is_row(o))
		die_usage("'%s' is too much", arg);
	if (!o->parse(arg, o->to))
		die_usage("'%s' is not a valid %s", arg, o->help);
}

static struct argp_state *parsing;

static error_t on_key(int key, char *arg, struct argp_state *state)
{
	struct table *t = state->input;
	int i;

	parsing = state;
	if (key == ARGP_KEY_INIT) {
		/* Without it argp writes a second line after each of getopt's. */
		state->err_stream = NULL;
		return 0;
	}
	if (key == ARGP_KEY_ARG) {
		positional(t->tool, state->arg_num, arg);
		return 0;
	}
	for (i = 0; i < t->rows_used; i++) {
		const struct opt *o = &t->rows[i];

		if (key != (o->key ? o->key : UNLETTERED + i))
			continue;
		if (o->parse == as_rest) {
			state->argv[state->next - 1] = arg;
			*(char ***)o->to = &state->argv[state->next - 1];
			state->next = state->argc;
		} else if (!o->parse(arg, o->to)) {
			bad_value(o, arg);
		}
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* What --help says before and behind the options. */
static char *help_text(const struct tool *t)
{
	const char *(*example)[2];
	const struct col *c;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die("out of memory");
	fprintf(f, "%s\v", t->summary);
	if (t->cols)
		fprintf(f, "Columns:\n");
	for (c = t->cols; c && c->head; c++) {
		if (c->help)
			fprintf(f, "  %-10s %s\n", c->head, c->help);
	}
	if (t->cols)
		fprintf(f, "\n");
	fprintf(f, "Examples:\n");
	for (example = t->examples; (*example)[0]; example++)
		fprintf(f, "  %-32s # %s\n", (*example)[0], (*example)[1]);
	fclose(f);
	return text;
}

static bool show_help(const char *arg, void *to)
{
	argp_state_help(parsing, stdout, ARGP_HELP_STD_HELP);
	return true;
}

static bool show_version(const char *arg, void *to)
{
	printf("%s (bpftools) " VERSION "\n", progname);
	exit(EXIT_SUCCESS);
}

static bool no_source(const char *arg, void *to)
{
	warn("--ebpf has no meaning here: the program is compiled beforehand, there is no source");
	exit(EXIT_SUCCESS);
}

void parse_args(const struct tool *t, int argc, char **argv)
{
	static struct table table;
	struct argp argp = { .options = table.argp, .parser = on_key };
	const struct opt *o;

	table.tool = t;
	argp.args_doc = args_usage(t, run.name);
	each_row(t, run.name, true, add_row, &table);
	for (o = hidden; is_row(o); o++)
		add_row(o, &table);
	argp.doc = help_text(t);
	/* Else each help has two lines on the arguments of short options. */
	setenv("ARGP_HELP_FMT", "no-dup-args-note", false);
	if (argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &table))
		exit(EXIT_USAGE);
}
