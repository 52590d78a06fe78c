// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include "bpf.h"
#include "containers.h"
#include "out.h"
#include "pattern.h"
#include "tool.h"
#include "util.h"
#include "execsnoop.h"
#include "execsnoop.skel.h"

static struct config cfg = { .uid = ANY_UID, .max_args = 20 };
static bool time_col, since_col, uid_col, cpu_col, failed, quote;
static struct pattern *comm_pattern, *line_pattern;

/* What a row shows, made of an event. */
struct line {
	uint64_t ns;
	uint32_t pid, ppid, uid, cpu;
	int32_t ret;
	char comm[16], pcomm[16];
	const char *args;
	bool cut;
};

static bool as_max_args(const char *arg, void *to)
{
	unsigned long long n;

	if (!parse_number(arg, FIELDS_MAX, &n) || !n)
		return false;
	*(uint32_t *)to = n;
	return true;
}

static const struct opt opts[] = {
	{ 'T', "time", NULL, "Print the time of day", as_flag, &time_col },
	{ 't', "timestamp", NULL, "Print the seconds since the start", as_flag, &since_col },
	{ 'x', "fails", NULL, "Also calls that failed", as_flag, &failed },
	OPT_CONTAINER_MAPS,
	OPT_CGROUP('c'),
	{ 'u', "uid", "USER", "Only this user, by number or name", as_uid, &cfg.uid },
	{ 'q', "quote", NULL, "Put quotes around each argument", as_flag, &quote },
	{ 'n', "name", "RE", "Only commands that match RE", as_pattern, &comm_pattern },
	{ 'l', "line", "RE", "Only arguments that match RE", as_pattern, &line_pattern },
	{ 'U', "print-uid", NULL, "Print the user ID", as_flag, &uid_col },
	{ 'C', "print-cpu", NULL, "Print the CPU", as_flag, &cpu_col },
	{ 'M', "print-pcomm", NULL, "Print the parent's command name", as_flag, &cfg.parent_comm },
	{ 0, "max-args", "N", "Print so many fields at most (20, up to 60)", as_max_args,
	  &cfg.max_args },
	{ 'P', "ppid", "PID", "Only children of this process", as_pid, &cfg.ppid },
	{}
};

#define LINE(field, head, width, help) COL_OF(struct line, field, head, width, help)

static const struct col cols[] = {
	{ LINE(ns, "TIME", -8, "Time of day"), .how = CLOCK, .show = &time_col },
	{ LINE(ns, "TIME(s)", -7, "Seconds since the start"), .how = SINCE, .digits = 3,
	  .show = &since_col },
	{ LINE(uid, "UID", -5, "User ID"), .show = &uid_col },
	{ LINE(comm, "COMM", -16, "Command name, after a successful exec the new one") },
	{ LINE(pid, "PID", -7, "Process ID") },
	{ LINE(pcomm, "PCOMM", -16, "Command name of the parent"), .show = &cfg.parent_comm },
	{ LINE(ppid, "PPID", -7, "Process ID of the parent") },
	{ LINE(cpu, "CPU", -4, "CPU on which it was called"), .show = &cpu_col },
	{ LINE(ret, "RET", 3, "0, or the negative errno of a failed call") },
	{ LINE(args, "ARGS", 0, "Program and its arguments, \"...\" where something is left out") },
	{ LINE(cut, "CUT", 0, "Whether arguments are left out"), .show = &(const bool){ false } },
	{}
};

static const char *examples[][2] = {
	{ "execsnoop", "every new program" },
	{ "execsnoop -x", "also those that could not be started" },
	{ "execsnoop -T -U", "with the time of day and the user" },
	{ "execsnoop -q -n '^(sh|bash)$'", "shells only, arguments in quotes" },
	{ "execsnoop -l testpkg", "only where the command line has \"testpkg\"" },
	{ "execsnoop -P 181", "only children of process 181" },
	{ "execsnoop --json --duration 60", "JSON Lines for a minute" },
	{}
};

/* The text of ARGS while it is put together. */
static char text[3 * (LARGE_FILE + LARGE_ARGS)];
static size_t used;

static void add(char c)
{
	if (used < sizeof(text) - 1)
		text[used++] = c;
}

static void add_field(const char *s, size_t len)
{
	if (used)
		add(' ');
	if (quote)
		add('"');
	for (; len; s++, len--) {
		if (quote && *s == '"')
			add('\\');
		add(*s);
	}
	if (quote)
		add('"');
}

/* An argument of a failed call that was not in memory when the kernel side looked. The process may
 * still be there; else its parent has the same image and so the same constant at the same place. */
