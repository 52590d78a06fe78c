// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "bpf.h"
#include "clock.h"
#include "json.h"
#include "loop.h"
#include "lost.h"
#include "out.h"
#include "stream.h"
#include "util.h"
#include "version.h"

/* After a batch the reader looks again this soon, which has to be longer than WAKE_NS of
 * bpf/event.bpf.h; once it finds nothing, it waits to be woken. */
#define LOOK_AGAIN 0.010

/* So many events at most are read before losses are looked for. */
#define BATCH 8192

/* Losses are looked for this often. It also bounds the wait for an event whose wake-up raced with
 * the reader going to sleep. */
#define LOOK_FOR_LOSSES 0.2

static const char *const reasons[] = {
	[LOST_RING] = "ring buffer full",
	[LOST_MAP] = "map full",
	[LOST_TIME] = "time ran backwards",
	[LOST_RETURN] = "end not seen",
};

static struct bpf_object_skeleton *skeleton;
static int lost_fd = -1;
static unsigned long long reported[LOST_REASONS], total_lost;

static void (*on_event)(const void *event);
static void (*between)(bool end);
static int batch;
static bool detached;

void stream_init(struct bpf_object_skeleton *s)
{
	struct bpf_map *map = bpf_object__find_map_by_name(*s->obj, "lost");

	skeleton = s;
	if (map)
		lost_fd = bpf_map__fd(map);
	/* The descriptor stays open for the run: closing it switches the statistics off again. */
	if (run.stats && bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		warn("no run statistics: %s (they take CAP_SYS_ADMIN)", strerror(errno));
}

static void json_start(void)
{
	struct utsname kernel;
	const struct col *c;

	uname(&kernel);
	json_begin("start", clock_wall_ns());
	json_key_string("tool", run.name);
	json_key_string("version", VERSION);
	json_key_unsigned("schema", SCHEMA);
	json_key_string("kernel", kernel.release);
	json_key_string("host", kernel.nodename);
	json_key("columns");
	json_open('[');
	for (c = run.tool->cols; c && c->head; c++) {
		if (!col_key(c))
			continue;
		json_open('{');
		json_key_string("key", col_key(c));
		json_key("unit");
		if (c->unit)
			json_string(c->unit);
		else
			json_null();
		json_key_string("help", c->help);
		json_close('}');
	}
	json_close(']');
	json_end();
	out_flush();
}

void stream_began(void)
{
	const char *fd = getenv("BPFTOOLS_READY");
	unsigned long long number;

	loop_start();
	since_ns = clock_mono_ns();
	if (run.json)
		json_start();
	/* For tests and scripts: from here on nothing is missed. */
	if (fd && parse_number(fd, 1 << 20, &number)) {
		if (write(number, "ready\n", 6) < 0)
			warn("cannot write to descriptor %s of BPFTOOLS_READY", fd);
		close(number);
	}
}

static bool prog_info(const struct bpf_prog_skeleton *p, struct bpf_prog_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, size);
	return bpf_program__fd(*p->prog) >= 0 &&
	       !bpf_obj_get_info_by_fd(bpf_program__fd(*p->prog), info, &size);
}

/* Runs that the kernel left out because the program was running on that CPU already; it counts them
 * from 5.12 on. Not all of them would have been events, so they are not among the lost ones. */
static unsigned long long skipped(void)
{
	unsigned long long n = 0;
	struct bpf_prog_info info;
	int i;

	for (i = 0; i < skeleton->prog_cnt; i++) {
		if (prog_info(bpf_skeleton_prog(skeleton, i), &info))
			n += info.recursion_misses;
	}
	return n;
}

unsigned long long bpf_lost(__u32 reason)
{
	unsigned long long n = 0;

	bpf_map_lookup_elem(lost_fd, &reason, &n);
	return n;
}

void bpf_report_lost(bool force)
{
	unsigned long long n, rise;
	static uint64_t last;
	uint64_t now = clock_mono_ns();
	__u32 i;

	if (lost_fd < 0 || (!force && now - last < 1000000000))
		return;
	last = now;
	for (i = 0; i < LOST_REASONS; i++) {
		n = bpf_lost(i);
		rise = n - reported[i];
		if (!rise)
			continue;
		reported[i] = n;
		total_lost += rise;
		fprintf(stderr, "lost %llu events (%s)\n", rise, reasons[i]);
		if (!run.json)
			continue;
		json_begin("lost", clock_wall_ns());
		json_key_unsigned("count", rise);
		json_key_string("where", reasons[i]);
		json_end();
		out_flush();
	}
}

