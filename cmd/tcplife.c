// SPDX-License-Identifier: GPL-2.0-only
#include "bpf.h"
#include "net.h"
#include "out.h"
#include "tool.h"
#include "tcplife.h"
#include "tcplife.skel.h"

static struct config cfg;
static bool clock_col, time_col, wide, narrow, version_col;

static const struct opt opts[] = {
	{ 'T', "time", NULL, "Print the time of day", as_flag, &clock_col },
	{ 't', "timestamp", NULL, "Print the time since the first row", as_flag, &time_col },
	{ 'w', "wide", NULL, "Columns for IPv6 addresses, and IP", as_flag, &wide },
	{ 's', "csv", NULL, "Print values between commas", as_flag, &run.csv },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	{ 'L', "localport", "PORTS", "Only these local ports, like 80,443", as_ports,
	  &cfg.lports },
	{ 'D', "remoteport", "PORTS", "Only these remote ports", as_ports, &cfg.rports },
	OPT_IP_VERSIONS,
	{}
};

static const struct col cols[] = {
	{ COL(ns, "TIME", -8, "Time of day of the end"), .how = CLOCK, .show = &clock_col },
	{ COL(ns, "TIME(s)", -9, "The same in seconds since the first row"), .how = SINCE,
	  .digits = 6, .show = &time_col },
	{ COL(pid, "PID", -5, "Process, 0 if none was seen at work"), .none = "0" },
	{ COL(comm, "COMM", -10, "Its command name"), .cut = true, .show = &narrow },
	{ COL(comm, "COMM", -16, NULL), .show = &wide, .key = "" },
	{ COL(flow.raddr.version, "IP", -2, "Version of IP that the socket is of"),
	  .show = &version_col },
	{ COL(flow.laddr, "LADDR", -15, "Local address"), .show = &narrow },
	{ COL(flow.laddr, "LADDR", -39, NULL), .show = &wide, .key = "" },
	{ COL(flow.lport, "LPORT", -5, "Local port") },
	{ COL(flow.raddr, "RADDR", -15, "Remote address"), .show = &narrow },
	{ COL(flow.raddr, "RADDR", -39, NULL), .show = &wide, .key = "" },
	{ COL(flow.rport, "RPORT", -5, "Remote port") },
	{ COL(sent, "TX_KB", 5, "KB sent and acknowledged"), .how = WHOLE, .scale = 1024,
	  .show = &narrow, .key = "tx_bytes", .unit = "bytes" },
	{ COL(sent, "TX_KB", 6, NULL), .how = WHOLE, .scale = 1024, .show = &wide, .key = "" },
	{ COL(received, "RX_KB", 5, "KB received"), .how = WHOLE, .scale = 1024, .show = &narrow,
	  .key = "rx_bytes", .unit = "bytes" },
	{ COL(received, "RX_KB", 6, NULL), .how = WHOLE, .scale = 1024, .show = &wide,
	  .key = "" },
	{ COL(lived_ns, "MS", 0, "Milliseconds from established to closed"), .how = SCALED,
	  .scale = 1e6, .digits = 2, .key = "dur_ns", .unit = "ns" },
	{ COL(netns, "NETNS", 0, "Network namespace"), .show = &never },
	{}
};

static const char *examples[][2] = {
	{ "tcplife", "every TCP session that ends" },
	{ "tcplife -T", "with the time of day" },
	{ "tcplife -w", "with room for IPv6 addresses" },
	{ "tcplife -st", "values between commas, with the time" },
	{ "tcplife -p 181", "only sessions of process 181" },
	{ "tcplife -L 80,443", "only two local ports" },
	{ "tcplife -D 5432", "only sessions with PostgreSQL servers" },
	{ "tcplife --json --duration 60", "JSON Lines for a minute" },
	{}
};

static void on_event(const void *data)
{
	const struct event *e = data;

	if (!rows)
		since_ns = e->ns;
	row(e);
}

static int tcplife(void)
{
	struct tcplife_bpf *s;
	bool unpreempted;

	cfg.version = ip_version();
	version_col = wide || run.csv;
	wide &= !run.csv;
	narrow = !wide;
	s = bpf_open(tcplife);
	unpreempted = bpf_unpreempted(s->progs.set_state_unpreempted);
	bpf_drop(s->progs.set_state, unpreempted);
	bpf_drop(s->progs.set_state_unpreempted, !unpreempted);
	map_of_sockets(s->maps.lives);
	s->rodata->cfg = cfg;
	bpf_ring_size(s, 256 << 10);
	bpf_start(s);
	return bpf_events(s, on_event);
}

const struct tool tcplife_tool = {
	.name = "tcplife",
	.group = NETWORK,
	.summary = "Trace the lives of TCP sessions: who, how long, how many bytes",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = tcplife,
};
