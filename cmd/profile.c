// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bpf.h"
#include "containers.h"
#include "flame.h"
#include "lost.h"
#include "out.h"
#include "perf.h"
#include "stacks.h"
#include "tool.h"
#include "util.h"
#include "profile.h"
#include "profile.skel.h"

#define INITIAL_PIDNS 0xeffffffc        /* PROC_PID_INIT_INO of the kernel */

static struct config cfg;
static struct pids processes, threads;
static long hertz, period, depth = STACK_DEPTH, keys = 40960, stacks = 16384;
static unsigned cpu;
static bool one_cpu;
static const char *svg;

static bool as_cpu(const char *arg, void *to)
{
	unsigned long long n;

	one_cpu = true;
	if (!parse_number(arg, libbpf_num_possible_cpus() - 1, &n))
		return false;
	*(unsigned *)to = n;
	return true;
}

static const struct opt opts[] = {
	{ 'p', "pid", "PIDS", "Only these processes, by commas", as_pids, &processes },
	{ 'L', "tid", "TIDS", "Only these threads, by commas", as_pids, &threads },
	{ 'U', "user-stacks-only", NULL, "No kernel stacks", as_flag, &cfg.no_kernel },
	{ 'K', "kernel-stacks-only", NULL, "No user stacks", as_flag, &cfg.no_user },
	{ 'F', "frequency", "HZ", "Samples a second on each CPU (49)", as_count, &hertz },
	{ 'c', "count", "N", "A sample every N events of the CPU", as_count, &period },
	{ 'd', "delimited", NULL, "A mark between kernel and user stacks", as_flag,
	  &stack_style.delimited },
	{ 'a', "annotations", NULL, "With -f, _[k] behind kernel functions", as_flag,
	  &stack_style.annotated },
	{ 'I', "include-idle", NULL, "Idle CPUs too", as_flag, &cfg.idle },
	{ 'f', "folded", NULL, "A line per stack, for flame graphs", as_flag, &stack_style.folded },
	{ 0, "flamegraph", "FILE", "Write a flame graph (SVG) instead", as_str, &svg },
	{ 'A', "address", NULL, "Print the addresses of frames", as_flag, &stack_style.addresses },
	{ 0, "hash-storage-size", "N", "Different rows at most (40960)", as_count, &keys },
	{ 0, "stack-storage-size", "N", "Different stacks at most (16384)", as_count, &stacks },
	{ 0, "perf-max-stack-depth", "N", "Frames of a stack at most (127)", as_count, &depth },
	{ 'C', "cpu", "CPU", "Only this CPU", as_cpu, &cpu },
	OPT_CONTAINER_MAPS,
	OPT_CGROUP(0),
	{}
};

static const struct opt args[] = {
	{ .arg = "DURATION", .help = "time in seconds", .parse = as_secs, .to = &run.duration },
	{}
};

static const char *examples[][2] = {
	{ "profile", "all that runs, by stack, until Ctrl-C" },
	{ "profile 10", "for ten seconds" },
	{ "profile -F 99 -p 181,182", "two processes, 99 times a second" },
	{ "profile -af 30 > out.folded", "folded stacks for any flame graph script" },
	{ "profile --flamegraph out.svg 30", "a flame graph, for a browser" },
	{ "profile -U -L 1234", "where one thread spends its time" },
	{ "profile -K -I -C 3", "the kernel side of CPU 3, with idle" },
	{ "profile --json 30", "JSON Lines, one for each stack" },
	{}
};

static void print_list(const char *what, const struct pids *p)
{
	int i;

	say(" of %s [", what);
	for (i = 0; i < p->count; i++)
		say("%s%u", i ? ", " : "", p->list[i]);
	say("]");
}

static void banner(void)
{
	if (period)
		say("Sampling every %ld events", period);
	else
		say("Sampling at %ld Hertz", hertz);
	if (processes.count)
		print_list("PID", &processes);
	else if (threads.count)
		print_list("TID", &threads);
	else
		say(" of all threads");
	say(" by %s stack", cfg.no_kernel ? "user" : cfg.no_user ? "kernel" : "user + kernel");
	if (one_cpu)
		say(" on CPU#%u", cpu);
	if (run.duration)
		say(" for %g secs.\n\n", run.duration);
	else
		say("... Hit Ctrl-C to end.\n\n");
	out_flush();
}

