// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "clock.h"
#include "loop.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "cachestat.h"
#include "pagecache.h"
#include "cachestat.skel.h"

static bool stamps;

static const struct opt opts[] = {
	{ 'T', "timestamp", NULL, "Print the time of day", as_flag, &stamps },
	{}
};

/* One interval. */
struct event {
	uint64_t ns, hits, misses, dirties, buffers, cached;
	double ratio;
};

static const struct col cols[] = {
	{ COL(ns, "TIME", -8, "Time of day"), .how = CLOCK, .show = &stamps },
	{ COL(hits, "HITS", 8, "Pages accessed that were in the page cache") },
	{ COL(misses, "MISSES", 8, "Pages accessed that had to come from the disk") },
	{ COL(dirties, "DIRTIES", 8, "Pages that became dirty") },
	{ COL(ratio, "HITRATIO", 8, "Hits of all accesses, in percent"), .digits = 2,
	  .key = "hitratio_percent", .unit = "percent", .none = "0.00%", .suffix = "%" },
	{ COL(buffers, "BUFFERS_MB", 12, "Cache of disks read directly, as in /proc/meminfo"),
	  .how = SCALED, .scale = 1 << 20, .key = "buffers_bytes", .unit = "bytes" },
	{ COL(cached, "CACHED_MB", 10, "Cache of files, as in /proc/meminfo"),
	  .how = SCALED, .scale = 1 << 20, .key = "cached_bytes", .unit = "bytes" },
	{}
};

static const char *examples[][2] = {
	{ "cachestat", "hits and misses every second" },
	{ "cachestat 5 12", "every five seconds, for a minute" },
	{ "cachestat -T", "with the time of day" },
	{ "cachestat --json 10", "JSON Lines every ten seconds" },
	{}
};

/* Either of a function's two ways to be traced; both are dropped without WANTED. */
static bool either(struct bpf_program *fentry, struct bpf_program *kprobe, bool wanted)
{
	bpf_drop(fentry, !wanted);
	bpf_drop(kprobe, !wanted);
	return wanted && (bpf_has(fentry) || bpf_has(kprobe));
}

/* Picks the programs for this kernel. Reads are seen best by the functions that they pass. */
static void choose(struct cachestat_bpf *s)
{
	bool older = func_id("generic_file_buffered_read") >= 0, tracepoint, functions;

	bpf_drop(s->progs.dirty_page, bpf_has(s->progs.dirty_folio));

	functions = either(s->progs.generic_file_buffered_read_fexit,
			   s->progs.generic_file_buffered_read_kprobe, older);
	functions |= either(s->progs.filemap_read_fexit, s->progs.filemap_read_kprobe, !older);
	either(s->progs.filemap_splice_read_fexit, s->progs.filemap_splice_read_kprobe,
	       functions && !older);
	bpf_drop(s->progs.generic_file_buffered_read_kretprobe,
		 !bpf_has(s->progs.generic_file_buffered_read_kprobe));
	bpf_drop(s->progs.filemap_read_kretprobe, !bpf_has(s->progs.filemap_read_kprobe));
	bpf_drop(s->progs.filemap_splice_read_kretprobe,
		 !bpf_has(s->progs.filemap_splice_read_kprobe));

	tracepoint = bpf_has(s->progs.fault);
	either(s->progs.filemap_fault_fentry, s->progs.filemap_fault_kprobe, !tracepoint);
	either(s->progs.filemap_map_pages_fentry, s->progs.filemap_map_pages_kprobe, !tracepoint);

	bpf_drop(s->progs.get_pages, functions);
	bpf_drop(s->progs.sys_exit, functions || tracepoint);
	if (!functions && !tracepoint && btf_known())
		warn("sees reads by system calls only, not page faults, sendfile() or io_uring: "
		     "that takes Linux 6.12, or kprobes (CONFIG_KPROBES=y)");
}

/* A line of /proc/meminfo, in bytes. */
static uint64_t memory(const char *text, const char *name)
{
	const char *line = text ? strstr(text, name) : NULL;

	return line ? strtoull(line + strlen(name), NULL, 10) << 10 : 0;
}

/* How much each count has risen since the last call. */
static void rises(struct bpf_map *map, uint64_t rise[PAGES_KINDS])
{
	static uint64_t before[PAGES_KINDS];
	int cpu, cpus = libbpf_num_possible_cpus();
	uint64_t *each = xmalloc(cpus * sizeof(*each)), sum;
	uint32_t kind;

	for (kind = 0; kind < PAGES_KINDS; kind++) {
		sum = 0;
		if (!bpf_map_lookup_elem(bpf_map__fd(map), &kind, each)) {
			for (cpu = 0; cpu < cpus; cpu++)
				sum += each[cpu];
		}
		rise[kind] = sum - before[kind];
		before[kind] = sum;
	}
	free(each);
}

static void print(struct bpf_map *counts)
{
	uint64_t rise[PAGES_KINDS], accesses;
	struct event e = { .ns = clock_mono_ns() };
	char *text = read_file("/proc/meminfo", NULL);
	static uint64_t carry;

	rises(counts, rise);
	/* An access and its miss may be counted one after the other; what falls between two
	 * intervals belongs to the second one. */
	accesses = rise[PAGES_ACCESSED];
	e.misses = carry + rise[PAGES_MISSED];
	carry = e.misses > accesses ? e.misses - accesses : 0;
	e.misses -= carry;
	e.hits = accesses - e.misses;
	e.dirties = rise[PAGES_DIRTIED];
	e.ratio = accesses ? 100.0 * e.hits / accesses : -1;
	e.buffers = memory(text, "\nBuffers:");
	e.cached = memory(text, "\nCached:");
	free(text);
	row(&e);
}

static int cachestat(void)
{
	/* Of those used least recently each CPU may hold back some from the others. */
	uint32_t entries = 1024 + 256 * libbpf_num_possible_cpus();
	struct cachestat_bpf *s;
	bool more;

	if (run.interval == FOREVER)
		run.interval = 1;
	s = bpf_open(cachestat);
	choose(s);
	bpf_resize(s->maps.blocks, entries);
	bpf_resize(s->maps.threads, entries);
	bpf_resize(s->maps.calls, entries);
	s->rodata->cfg.page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	bpf_start(s);

	header();
	out_flush();
	do {
		more = tick();
		print(s->maps.counts);
		out_flush();
		bpf_report_lost(false);
	} while (more);
	if (stopped())
		say("Detaching...\n");
	return 0;
}

const struct tool cachestat_tool = {
	.name = "cachestat",
	.group = MEMORY,
	.summary = "Count page cache hits and misses",
	.args = interval_count,
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = cachestat,
};
