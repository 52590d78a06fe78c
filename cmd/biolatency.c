// SPDX-License-Identifier: GPL-2.0-only
#include "bpf.h"
#include "clock.h"
#include "containers.h"
#include "disk.h"
#include "histogram.h"
#include "loop.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "biolatency.h"
#include "biolatency.skel.h"

#define FLAG_SETS 512                   /* histograms of -F */
#define REQUESTS_MAX 65536

static struct config cfg;
static uint32_t disk;
static bool stamps, per_flag, milliseconds, extension, dictionaries;

static const struct opt opts[] = {
	{ 'T', "timestamp", NULL, "Print the time of day", as_flag, &stamps },
	{ 'Q', "queued", NULL, "Include the time in the OS queue", as_flag, &cfg.queued },
	{ 'm', "milliseconds", NULL, "Count in milliseconds", as_flag, &milliseconds },
	{ 'D', "disks", NULL, "A histogram per disk", as_flag, &cfg.per_disk },
	{ 'F', "flags flag", NULL, "A histogram per set of request flags", as_flag, &per_flag },
	{ 'e', "extension", NULL, "Print average, total and count", as_flag, &extension },
	{ 'j', NULL, NULL, "Print histograms as bcc's JSON objects", as_flag, &dictionaries },
	{ 'd', "disk", "DISK", "Only this disk or partition", as_disk, &disk },
	OPT_CGROUP('c'),
	{}
};

static const char *examples[][2] = {
	{ "biolatency", "all block I/O until Ctrl-C" },
	{ "biolatency 1 10", "ten summaries, a second each" },
	{ "biolatency -mT 1", "each second, milliseconds, with the time" },
	{ "biolatency -Q", "with the time in the OS queue" },
	{ "biolatency -D", "each disk by itself" },
	{ "biolatency -F -d nvme0n1 30 1", "one disk by kinds of I/O, for 30 s" },
	{ "biolatency -c /sys/fs/cgroup/web", "only I/O of one cgroup" },
	{ "biolatency --json 10", "JSON Lines every ten seconds" },
	{}
};

static const char *unit(void)
{
	return milliseconds ? "msecs" : "usecs";
}

static void fields(const void *data)
{
	const struct hist_key *k = data;

	if (cfg.per_disk)
		section_field("disk", disk_name(k->disk));
	if (per_flag)
		section_field("flags", rq_flags(k->flags));
}

/* The objects that bcc's -j prints, one a line, as valid JSON. */
static void dictionary(const struct hist *h, const struct hist_style *style, const void *data)
{
	struct civil c = clock_civil(clock_wall_ns() / 1000000000);
	const struct hist_key *k = data;
	int i, n = hist_rows(h);

	say("{\"ts\": \"%d-%02d-%02d %02d:%02d:%02d\", \"val_type\": \"%s\", \"data\": [", c.year,
	    c.month, c.day, c.hour, c.minute, c.second, style->unit);
	for (i = 0; i < n; i++)
		say("%s{\"interval-start\": %llu, \"interval-end\": %llu, \"count\": %llu}",
		    i ? ", " : "", (unsigned long long)hist_low(i),
		    (unsigned long long)hist_high(i), (unsigned long long)h->slots[i]);
	say("]");
	if (cfg.per_disk)
		say(", \"disk\": \"%s\"", disk_name(k->disk));
	if (per_flag)
		say(", \"flags\": \"%s\"", rq_flags(k->flags));
	say("}\n");
}

static void print_extension(void)
{
	if (!hist_total.count)
		return;
	say("\navg = %llu %s, total: %llu %s, count: %llu\n\n",
	    (unsigned long long)(hist_total.sum / cfg.per_unit / hist_total.count), unit(),
	    (unsigned long long)(hist_total.sum / cfg.per_unit), unit(),
	    (unsigned long long)hist_total.count);
}

/* As many histograms as there may be. */
static uint32_t keys(void)
{
	uint32_t disks = 2 * disk_count();

	if (per_flag)
		return FLAG_SETS;
	return !cfg.per_disk ? 1 : disks < 64 ? 64 : disks > 4096 ? 4096 : disks;
}

static int biolatency(void)
{
	struct hist_style style = { .fields = fields };
	struct biolatency_bpf *s;
	bool more;

	if (per_flag && cfg.per_disk)
		die_usage("can only use -D or -F");
	if (dictionaries && run.json)
		die_usage("can only use -j or --json");
	s = bpf_open(biolatency);
	cfg.containers = containers_select(s->maps.cgroup, NULL, NULL);
	cfg.per_unit = milliseconds ? 1000000 : 1000;
	if (per_flag)
		cfg.flag_mask = rq_flags_init();
	cfg.requests = requests_select(s, disk, cfg.queued || cfg.containers.by_cgroup,
				       REQUESTS_MAX);
	bpf_resize(s->maps.hists, keys());
	s->rodata->cfg = cfg;
	bpf_start(s);

	style.unit = unit();
	style.per_unit = cfg.per_unit;
	style.print = dictionaries ? dictionary : NULL;
	if (!dictionaries)
		say("Tracing block device I/O... Hit Ctrl-C to end.\n");
	out_flush();
	do {
		more = tick();
		stamp(stamps);
		hist_print(s->maps.hists, &style);
		if (extension)
			print_extension();
		out_flush();
		bpf_report_lost(false);
	} while (more);
	return 0;
}

const struct tool biolatency_tool = {
	.name = "biolatency",
	.group = BLOCK_IO,
	.summary = "Summarize block device I/O latency as a histogram",
	.args = interval_count,
	.examples = examples,
	.opts = opts,
	.hist_keys = "disk flags",
	.run = biolatency,
};