static void only(struct profile_bpf *s, const struct pids *p)
{
	const __u8 yes = 1;
	int i;

	if (!p->count)
		return;
	bpf_resize(s->maps.only, p->count);
	for (i = 0; i < p->count; i++)
		bpf_preset(s->maps.only, &p->list[i], sizeof(p->list[i]), &yes, sizeof(yes));
}

/* PIDs shall be those of our own /proc, also in a container. */
static void find_pidns(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) || st.st_ino == INITIAL_PIDNS)
		return;
	cfg.pidns_dev = st.st_dev;
	cfg.pidns_ino = st.st_ino;
}

/* The processor's own clock, which also sees what runs with interrupts off; a timer where there is
 * none, as in most virtual machines. */
static void sample(struct profile_bpf *s)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES,
		.freq = !period, .sample_period = period ? period : hertz,
	};
	int on = one_cpu ? (int)cpu : -1;

	if (perf_attach(s->progs.sample, &attr, on))
		return;
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_CPU_CLOCK;
	if (!perf_attach(s->progs.sample, &attr, on))
		die("cannot sample: no perf event of this kernel can be used: %s", strerror(errno));
}

static const __u64 *values;

static int by_count(const void *a, const void *b)
{
	__u64 x = values[*(const size_t *)a], y = values[*(const size_t *)b];

	return x < y ? -1 : x > y;
}

/* Rarest first, so that what matters is what one sees last. */
static void report(struct profile_bpf *s)
{
	size_t i, n, *order;
	struct key *k;
	__u64 *counts;

	n = bpf_entries(s->maps.counts, &k, &counts);
	order = xmalloc(n * sizeof(*order) + 1);
	for (i = 0; i < n; i++)
		order[i] = i;
	values = counts;
	qsort(order, n, sizeof(*order), by_count);
	for (i = 0; i < n; i++) {
		const struct key *key = &k[order[i]];
		struct stack_entry e = { key->kernel, key->user, key->pid, key->comm,
					 counts[order[i]] };

		if (svg)
			stack_draw(&e);
		if (!svg || run.json || stack_style.folded)
			stack_print(&e);
	}
}

static void write_svg(FILE *f)
{
	char title[64];

	snprintf(title, sizeof(title), period ? "CPU, every %ld events" : "CPU at %ld Hertz",
		 period ? period : hertz);
	flame_write(f, title, "samples");
	if (fclose(f))
		die("cannot write %s: %s", svg, strerror(errno));
}

static int profile(void)
{
	struct profile_bpf *s;
	FILE *f = NULL;

	if (hertz && period)
		die_usage("can only use -F or -c");
	if (processes.count && threads.count)
		die_usage("can only use -p or -L");
	if (cfg.no_kernel && cfg.no_user)
		die_usage("can only use -U or -K");
	if (depth > STACK_DEPTH)
		die_usage("stacks have %d frames at most", STACK_DEPTH);
	if (svg && !(f = fopen(svg, "we")))
		die("cannot write %s: %s", svg, strerror(errno));
	if (!hertz)
		hertz = 49;

	s = bpf_open(profile);
	cfg.self = getpid();
	cfg.depth = depth;
	cfg.by_pid = processes.count;
	cfg.by_tid = threads.count;
	find_pidns();
	only(s, processes.count ? &processes : &threads);
	cfg.containers = containers_select(s->maps.cgroup, s->maps.cgroup_map, s->maps.mntns_map);
	s->rodata->cfg = cfg;
	bpf_resize(s->maps.counts, keys);
	stacks_init(s, stacks);
	bpf_load(s);
	sample(s);
	if (!stack_style.folded)
		banner();
	bpf_start(s);

	stack_style.located = true;
	bpf_events(s, stack_received);
	report(s);
	if (svg)
		write_svg(f);
	stacks_warn();
	if (bpf_lost(LOST_MAP))
		warn("WARNING: hash table full. Consider increasing --hash-storage-size.");
	return 0;
}

const struct tool profile_tool = {
	.name = "profile",
	.group = PROCESSES,
	.summary = "Sample stacks to see where CPU time goes; draws flame graphs",
	.args = args,
	.examples = examples,
	.opts = opts,
	.stacks = "count",
	.run = profile,
};
