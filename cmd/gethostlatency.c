// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "out.h"
#include "target.h"
#include "tool.h"
#include "util.h"
#include "gethostlatency.h"
#include "gethostlatency.skel.h"

static struct config cfg;
static const char *libc;

static const struct opt opts[] = {
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	{ 'l', "libc", "FILE", "Probe only this library or static program", as_str, &libc },
	{}
};

struct line {
	struct event e;
	const char *func;
};

#define LINE(field, head, width, help) COL_OF(struct line, field, head, width, help)

static const struct col cols[] = {
	{ LINE(e.ns, "TIME", -9, "Time of day when the call returned"), .how = CLOCK },
	{ LINE(e.pid, "PID", -7, "Process ID") },
	{ LINE(e.comm, "COMM", -16, "Command name") },
	{ LINE(func, "FUNC", -14, "Function that was called"), .show = &never },
	{ LINE(e.lat_ns, "LATms", 10, "How long it took"), .how = SCALED,
	  .scale = 1e6, .digits = 2, .key = "lat_ns", .unit = "ns" },
	{ LINE(e.host, "HOST", 0, "Name that was asked for") },
	{}
};

static const char *examples[][2] = {
	{ "gethostlatency", "each look-up and how long it took" },
	{ "gethostlatency -p 181", "those of one process" },
	{ "gethostlatency -l /opt/bin/agent", "those of a static program" },
	{ "gethostlatency --json --duration 60", "JSON Lines for a minute" },
	{}
};

static struct probe probes[] = {
	{ "getaddrinfo" }, { "gethostbyname" }, { "gethostbyname2" }, {}
};

/* glibc has been libc.so.6 since 2.34 and libc-2.31.so before, musl is its own dynamic linker. */
static bool is_libc(const char *name)
{
	return !strncmp(name, "libc.so", 7) || !strncmp(name, "libc.musl-", 10) ||
	       !strncmp(name, "ld-musl-", 8) ||
	       (!strncmp(name, "libc-", 5) && isdigit((unsigned char)name[5]));
}

static void found(int fd, const char *path)
{
	target_probe(fd, probes, cfg.pid);
}

static void probe_file(void)
{
	int fd = open(libc, O_RDONLY | O_CLOEXEC | O_NONBLOCK), n;

	if (fd < 0)
		die("cannot open %s: %s", libc, strerror(errno));
	n = target_probe(fd, probes, cfg.pid);
	if (n < 0)
		die("%s is no ELF file for this machine", libc);
	if (!n)
		die("%s has none of getaddrinfo(), gethostbyname() and gethostbyname2(), or is "
		    "stripped of its symbols", libc);
	close(fd);
}

/* Where programs that are started later will find it. */
static void probe_installed(void)
{
	static const char *const paths[] = {
		"/lib64/libc.so.6", "/lib/libc.so.6", "/usr/lib64/libc.so.6", "/usr/lib/libc.so.6",
#if defined(__x86_64__)
		"/lib/x86_64-linux-gnu/libc.so.6", "/lib/ld-musl-x86_64.so.1",
#elif defined(__aarch64__)
		"/lib/aarch64-linux-gnu/libc.so.6", "/lib/ld-musl-aarch64.so.1",
#endif
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		target_path(paths[i], found);
}

static void on_event(const void *data)
{
	static const char *const names[] = {
		[GETADDRINFO] = "getaddrinfo",
		[GETHOSTBYNAME] = "gethostbyname",
		[GETHOSTBYNAME2] = "gethostbyname2",
	};
	const struct event *e = data;
	struct line l = { .func = names[e->func] };

	memcpy(&l.e, e, offsetof(struct event, host) + e->len);
	row(&l);
}

static int gethostlatency(void)
{
	struct gethostlatency_bpf *s = bpf_open(gethostlatency);
	int i;

	cfg.self = getpid();
	s->rodata->cfg = cfg;
	/* Each CPU keeps some free entries for itself. */
	bpf_resize(s->maps.calls, 2048 + 256 * libbpf_num_possible_cpus());
	bpf_ring_size(s, 0);
	probes[0].enter = s->progs.getaddrinfo;
	probes[1].enter = s->progs.gethostbyname;
	probes[2].enter = s->progs.gethostbyname2;
	for (i = 0; i < 3; i++)
		probes[i].leave = s->progs.returned;
	target_prepare(probes);
	bpf_load(s);
	if (libc) {
		probe_file();
	} else if (cfg.pid) {
		if (!target_scan(cfg.pid, is_libc, found))
			die("there is no process %u", cfg.pid);
	} else {
		target_watch(is_libc, found);
		target_scan(0, is_libc, found);
		probe_installed();
	}
	if (!target_count && cfg.pid)
		die("process %u has no C library mapped; -l FILE probes a static program", cfg.pid);
	if (!target_count)
		die("no process has a C library mapped; -l FILE probes one, or a static program");
	bpf_start(s);
	return bpf_events(s, on_event);
}

const struct tool gethostlatency_tool = {
	.name = "gethostlatency",
	.group = NETWORK,
	.summary = "Trace how long programs wait for the address of a host",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = gethostlatency,
};