static int deliver(void *context, void *data, size_t size)
{
	on_event(data);
	/* Bounded: a flood must not keep the tool from ending. */
	return !detached && (++batch == BATCH || stopped()) ? -ECANCELED : 0;
}

void bpf_between(void (*fn)(bool end))
{
	between = fn;
}

int bpf_read_events(struct bpf_map *map, void (*fn)(const void *event))
{
	struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(map), deliver, NULL, NULL);
	bool flowing = false;

	if (!ring)
		die("cannot read the ring buffer: %s", strerror(errno));
	on_event = fn;
	header();
	out_flush();
	while (!stopped()) {
		loop_wait(ring_buffer__epoll_fd(ring), flowing ? LOOK_AGAIN : LOOK_FOR_LOSSES);
		batch = 0;
		flowing = ring_buffer__consume(ring) != 0;
		out_flush();
		bpf_report_lost(false);
		if (between)
			between(false);
	}
	/* The kernel side falls silent, so that what is in the ring buffer then is all there is. */
	if (between)
		between(true);
	bpf_detach(skeleton);
	detached = true;
	ring_buffer__consume(ring);
	return 0;
}

/* Bytes of kernel memory that the maps hold, as the kernel accounts for them. */
static unsigned long long map_memory(void)
{
	unsigned long long bytes = 0;
	char path[64], *text, *line;
	struct bpf_map *map;
	int fd;

	bpf_object__for_each_map(map, *skeleton->obj) {
		fd = bpf_map__fd(map);
		if (fd < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		text = read_file(path, NULL);
		line = text ? strstr(text, "memlock:") : NULL;
		if (line)
			bytes += strtoull(line + strlen("memlock:"), NULL, 10);
		free(text);
	}
	return bytes;
}

static void print_stats(double seconds)
{
	struct bpf_prog_info info;
	double ns;
	int i;

	for (i = 0; i < skeleton->prog_cnt; i++) {
		if (!prog_info(bpf_skeleton_prog(skeleton, i), &info))
			continue;
		ns = info.run_time_ns;
		fprintf(stderr, "program %-20s %12llu runs %8.0f ns each %8.3f %% of one CPU\n",
			bpf_skeleton_prog(skeleton, i)->name, (unsigned long long)info.run_cnt,
			info.run_cnt ? ns / info.run_cnt : 0, seconds > 0 ? ns / seconds / 1e7 : 0);
	}
	fprintf(stderr, "shown %llu, lost %llu, kernel memory of maps %llu bytes\n", rows,
		total_lost, map_memory());
}

static void json_finish(double seconds)
{
	struct bpf_prog_info info;
	int i;

	json_begin("end", clock_wall_ns());
	json_key("seconds");
	json_fixed(seconds * 1e6, 6);
	json_key_unsigned("events", rows);
	json_key_unsigned("lost", total_lost);
	json_key_unsigned("skipped", skipped());
	if (run.stats) {
		json_key("programs");
		json_open('[');
		for (i = 0; i < skeleton->prog_cnt; i++) {
			if (!prog_info(bpf_skeleton_prog(skeleton, i), &info))
				continue;
			json_open('{');
			json_key_string("name", bpf_skeleton_prog(skeleton, i)->name);
			json_key_unsigned("runs", info.run_cnt);
			json_key_unsigned("ns", info.run_time_ns);
			json_close('}');
		}
		json_close(']');
		json_key_unsigned("map_bytes", map_memory());
	}
	json_end();
}

void bpf_finish(void)
{
	double seconds;

	out_flush();
	if (!skeleton)                  /* a tool without BPF */
		return;
	seconds = elapsed();
	bpf_report_lost(true);
	if (run.json)
		json_finish(seconds);
	out_flush();
	if (total_lost)
		fprintf(stderr, "lost %llu events in total\n", total_lost);
	if (skipped())
		fprintf(stderr,
			"the kernel skipped %llu runs of programs, some of which may have been "
			"events\n",
			skipped());
	if (run.stats)
		print_stats(seconds);
}
