// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "commands.h"
#include "containers.h"
#include "disk.h"
#include "names.h"
#include "out.h"

/* What a value can be, as shell code that lists it; by the parser, which is what knows it. */
static const struct source {
	bool (*parse)(const char *, void *);
	const char *list;               /* NULL: file names */
} sources[] = {
	{ as_pid, "command ls /proc | command grep -x '[0-9]*'" },
	{ as_uid, "command cut -d: -f1 /etc/passwd" },
	{ as_disk, "command ls /sys/class/block" },
	{ as_open_flag, "echo O_WRONLY O_RDWR O_APPEND O_CLOEXEC O_CREAT O_DIRECT O_DIRECTORY O_EXCL "
			"O_NOFOLLOW O_NONBLOCK O_PATH O_SYNC O_TMPFILE O_TRUNC" },
	{ as_cgroup, NULL },
	{ as_pinned_map, NULL },
	{}
};

static const struct source *source_of(const struct opt *o)
{
	static const struct source files;
	const struct source *s;

	if (o->arg && !strcmp(o->arg, "FILE"))
		return &files;
	for (s = sources; s->parse; s++) {
		if (s->parse == o->parse)
			return s;
	}
	return NULL;
}

static void each_name(const struct opt *o, void (*fn)(const char *name, size_t len))
{
	const char *s = o->name;
	char letter[] = "-x";
	size_t n;

	if (o->key) {
		letter[1] = o->key;
		fn(letter, 2);
	}
	for (; s && *s; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		fn(s, n);
	}
}

static void print_word(const char *name, size_t len)
{
	if (*name != '-')
		out_str("--");
	out_write(name, len);
	out_char(' ');
}

static void bash_words(const struct opt *o, void *context)
{
	each_name(o, print_word);
}

static const char *alternative;

static void bash_alternative(const char *name, size_t len)
{
	out_str(alternative);
	alternative = "|";
	if (*name != '-')
		out_str("--");
	out_write(name, len);
}

