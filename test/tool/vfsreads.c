// SPDX-License-Identifier: GPL-2.0-only
/* A tool for the tests: it traces a kernel function, which the tools in cmd/ can all do without. */
#include <unistd.h>
#include "bpf.h"
#include "out.h"
#include "tool.h"
#include "vfsreads.h"
#include "vfsreads.skel.h"

static struct config cfg;

static const struct opt opts[] = {
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	{}
};

static const struct col cols[] = {
	{ COL(pid, "PID", -7, "Process ID") },
	{ COL(comm, "COMM", -16, "Command name") },
	{ COL(bytes, "BYTES", 0, "Bytes read, or the negative errno") },
	{}
};

static const char *examples[][2] = {
	{ "vfsreads", "every read() and its relatives" },
	{ "vfsreads -p 181", "only those of one process" },
	{}
};

static void on_event(const void *event)
{
	row(event);
}

static int vfsreads(void)
{
	struct vfsreads_bpf *s = bpf_open(vfsreads);

	cfg.self = getpid();
	s->rodata->cfg = cfg;
	bpf_ring_size(s, 0);
	bpf_start(s);
	return bpf_events(s, on_event);
}

const struct tool vfsreads_tool = {
	.name = "vfsreads",
	.group = FILES,
	.summary = "Trace vfs_read() and the bytes that it returns",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = vfsreads,
};
