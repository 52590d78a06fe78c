// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "btf.h"
#include "fs.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "fsslower.h"
#include "fsslower.skel.h"

/* Names of which bcc has a Python tool; most have their own letter for CSV and no -d. */
#define CLASSIC "btrfsslower ext4slower f2fsslower nfsslower xfsslower zfsslower"
#define CSV_J "btrfsslower ext4slower nfsslower xfsslower zfsslower"

static struct config cfg = { .fs.min_ns = 10000000 };
static const struct fs *fs;

/* Which form of a column is shown. */
static bool text, classic, other, narrow_pid, wide_pid, csv_us, csv_ns;

static const struct opt opts[] = {
	{ 't', "type", "FS", "File system, like ext4 or nfs", as_fs, &fs },
	{ 'm', "min", "MS", "Only what takes longer than MS ms (10); 0: all", as_ms,
	  &cfg.fs.min_ns },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.fs.pid },
	OPT_DURATION('d'),
	{ 'c', "csv", NULL, "Print values between commas", as_flag, &run.csv, "fsslower" },
	{ 'j', "csv", NULL, "Print values between commas", as_flag, &run.csv, CSV_J },
	{ 's', "csv", NULL, "Print values between commas", as_flag, &run.csv, "f2fsslower" },
	{ 'c', NULL, NULL, "The same as --csv", as_flag, &run.csv, CLASSIC },
	{}
};

static const struct opt args[] = {
	{ .arg = "MIN_MS", .help = "number of milliseconds", .parse = as_ms,
	  .to = &cfg.fs.min_ns, .only = CLASSIC },
	{}
};

/* An event with what it takes to print it. */
struct line {
	struct event e;
	int64_t text_offset, size;
	int32_t err;
	const char *op, *letter;
};

#define COL_E(field, head, width, help) COL_OF(struct line, e.field, head, width, help)
#define COL_L(field, head, width, help) COL_OF(struct line, field, head, width, help)

static const struct col cols[] = {
	{ COL_E(end, "TIME", -8, "Time of day when it ended"), .how = CLOCK, .show = &text },
	{ COL_E(end, "ENDTIME_us", 0, NULL), .how = WHOLE, .scale = 1e3, .key = "",
	  .show = &csv_us },
	{ COL_E(end, "ENDTIME_ns", 0, NULL), .key = "", .show = &csv_ns },
	{ COL_E(comm, "COMM", -14, "Command name"), .cut = true, .show = &classic },
	{ COL_E(comm, "COMM", -16, NULL), .key = "", .show = &other },
	{ COL_E(comm, "TASK", 0, NULL), .key = "", .show = &run.csv },
	{ COL_E(pid, "PID", -6, "Process ID"), .show = &narrow_pid },
	{ COL_E(pid, "PID", -7, NULL), .key = "", .show = &wide_pid },
	{ COL_L(letter, "T", -1, "R read, W write, O open, S or F fsync, G getattr, C commit"),
	  .key = "", .show = &text },
	{ COL_L(letter, "TYPE", 0, NULL), .key = "", .show = &run.csv },
	{ COL_L(op, "OP", 0, "Operation by name; only in JSON"), .key = "op", .show = &never },
	{ COL_E(ret, "BYTES", -7, "Bytes read or written, or what else it returned"),
	  .key = "ret" },
	{ COL_L(size, "SIZE", 0, "Bytes read or written; only in JSON"), .key = "size_bytes",
	  .unit = "bytes", .none = "", .show = &never },
	{ COL_L(err, "ERR", 0, "errno, 0 if it succeeded; only in JSON"), .key = "err",
	  .show = &never },
	{ COL_L(text_offset, "OFF_KB", -8, "Where in the file, in KB"), .how = WHOLE,
	  .scale = 1024, .key = "", .show = &text },
	{ COL_L(text_offset, "OFFSET_b", 0, NULL), .key = "", .show = &run.csv },
	{ COL_E(offset, "OFFSET", 0, "Where in the file; only in JSON"), .key = "offset_bytes",
	  .unit = "bytes", .none = "", .show = &never },
	{ COL_E(lat, "LAT(ms)", 7, "How long it took"), .how = SCALED, .digits = 2, .scale = 1e6,
	  .key = "lat_ns", .unit = "ns", .show = &text },
	{ COL_E(lat, "LATENCY_us", 0, NULL), .how = WHOLE, .scale = 1e3, .key = "",
	  .show = &run.csv },
	{ COL_E(file, "FILENAME", 0, "File name, without its directory"), .show = &text },
	{ COL_E(file, "FILE", 0, NULL), .key = "", .show = &run.csv },
	{}
};