static const char *fetch(const struct event *e, uint32_t i)
{
	size_t size = e->compat ? 4 : 8, got = 0, n;
	uint32_t pids[] = { e->pid, e->like_parent ? e->ppid : 0 };
	static char arg[FAILED_ARG];
	struct iovec to, from;
	uint64_t p;
	size_t pid;

	for (pid = 0; pid < 2 && pids[pid]; pid++) {
		p = 0;
		to = (struct iovec){ &p, size };
		from = (struct iovec){ (void *)(uintptr_t)(e->argv + i * size), size };
		if (process_vm_readv(pids[pid], &to, 1, &from, 1, 0) != (ssize_t)size || !p)
			continue;
		/* Page by page: the one behind the string may not be there. */
		for (got = 0; got < sizeof(arg) - 1; got += n) {
			n = 4096 - (p + got) % 4096;
			if (n > sizeof(arg) - 1 - got)
				n = sizeof(arg) - 1 - got;
			to = (struct iovec){ arg + got, n };
			from = (struct iovec){ (void *)(uintptr_t)(p + got), n };
			if (process_vm_readv(pids[pid], &to, 1, &from, 1, 0) != (ssize_t)n)
				break;
			if (memchr(arg + got, 0, n))
				return arg;
		}
	}
	return "?";
}

/* The program of a failed call, as the kernel names it after a successful one. */
static const char *failed_file(const struct event *e)
{
	static char file[LARGE_FILE + 32];

	if (e->dfd == AT_FDCWD || *e->data == '/')
		return e->data;
	snprintf(file, sizeof(file), *e->data ? "/dev/fd/%d/%s" : "/dev/fd/%d", e->dfd, e->data);
	return file;
}

/* The last one of a cut record may lack its NUL. */
static const char *next_of(const char *s, const char *end)
{
	s += strnlen(s, end - s) + 1;
	return s < end ? s : end;
}

/* A script's image has the interpreter's arguments before those of the call: "/bin/sh -e script a
 * b" for "script a b". */
static const char *behind_script(const char *s, const char *end, const char *file)
{
	const char *p;

	for (p = s; p < end; p = next_of(p, end)) {
		if (!strncmp(p, file, end - p))
			return next_of(p, end);
	}
	return s;
}

/* Makes the text; true if something is left out. */
static bool join(const struct event *e)
{
	const char *s = e->data + e->args_at, *end = s + e->args_len;
	const char *file = e->failed ? failed_file(e) : e->data, *arg;
	bool cut = e->more;
	uint32_t i;

	used = 0;
	add_field(file, strlen(file));
	s = next_of(s, end);            /* the name that the program is told to have */
	if (e->script)
		s = behind_script(s, end, e->data);
	for (i = 1; s < end; i++, s = next_of(s, end)) {
		if (i == cfg.max_args) {
			cut = true;
			break;
		}
		if (e->missing >> i & 1) {
			arg = fetch(e, i);
			add_field(arg, strlen(arg));
		} else {
			add_field(s, strnlen(s, end - s));
		}
	}
	if (cut)
		add_field("...", 3);
	text[used] = 0;
	return cut;
}

static void on_event(const void *data)
{
	const struct event *e = data;
	struct line line = { e->ns, e->pid, e->ppid, e->uid, e->cpu, e->ret };

	memcpy(line.comm, e->comm, sizeof(line.comm));
	memcpy(line.pcomm, e->pcomm, sizeof(line.pcomm));
	if (comm_pattern && !pattern_in(comm_pattern, line.comm))
		return;
	line.cut = join(e);
	line.args = text;
	if (!line_pattern || pattern_in(line_pattern, text))
		row(&line);
}

static int execsnoop(void)
{
	struct execsnoop_bpf *s = bpf_open(execsnoop);
	bool unpreempted;

	unpreempted = failed && bpf_unpreempted(s->progs.exec_failed_unpreempted);
	bpf_drop(s->progs.exec_failed_unpreempted, !unpreempted);
	bpf_drop(s->progs.exec_failed, !failed || unpreempted);
	bpf_leave_out(s->maps.scratch, !failed);
	cfg.containers = containers_select(s->maps.cgroup, s->maps.cgroup_map, s->maps.mntns_map);
	s->rodata->cfg = cfg;
	s->rodata->cfg.parent_comm |= run.json;
	bpf_ring_size(s, 0);
	bpf_start(s);
	return bpf_events(s, on_event);
}

const struct tool execsnoop_tool = {
	.name = "execsnoop",
	.group = PROCESSES,
	.summary = "Trace new programs: each exec() with its arguments",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = execsnoop,
};
