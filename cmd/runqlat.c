// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "containers.h"
#include "histogram.h"
#include "loop.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "runqlat.h"
#include "runqlat.skel.h"

#define TASKS_MAX 32768
#define HISTS_MAX 4096

static struct config cfg;
static bool stamps, milliseconds;

static const struct opt opts[] = {
	{ 'T', "timestamp", NULL, "Print the time of day", as_flag, &stamps },
	{ 'm', "milliseconds", NULL, "Count in milliseconds", as_flag, &milliseconds },
	{ 'P', "pids", NULL, "A histogram per process", as_flag, &cfg.per_process },
	{ 0, "pidnss", NULL, "A histogram per PID namespace", as_flag, &cfg.per_pidns },
	{ 'L', "tids", NULL, "A histogram per thread", as_flag, &cfg.per_thread },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	OPT_CGROUP('c'),
	{}
};

static const char *examples[][2] = {
	{ "runqlat", "all waits for a CPU until Ctrl-C" },
	{ "runqlat 1 10", "ten summaries, a second each" },
	{ "runqlat -mT 1", "each second, milliseconds, with the time" },
	{ "runqlat -P", "each process by itself" },
	{ "runqlat -p 185 -L", "each thread of one process" },
	{ "runqlat --pidnss", "each PID namespace, like a container" },
	{ "runqlat -c /sys/fs/cgroup/web", "only tasks of one cgroup" },
	{ "runqlat --json 10", "JSON Lines every ten seconds" },
	{}
};

static void fields(const void *data)
{
	const struct hist_key *k = data;

	if (cfg.per_process)
		section_number("pid", k->id);
	if (cfg.per_thread)
		section_number("tid", k->id);
	if (cfg.per_pidns)
		section_number("pidns", k->id);
}

/* How many tasks there are: /proc/loadavg has "... RUNNING/ALL ...". */
static uint32_t tasks(void)
{
	char *text = read_file("/proc/loadavg", NULL), *p = text ? strchr(text, '/') : NULL;
	uint32_t n = p ? strtoul(p + 1, NULL, 10) : 1024;

	free(text);
	return n;
}

static uint32_t at_most(uint32_t most, uint32_t n)
{
	return n < most ? n : most;
}

static int runqlat(void)
{
	struct hist_style style = { .fields = fields };
	uint32_t all = 2 * tasks() + 1024;
	struct runqlat_bpf *s;
	bool more;

	if (cfg.per_pidns && (cfg.per_process || cfg.per_thread))
		die_usage("can only use --pidnss or -P or -L");
	if (cfg.per_thread)
		cfg.per_process = false;
	style.unit = milliseconds ? "msecs" : "usecs";
	style.per_unit = cfg.per_unit = milliseconds ? 1000000 : 1000;
	s = bpf_open(runqlat);
	cfg.self = getpid();
	cfg.containers = containers_select(s->maps.cgroup, NULL, NULL);
	cfg.reuse = all <= TASKS_MAX;
	bpf_resize(s->maps.waiting, at_most(TASKS_MAX, all));
	if (cfg.per_process || cfg.per_thread || cfg.per_pidns)
		bpf_resize(s->maps.hists, at_most(HISTS_MAX, all));
	s->rodata->cfg = cfg;
	bpf_start(s);

	say("Tracing run queue latency... Hit Ctrl-C to end.\n");
	out_flush();
	do {
		more = tick();
		stamp(stamps);
		hist_print(s->maps.hists, &style);
		out_flush();
		bpf_report_lost(false);
	} while (more);
	return 0;
}

const struct tool runqlat_tool = {
	.name = "runqlat",
	.group = PROCESSES,
	.summary = "Summarize how long tasks wait for a CPU as a histogram",
	.args = interval_count,
	.examples = examples,
	.opts = opts,
	.hist_keys = "#pid #tid #pidns",
	.run = runqlat,
};
