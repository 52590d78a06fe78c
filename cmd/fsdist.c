// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "bpf.h"
#include "fs.h"
#include "histogram.h"
#include "loop.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "fsdist.h"
#include "fsdist.skel.h"

/* In bcc these print the time with each interval, and -T turns that off; the others do not, and -T
 * turns it on. */
#define STAMPED "btrfsdist ext4dist nfsdist xfsdist zfsdist"
#define UNSTAMPED "f2fsdist fsdist"

static struct config cfg;
static const struct fs *fs;
static bool stamps, no_stamps, accepted, milliseconds;

static const struct opt opts[] = {
	{ 't', "type", "FS", "File system, like ext4 or nfs", as_fs, &fs },
	{ 'T', "timestamp", NULL, "Print the time of day", as_flag, &stamps, UNSTAMPED },
	{ 'T', "notimestamp", NULL, "Do not print the time of day", as_flag, &no_stamps, STAMPED },
	{ 0, "timestamp", NULL, "No effect: the time is printed anyway", as_flag, &accepted,
	  STAMPED },
	{ 'm', "milliseconds", NULL, "Count in milliseconds", as_flag, &milliseconds },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.fs.pid },
	{}
};

static const char *examples[][2] = {
	{ "ext4dist", "all operations of ext4 until Ctrl-C" },
	{ "xfsdist 1 10", "XFS, ten summaries, a second each" },
	{ "btrfsdist -m 5", "btrfs every five seconds, milliseconds" },
	{ "nfsdist -p 181", "what one process waits for NFS" },
	{ "fsdist -t f2fs -T 1", "any of them, with the time" },
	{ "ext4dist --json 10", "JSON Lines every ten seconds" },
	{}
};

static void fields(const void *key)
{
	section_field("operation", fs_op_names[*(const uint32_t *)key]);
}

/* Which operations; for the classic names those that bcc has. */
static unsigned operations(void)
{
	if (!strcmp(run.name, "nfsdist"))
		return (FS_COMMON & ~FS_SET(FS_FSYNC)) | FS_SET(FS_GETATTR);
	return is_word_of(STAMPED, run.name) ? FS_COMMON : FS_COMMON | FS_SET(FS_GETATTR);
}

static void print_time(void)
{
	bool stamped = is_word_of(STAMPED, run.name);

	stamp(stamps);
	if (stamped && !no_stamps && run.interval != FOREVER)
		say("%s:\n", out_time());
}

static int fsdist(void)
{
	struct hist_style style = { .fields = fields };
	struct fsdist_bpf *s;
	bool more;

	if (!fs)
		fs = fs_of_tool(run.name);
	if (!fs)
		die_usage("which file system? Name it with -t");
	s = bpf_open(fsdist);
	fs_choose(s->obj, fs, operations(), &cfg.fs);
	cfg.per_unit = milliseconds ? 1000000 : 1000;
	s->rodata->cfg = cfg;
	bpf_start(s);

	style.unit = milliseconds ? "msecs" : "usecs";
	style.per_unit = cfg.per_unit;
	say("Tracing %s operation latency... Hit Ctrl-C to end.\n",
	    is_word_of(STAMPED, run.name) ? fs->title : fs->name);
	out_flush();
	do {
		more = tick();
		print_time();
		hist_print(s->maps.hists, &style);
		bpf_report_lost(false);
	} while (more);
	return 0;
}

const struct tool fsdist_tool = {
	.name = "fsdist",
	.group = FILES,
	.summary = "Show the latency of a file system's operations as histograms",
	.args = interval_count,
	.examples = examples,
	.opts = opts,
	.hist_keys = "operation",
	.run = fsdist,
	.aliases = STAMPED " f2fsdist",
};