static const char *examples[][2] = {
	{ "ext4slower", "operations of ext4 slower than 10 ms" },
	{ "xfsslower 1", "of XFS, slower than 1 ms" },
	{ "btrfsslower 0", "all of btrfs; much output" },
	{ "nfsslower -p 181", "what one process waits for NFS" },
	{ "ext4slower -j 1", "as CSV" },
	{ "fsslower -t f2fs -m 5 -d 60", "any of them, for a minute" },
	{ "ext4slower --json 1", "JSON Lines" },
	{}
};

static void on_event(const void *data)
{
	static const char *const letters[] = { "R", "W", "O", "S", "G", "C" };
	const struct event *e = data;
	struct line l = { .op = fs_op_names[e->op], .letter = letters[e->op] };
	bool moves = e->op == FS_READ || e->op == FS_WRITE || e->op == FS_COMMIT;

	memcpy(&l.e, e, offsetof(struct event, file));
	snprintf(l.e.file, sizeof(l.e.file), "%s", e->file);
	l.text_offset = e->offset < 0 ? 0 : e->offset;
	l.size = moves && e->ret >= 0 ? e->ret : -1;
	l.err = e->ret < 0 ? -e->ret : 0;
	if (e->op == FS_FSYNC && !strcmp(run.name, "fsslower"))
		l.letter = "F";
	row(&l);
}

static void choose_columns(void)
{
	bool bcc = is_word_of(CLASSIC, run.name);
	bool wide = !bcc || !strcmp(run.name, "btrfsslower");

	text = !run.csv;
	classic = text && bcc;
	other = text && !bcc;
	narrow_pid = !text || !wide;
	wide_pid = text && wide;
	csv_us = run.csv && bcc;
	csv_ns = run.csv && !bcc;
}

static void banner(void)
{
	double ms = cfg.fs.min_ns / 1e6;
	bool nfs = !strcmp(run.name, "nfsslower");

	if (run.csv)
		return;
	if (!is_word_of(CLASSIC, run.name))
		say("Tracing %s operations", fs->name);
	else
		say("Tracing %s operations", fs->title);
	if (cfg.fs.min_ns)
		say(nfs ? " that are slower than %g ms" : " slower than %g ms", ms);
	if (nfs)
		say("... Ctrl-C to quit");
	else if (!is_word_of(CLASSIC, run.name) && !run.duration)
		say("... Hit Ctrl-C to end.");
	else if (!is_word_of(CLASSIC, run.name))
		say(" for %g secs.", run.duration);
	say("\n");
}

/* NFS has getattr and commits more. */
static unsigned operations(struct fsslower_bpf *s)
{
	bool nfs = !strcmp(fs->name, "nfs"), commits;

	commits = nfs && (has_field("nfs_commit_data", "args") ||
			  !access("/sys/kernel/btf/nfs", R_OK));
	if (nfs && !commits)
		warn("no commits: this kernel does not describe the types of its module nfs (BTF)");
	bpf_drop(s->progs.commit_begin, !commits);
	bpf_drop(s->progs.commit_done, !commits);
	bpf_leave_out(s->maps.commits, !commits);
	if (!nfs)
		return FS_COMMON;
	/* bcc's has no fsync. */
	if (!strcmp(run.name, "nfsslower"))
		return (FS_COMMON & ~FS_SET(FS_FSYNC)) | FS_SET(FS_GETATTR);
	return FS_COMMON | FS_SET(FS_GETATTR);
}

static int fsslower(void)
{
	struct fsslower_bpf *s;

	if (!fs)
		fs = fs_of_tool(run.name);
	if (!fs)
		die_usage("which file system? Name it with -t");
	choose_columns();
	s = bpf_open(fsslower);
	fs_choose(s->obj, fs, operations(s), &cfg.fs);
	s->rodata->cfg = cfg;
	bpf_ring_size(s, 0);
	bpf_start(s);
	banner();
	return bpf_events(s, on_event);
}

const struct tool fsslower_tool = {
	.name = "fsslower",
	.group = FILES,
	.summary = "Trace slow operations of a file system",
	.args = args,
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = fsslower,
	.aliases = CLASSIC,
};