static void bash_value(const struct opt *o, void *context)
{
	const struct source *s = source_of(o);

	if (!o->arg)
		return;
	alternative = "\t\t";
	each_name(o, bash_alternative);
	out_str(")\n\t\t\t");
	if (s && s->list) {
		out_str("COMPREPLY=($(compgen -W \"$(");
		out_str(s->list);
		out_str(")\" -- \"$cur\"))");
	} else if (s) {
		out_str("compopt -o filenames 2> /dev/null; "
			"mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
	} else {
		out_str("COMPREPLY=()");
	}
	out_str("\n\t\t\treturn ;;\n");
}

static void bash_tool(const char *name, const struct tool *t)
{
	out_str("\t");
	out_str(name);
	out_str(")\n\t\tcase $prev in\n");
	each_opt(t, name, bash_value, NULL);
	out_str("\t\tesac\n\t\twords=\"");
	each_opt(t, name, bash_words, NULL);
	out_str("\" ;;\n");
}

static void print_name(const char *name, const struct tool *t)
{
	out_str(name);
	out_char(' ');
}

static const char commands[] = "list help examples man schema install completion version";
static const char shells[] = "bash zsh fish";

static void bash(void)
{
	out_str("# bpftools completion bash > /etc/bash_completion.d/bpftools\n"
		"_bpftools()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal tool=${COMP_WORDS[0]##*/} words=\n\n"
		"\t# --disk=sd: bash makes a word of the equals sign.\n"
		"\tif [ \"$cur\" = = ]; then cur=; fi\n"
		"\tif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		"\tif [ \"$tool\" = bpftools ]; then\n"
		"\t\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		"\t\t\tCOMPREPLY=($(compgen -W \"");
	each_tool_name(print_name);
	out_str(commands);
	out_str("\" -- \"$cur\"))\n\t\t\treturn\n\t\tfi\n\t\ttool=${COMP_WORDS[1]}\n\tfi\n"
		"\tcase $tool in\n");
	each_tool_name(bash_tool);
	out_str("\thelp|examples|man|schema)\n\t\twords=\"");
	each_tool_name(print_name);
	out_str("\" ;;\n\tcompletion)\n\t\twords=\"");
	out_str(shells);
	out_str("\" ;;\n\tlist)\n\t\twords=--json ;;\n\tinstall)\n"
		"\t\tcompopt -o filenames 2> /dev/null\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n\t\treturn ;;\n\tesac\n"
		"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
		"complete -F _bpftools bpftools ");
	each_tool_name(print_name);
	out_char('\n');
}

/* Text between single quotes, in a shell that ends them at any quote, and a bracket where zsh would
 * take it for its own. */
static void quoted(const char *s, const char *escape)
{
	for (; *s; s++) {
		if (*s == '\'') {
			out_str("'\\''");
			continue;
		}
		if (strchr(escape, *s))
			out_char('\\');
		out_char(*s);
	}
}

static const struct opt *zsh_row;

static void zsh_name(const char *name, size_t len)
{
	const struct source *s = source_of(zsh_row);

	out_str(" \\\n\t\t'*");
	if (*name != '-')
		out_str("--");
	out_write(name, len);
	if (zsh_row->arg && *name != '-')
		out_char('=');
	out_char('[');
	quoted(zsh_row->help, "[]:");
	out_char(']');
	if (zsh_row->arg) {
		out_char(':');
		quoted(zsh_row->arg, "[]:");
		out_char(':');
		if (s && s->list) {
			out_str("($(");
			quoted(s->list, ":");
			out_str("))");
		} else if (s) {
			out_str("_files");
		}
	}
	out_char('\'');
}

static void zsh_option(const struct opt *o, void *context)
{
	zsh_row = o;
	each_name(o, zsh_name);
}

static void zsh_tool(const char *name, const struct tool *t)
{
	out_str("\t");
	out_str(name);
	out_str(")\n\t\t_arguments");
	each_opt(t, name, zsh_option, NULL);
	out_str(" ;;\n");
}

static void zsh(void)
{
	out_str("#compdef bpftools ");
	each_tool_name(print_name);
	out_str("\n# bpftools completion zsh > a directory of $fpath, as _bpftools\n"
		"_bpftools()\n{\n"
		"\tlocal tool=${words[1]:t}\n\n"
		"\tif [[ $tool = bpftools ]]; then\n"
		"\t\tif (( CURRENT == 2 )); then\n\t\t\tcompadd ");
	each_tool_name(print_name);
	out_str(commands);
	out_str("\n\t\t\treturn\n\t\tfi\n\t\tshift words\n\t\t(( CURRENT-- ))\n"
		"\t\ttool=${words[1]}\n\tfi\n\tcase $tool in\n");
	each_tool_name(zsh_tool);
	out_str("\thelp|examples|man|schema)\n\t\tcompadd ");
	each_tool_name(print_name);
	out_str(";;\n\tcompletion)\n\t\tcompadd ");
	out_str(shells);
	out_str(" ;;\n\tlist)\n\t\tcompadd -- --json ;;\n\tinstall)\n\t\t_files -/ ;;\n\tesac\n}\n"
		"_bpftools \"$@\"\n");
}

static const char *fish_tool_name;

/* One line for the tool's own name and one for the tool as a word behind bpftools. */
static void fish_option(const struct opt *o, void *context)
{
	const struct source *source = source_of(o);
	const char *s;
	size_t n;
	int i;

	for (i = 0; i < 2; i++) {
		out_str(i ? "complete -c bpftools -n '__fish_seen_subcommand_from "
			  : "complete -c ");
		out_str(fish_tool_name);
		if (i)
			out_char('\'');
		if (o->key) {
			out_str(" -s ");
			out_char(o->key);
		}
		for (s = o->name; s && *s; s += n + (s[n] == ' ')) {
			n = strcspn(s, " ");
			out_str(" -l ");
			out_write(s, n);
		}
		out_str(" -d '");
		quoted(o->help, "\\");
		out_char('\'');
		if (o->arg)
			out_str(source && !source->list ? " -r -F" : " -x");
		if (o->arg && source && source->list) {
			out_str(" -a \"(");
			out_str(source->list);
			out_str(")\"");
		}
		out_char('\n');
	}
}

static void fish_tool(const char *name, const struct tool *t)
{
	fish_tool_name = name;
	out_str("complete -c ");
	out_str(name);
	out_str(" -f\ncomplete -c bpftools -n __fish_use_subcommand -a ");
	out_str(name);
	out_str(" -d '");
	quoted(t->summary, "\\");
	out_str("'\n");
	each_opt(t, name, fish_option, NULL);
}

static void fish(void)
{
	out_str("# bpftools completion fish > ~/.config/fish/completions/bpftools.fish\n"
		"complete -c bpftools -f\ncomplete -c bpftools -n __fish_use_subcommand -a '");
	out_str(commands);
	out_str("'\n");
	each_tool_name(fish_tool);
	out_str("complete -c bpftools -n '__fish_seen_subcommand_from help examples man schema' -a '");
	each_tool_name(print_name);
	out_str("'\ncomplete -c bpftools -n '__fish_seen_subcommand_from completion' -a '");
	out_str(shells);
	out_str("'\ncomplete -c bpftools -n '__fish_seen_subcommand_from list' -l json\n");
}

bool print_completion(const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} known[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(known[i].name, shell)) {
			known[i].print();
			return true;
		}
	}
	return false;
}
