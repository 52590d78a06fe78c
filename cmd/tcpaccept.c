// SPDX-License-Identifier: GPL-2.0-only
#include "bpf.h"
#include "containers.h"
#include "net.h"
#include "out.h"
#include "tool.h"
#include "tcpaccept.h"
#include "tcpaccept.skel.h"

static struct config cfg;
static bool clock_col, time_col;

static const struct opt opts[] = {
	{ 'T', "time", NULL, "Print the time of day", as_flag, &clock_col },
	{ 't', "timestamp", NULL, "Print the time since the first row", as_flag, &time_col },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	{ 'P', "port", "PORTS", "Only these local ports, like 80,443", as_ports, &cfg.ports },
	OPT_IP_VERSIONS,
	OPT_CONTAINER_MAPS,
	{}
};

static const struct col cols[] = {
	{ COL(ns, "TIME", -9, "Time of day"), .how = CLOCK, .tight = true, .show = &clock_col },
	{ COL(ns, "TIME(s)", -9, "Seconds since the first row"), .how = SINCE, .digits = 3,
	  .tight = true, .show = &time_col },
	{ COL(pid, "PID", -7, "Process that accepted") },
	{ COL(comm, "COMM", -12, "Its command name"), .cut = true },
	{ COL(flow.raddr.version, "IP", -2, "Version of IP that the socket is of") },
	{ COL(flow.raddr, "RADDR", -16, "Remote address") },
	{ COL(flow.rport, "RPORT", -5, "Remote port") },
	{ COL(flow.laddr, "LADDR", -16, "Local address") },
	{ COL(flow.lport, "LPORT", -5, "Local port"), .tight = true },
	{ COL(netns, "NETNS", 0, "Network namespace"), .show = &never },
	/* What LPORT is padded up to. */
	{ "", NULL, 0, offsetof(struct event, comm), 0, T_CHARS, .key = "" },
	{}
};

static const char *examples[][2] = {
	{ "tcpaccept", "every accepted connection" },
	{ "tcpaccept -t", "with the time since the first one" },
	{ "tcpaccept -P 80,443", "only those to two local ports" },
	{ "tcpaccept -p 181", "only those that process 181 accepts" },
	{ "tcpaccept -6", "only IPv6 sockets" },
	{ "tcpaccept --json --duration 60", "JSON Lines for a minute" },
	{}
};

static void on_event(const void *data)
{
	const struct event *e = data;

	if (!rows)
		since_ns = e->ns;
	row(e);
}

static int tcpaccept(void)
{
	struct tcpaccept_bpf *s;
	bool function;

	cfg.version = ip_version();
	bpf_prefer_unpreempted();
	s = bpf_open(tcpaccept);
	bpf_drop(s->progs.graft_kprobe, bpf_has(s->progs.accept_fexit));
	function = bpf_has(s->progs.accept_fexit) || bpf_has(s->progs.graft_kprobe);
	bpf_drop(s->progs.sys_exit_accept, function);
	bpf_drop(s->progs.sys_exit_accept4, function);
	cfg.containers = containers_select(s->maps.cgroup, s->maps.cgroup_map, s->maps.mntns_map);
	s->rodata->cfg = cfg;
	bpf_ring_size(s, 0);
	bpf_start(s);
	return bpf_events(s, on_event);
}

const struct tool tcpaccept_tool = {
	.name = "tcpaccept",
	.group = NETWORK,
	.summary = "Trace accept() of TCP connections: who takes which of them",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = tcpaccept,
};
