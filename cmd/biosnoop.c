// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "containers.h"
#include "disk.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "biosnoop.h"
#include "biosnoop.skel.h"

/* Requests under way that there is room for at most. */
#define REQUESTS_CPU 512
#define REQUESTS_LOW 2048               /* with the ring buffer just below a megabyte */
#define REQUESTS_HIGH 16384

/* The lowest byte of the flags says what is done; these are the same on all kernels. */
#define OPS 0xff
#define OP_WRITE 1
#define OP_FLUSH 2

static struct config cfg;
static uint32_t disk;
static uint64_t min_ns;
static bool clock_col, since_col, pattern_col, queue_col;

/* What a row shows, made of an event. Negative numbers and NULL: unknown, or there is none. */
struct line {
	uint64_t ns;
	const char *comm, *disk, *op, *pattern;
	char t[1];
	int32_t pid;
	uint32_t bytes;
	int64_t sector, queue_ns, lat_ns;
};

static const struct opt opts[] = {
	{ 'Q', "queue queued", NULL, "Print the time in the OS queue", as_flag, &queue_col },
	{ 'd', "disk", "DISK", "Only this disk or partition", as_disk, &disk },
	{ 'P', "pattern", NULL, "Print whether it follows the one before", as_flag, &pattern_col },
	OPT_CGROUP('c'),
	{ 'm', "min", "MIN", "Only what takes MIN milliseconds or more", as_ms, &min_ns },
	{ 't', "timestamp", NULL, "Print the time of day", as_flag, &clock_col },
	{}
};

static const struct opt args[] = {
	{ .arg = "DURATION", .help = "duration in seconds", .parse = as_secs,
	  .to = &run.duration },
	{}
};

#define LINE(field, head, width, help) COL_OF(struct line, field, head, width, help)
#define MS(field, head, help)						\
	LINE(field, head, 7, help), .how = SCALED, .scale = 1e6, .digits = 2, .unit = "ns"

static const struct col cols[] = {
	{ LINE(ns, "TIME(s)", -11, "Seconds since the first row; when it completed"), .how = SINCE,
	  .digits = 6, .show = &since_col },
	{ LINE(ns, "TIMESTAMP", -12, "Time of day, instead of TIME(s) with -t"), .how = CLOCK,
	  .digits = 3, .show = &clock_col },
	{ LINE(comm, "COMM", -14, "Command that queued the I/O"), .cut = true, .none = "?" },
	{ LINE(pid, "PID", -7, "Its process ID"), .none = "0" },
	{ LINE(disk, "DISK", -9, "Disk that it goes to"), .none = "<unknown>" },
	{ LINE(t, "T", -1, "W for writes, R for everything else") },
	{ LINE(op, "OP", 0, "What is done, and how, like Sync-Write"), .show = &never },
	{ LINE(sector, "SECTOR", -10, "Where on the disk it begins, in units of 512 bytes"),
	  .none = "0" },
	{ LINE(bytes, "BYTES", -7, "Size"), .key = "size_bytes", .unit = "bytes", .tight = true },
	{ LINE(pattern, "P", -1, "S if it begins where the one before on this disk ended, else R"),
	  .key = "pattern", .none = "?", .show = &pattern_col },
	{ MS(queue_ns, "QUE(ms)", "From queueing to issue"), .key = "queue_ns", .none = "?",
	  .show = &queue_col },
	{ MS(lat_ns, "LAT(ms)", "From issue to completion"), .key = "lat_ns" },
	{}
};

static const char *examples[][2] = {
	{ "biosnoop", "every block I/O, and who wanted it" },
	{ "biosnoop -Q", "with the time in the OS queue" },
	{ "biosnoop -d nvme0n1 10", "one disk, for ten seconds" },
	{ "biosnoop -P", "which is sequential, which is random" },
	{ "biosnoop -m 50 -t", "what takes 50 ms or more, and when" },
	{ "biosnoop -c /sys/fs/cgroup/web", "only I/O of one cgroup" },
	{ "biosnoop --json --duration 60", "JSON Lines for a minute" },
	{}
};

/* Where the last I/O ended, disk by disk. */
static struct end {
	uint32_t disk;
	uint64_t sector;
} *ends;
static size_t end_count;

/* NULL for the first one on its disk. */
static const char *pattern(const struct event *e)
{
	uint64_t end = e->sector + e->bytes / 512;
	const char *p = NULL;
	size_t i;

	for (i = 0; i < end_count && ends[i].disk != e->disk; i++)
		;
	if (i == end_count) {
		ends = xrealloc(ends, ++end_count * sizeof(*ends));
		ends[i].disk = e->disk;
	} else {
		p = ends[i].sector == e->sector ? "S" : "R";
	}
	ends[i].sector = end;
	return p;
}

static void on_event(const void *data)
{
	const struct event *e = data;
	bool place = (e->flags & OPS) != OP_FLUSH;
	static char comm[sizeof(e->comm) + 1];
	static bool first = true;
	struct line line = {
		.ns = e->ns,
		.comm = e->pid ? comm : NULL,
		.disk = disk_name(e->disk),
		.op = run.json ? rq_flags(e->flags) : NULL,
		.t = { (e->flags & OPS) == OP_WRITE ? 'W' : 'R' },
		.pid = e->pid ? (int32_t)e->pid : -1,
		.bytes = e->bytes,
		.sector = place ? (int64_t)e->sector : -1,
		.queue_ns = e->pid ? (int64_t)e->queue_ns : -1,
		.lat_ns = e->lat_ns,
	};

	if (pattern_col && place)
		line.pattern = pattern(e);
	if (e->lat_ns < min_ns)
		return;
	if (first)
		since_ns = e->ns;
	first = false;
	memcpy(comm, e->comm, sizeof(e->comm));
	if (*line.disk == '?')
		line.disk = NULL;
	row(&line);
}

static uint32_t requests_max(void)
{
	uint32_t n = REQUESTS_CPU * libbpf_num_possible_cpus();

	return n < REQUESTS_LOW ? REQUESTS_LOW : n > REQUESTS_HIGH ? REQUESTS_HIGH : n;
}

static int biosnoop(void)
{
	struct biosnoop_bpf *s = bpf_open(biosnoop);

	since_col = !clock_col;
	if (run.json)
		rq_flags_init();
	cfg.self = getpid();
	/* The quick ones count for what the slow ones follow. */
	cfg.min_ns = pattern_col ? 0 : min_ns;
	cfg.containers = containers_select(s->maps.cgroup, NULL, NULL);
	cfg.requests = requests_select(s, disk, true, requests_max());
	s->rodata->cfg = cfg;
	bpf_ring_size(s, 0);
	bpf_start(s);
	return bpf_events(s, on_event);
}

const struct tool biosnoop_tool = {
	.name = "biosnoop",
	.group = BLOCK_IO,
	.summary = "Trace block I/O: who wants it, where, how large, how slow",
	.args = args,
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = biosnoop,
};
