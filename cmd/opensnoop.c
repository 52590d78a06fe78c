// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "child.h"
#include "containers.h"
#include "names.h"
#include "out.h"
#include "stacks.h"
#include "tool.h"
#include "util.h"
#include "opensnoop.h"
#include "opensnoop.skel.h"

static struct config cfg = { .uid = ANY_UID };
static bool time_col, uid_col, extended, by_thread, by_process = true;
static const char *name;
static struct open_flags flags;
static long pages;
static char **command;

static const struct opt opts[] = {
	{ 'T', "timestamp", NULL, "Print the time since the first event", as_flag, &time_col },
	{ 'U', "print-uid", NULL, "Print the user ID", as_flag, &uid_col },
	{ 'x', "failed", NULL, "Only calls that failed", as_flag, &cfg.failed },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	{ 't', "tid", "TID", "Only this thread", as_pid, &cfg.tid },
	OPT_CONTAINER_MAPS,
	OPT_CGROUP(0),
	{ 'u', "uid", "UID", "Only this user, by number or name", as_uid, &cfg.uid },
	OPT_DURATION('d'),
	{ 'n', "name", "NAME", "Only commands that contain NAME", as_str, &name },
	{ 'e', "extended_fields extended-fields", NULL, "Print FLAGS and MODE", as_flag,
	  &extended },
	{ 'f', "flag_filter", "FLAG", "Only calls with this or another -f FLAG", as_open_flag,
	  &flags },
	{ 'F', "full-path", NULL, "Print absolute paths", as_flag, &cfg.full_path },
	{ 'b', "buffer-pages", "PAGES", "Pages of the ring buffer for each CPU", as_count, &pages },
	{ 'c', "callers", NULL, "Print two callers of each call", as_flag, &cfg.callers },
	{ 0, "exec", "COMMAND", "Run all that follows, trace that process", as_rest, &command },
	{}
};

static const struct col cols[] = {
	{ COL(ns, "TIME(s)", -13, "Seconds since the first event"), .how = SINCE, .digits = 9,
	  .show = &time_col },
	{ COL(uid, "UID", -5, "User ID"), .show = &uid_col },
	{ COL(pid, "PID", -6, "Process ID"), .show = &by_process },
	{ COL(tid, "TID", -6, "Thread ID, instead of PID with -t"), .show = &by_thread },
	{ COL(comm, "COMM", -16, "Command name") },
	{ COL(fd, "FD", 4, "File descriptor, -1 if the call failed") },
	{ COL(err, "ERR", 3, "errno, 0 if the call succeeded") },
	{ COL(flags, "FLAGS", -8, "Open flags, octal"), .how = OCT, .show = &extended },
	{ COL(mode, "MODE", -4, "Creation mode, octal; n/a if nothing is created"), .how = OCT,
	  .none = "n/a", .show = &extended },
	{ COL(path, "PATH", 0, "File name, as given or with -F absolute"), .how = PATH },
	{}
};

static const char *examples[][2] = {
	{ "opensnoop", "every open() on the system" },
	{ "opensnoop -T", "with the time since the first one" },
	{ "opensnoop -x -n nginx", "what nginx fails to open" },
	{ "opensnoop -p 181 -d 10", "one process, for ten seconds" },
	{ "opensnoop -F -f O_CREAT -f O_TRUNC", "what is created or emptied" },
	{ "opensnoop --exec cat /etc/fstab", "only what this process opens" },
	{ "opensnoop --json --duration 60", "JSON Lines for a minute" },
	{}
};

static void callers(const void *data)
{
	const struct event *e = data;

	stack_frames("callers", e->pid, e->callers, sizeof(e->callers) / sizeof(*e->callers));
}

static void on_event(const void *data)
{
	const struct event *e = data;
	static bool first = true;

	if (first)
		since_ns = e->ns;
	first = false;
	if (!name || strstr(e->comm, name))
		row_with(e, cfg.callers ? callers : NULL);
}

/* One of three programs, the best that works here. */
static void choose(struct opensnoop_bpf *s)
{
	bool unpreempted = bpf_unpreempted(s->progs.sys_exit_unpreempted);
	bool direct = !unpreempted && btf_at_hand();

	bpf_drop(s->progs.sys_exit_unpreempted, !unpreempted);
	bpf_drop(s->progs.sys_exit_direct, !direct);
	bpf_drop(s->progs.sys_exit, unpreempted || direct);
}

static int opensnoop(void)
{
	struct opensnoop_bpf *s;

	if (command && cfg.pid)
		die_usage("can only use -p or --exec");
	s = bpf_open(opensnoop);
	choose(s);
	if (command)
		cfg.pid = child_start(command);
	by_thread = cfg.tid;
	by_process = !cfg.tid;
	cfg.self = getpid();
	cfg.flags = flags.mask;
	cfg.by_flags = flags.given;
	cfg.containers = containers_select(s->maps.cgroup, s->maps.cgroup_map, s->maps.mntns_map);
	s->rodata->cfg = cfg;
	bpf_ring_size(s, pages * sysconf(_SC_PAGESIZE) * libbpf_num_possible_cpus());
	bpf_start(s);
	if (command)
		child_go();
	return bpf_events(s, on_event);
}

const struct tool opensnoop_tool = {
	.name = "opensnoop",
	.group = FILES,
	.summary = "Trace open() and its relatives: who opens what, and what fails",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.frames = "callers",
	.run = opensnoop,
};
