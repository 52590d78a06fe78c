// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "bpf.h"
#include "clock.h"
#include "containers.h"
#include "dns.h"
#include "loop.h"
#include "net.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "tcpconnect.h"
#include "tcpconnect.skel.h"

#define OLD_ANSWER_NS 100000000         /* from here on the text says how old it was */

static struct config cfg;               /* large; without a value it takes no room in the file */
static uint32_t uid = ANY_UID;
static bool time_col, uid_col, lport_col, dns, source_port;
static bool events, plain;              /* no -c; none of the last columns of -d */

/* A row of either kind; what does not apply is negative or NULL. */
struct line {
	struct flow flow;
	uint64_t ns;
	int64_t uid, netns, query_ns, count;
	int32_t pid, lport;
	const char *comm, *query;
	const char *end;                /* the query in text, with a blank before it */
};

static const struct opt opts[] = {
	{ 't', "timestamp", NULL, "Print the time since the first row", as_flag, &time_col },
	{ 'p', "pid", "PID", "Only this process", as_pid, &cfg.pid },
	{ 'P', "port", "PORTS", "Only these remote ports, like 80,443", as_ports, &cfg.ports },
	OPT_IP_VERSIONS,
	{ 'L', "lport", NULL, "Print the local port", as_flag, &lport_col },
	{ 'U', "print-uid", NULL, "Print the user ID", as_flag, &uid_col },
	{ 'u', "uid", "UID", "Only this user, by number or name", as_uid, &uid },
	{ 'c', "count", NULL, "Count per connection until the end", as_flag, &cfg.count },
	{ 'd', "dns", NULL, "Print the name that DNS resolved", as_flag, &dns },
	{ 's', "source-port", NULL, "Local ports, too; with -c, each by itself", as_flag,
	  &source_port },
	{ 'C', "cgroupmap", "PATH", "Only cgroups whose ID is in this pinned map",
	  as_pinned_map, &container_options.cgroup_map },
	{ 'M', "mntnsmap", "PATH", "Only mount namespaces in this pinned map", as_pinned_map,
	  &container_options.mntns_map },
	{}
};

#define LINE(field, head, width, help) COL_OF(struct line, field, head, width, help)

static const struct col cols[] = {
	{ LINE(ns, "TIME(s)", -9, "Seconds since the first row"), .how = SINCE, .digits = 3,
	  .tight = true, .show = &time_col },
	{ LINE(uid, "UID", -6, "User ID"), .none = "", .tight = true, .show = &uid_col },
	{ LINE(pid, "PID", -7, "Process that connects"), .none = "", .show = &events },
	{ LINE(comm, "COMM", -12, "Its command name"), .cut = true, .show = &events },
	{ LINE(flow.raddr.version, "IP", -2, "Version of IP that is spoken"), .show = &events },
	{ LINE(flow.laddr, "SADDR", -16, "Local address"), .show = &events },
	{ LINE(lport, "LPORT", -6, "Local port"), .none = "", .show = &lport_col },
	{ LINE(flow.raddr, "DADDR", -16, "Remote address"), .show = &events },
	{ LINE(flow.rport, "DPORT", -6, "Remote port"), .tight = true, .show = &events },
	{ LINE(query, "QUERY", 0, "Name that DNS resolved to the address"), .show = &never },
	{ LINE(query_ns, "QUERY_NS", 0, "Time since it did"), .none = "", .unit = "ns",
	  .show = &never },
	{ LINE(netns, "NETNS", 0, "Network namespace"), .none = "", .show = &never },
	/* Text of -c. */
	{ LINE(flow.laddr, "LADDR", -25, NULL), .show = &cfg.count, .key = "" },
	{ LINE(flow.raddr, "RADDR", -25, NULL), .show = &cfg.count, .key = "" },
	{ LINE(lport, "LPORT", -20, NULL), .none = "", .show = &cfg.by_lport, .key = "" },
	{ LINE(flow.rport, "RPORT", -20, NULL), .show = &cfg.count, .key = "" },
	{ LINE(count, "CONNECTS", -10, "How many there were"), .none = "", .tight = true,
	  .show = &cfg.count, .key = "count" },
	/* What the columns before are padded up to. */
	{ LINE(end, "", 0, NULL), .show = &plain, .key = "" },
	{ LINE(end, " QUERY", 0, NULL), .show = &dns, .key = "" },
	{}
};

static const char *examples[][2] = {
	{ "tcpconnect", "every connection that is begun" },
	{ "tcpconnect -tU", "with time and user ID" },
	{ "tcpconnect -L", "with the local port" },
	{ "tcpconnect -d", "with the names that DNS gave before" },
	{ "tcpconnect -p 181", "only those of process 181" },
	{ "tcpconnect -P 80,443", "only those to two ports" },
	{ "tcpconnect -c --duration 60", "how many there are to where" },
	{ "tcpconnect --json --duration 60", "JSON Lines for a minute" },
	{}
};

static bool is_localhost(const struct address *a)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };

	return !memcmp(a->ip, a->version == 4 ? v4 : v6, a->version == 4 ? 4 : 16);
}

static void resolve(struct line *l)
{
	static char end[320];
	uint64_t seen, ns;

	if (is_localhost(&l->flow.raddr)) {
		l->query = "localhost";
		l->end = " localhost";
		return;
	}
	l->query = dns_name(&l->flow.raddr, &seen);
	if (!l->query) {
		l->end = " No DNS Query";
		return;
	}
	ns = clock_mono_to_wall(l->ns);
	l->query_ns = ns > seen ? ns - seen : 0;
	snprintf(end, sizeof(end), " %s", l->query);
	if (l->query_ns > OLD_ANSWER_NS)
		snprintf(end, sizeof(end), " %s (%.3fms)", l->query, l->query_ns / 1e6);
	l->end = end;
}

static void on_event(const void *data)
{
	const struct event *e = data;
	struct line l = {
		.flow = e->flow, .ns = e->ns, .uid = e->uid, .netns = e->netns, .query_ns = -1,
		.count = -1, .pid = e->pid, .lport = e->flow.lport, .comm = e->comm, .end = " ",
	};

	if (!rows)
		since_ns = e->ns;
	if (dns)
		resolve(&l);
	row(&l);
}

static void on_flow(const struct flow_count *f)
{
	struct line l = {
		.flow = f->flow, .ns = clock_mono_ns(), .uid = -1, .netns = -1, .query_ns = -1,
		.count = f->count, .pid = -1, .lport = f->flow.lport ? f->flow.lport : -1,
		.end = "",
	};

	row(&l);
}

/* Functions if they can be traced, else the tracepoint. */
static void choose(struct tcpconnect_bpf *s)
{
	bool fexit = bpf_has(s->progs.tcp_v4_connect_fexit);
	bool kprobe = bpf_has(s->progs.tcp_v4_connect_kprobe);
	bool unpreempted = !fexit && !kprobe &&
			   bpf_unpreempted(s->progs.set_state_unpreempted);

	bpf_drop(s->progs.set_state, fexit || kprobe || unpreempted);
	bpf_drop(s->progs.set_state_unpreempted, !unpreempted);
	bpf_leave_out(s->maps.calls, !kprobe);
	/* The local port is known there only when the peer has answered. */
	cfg.wait = !fexit && !kprobe && (lport_col || cfg.by_lport || run.json);
	bpf_leave_out(s->maps.pending, !cfg.wait);
	if (cfg.wait)
		map_of_sockets(s->maps.pending);
	bpf_leave_out(s->maps.flows, !cfg.count);
}

static void count(struct tcpconnect_bpf *s)
{
	out_flush();
	while (tick())
		;
	say("\n");
	header();
	flows_read(s->maps.flows, true, on_flow);
}

static int tcpconnect(void)
{
	struct tcpconnect_bpf *s;
	unsigned dropped;

	if (cfg.count && dns)
		die_usage("you may not specify -d/--dns with -c/--count");
	cfg.version = ip_version();
	cfg.uid = uid;
	events = !cfg.count;
	plain = !dns;
	cfg.by_lport = cfg.count && source_port;
	lport_col = events && (lport_col || source_port);
	time_col &= events;
	uid_col &= events;
	bpf_prefer_unpreempted();
	s = bpf_open(tcpconnect);
	choose(s);
	cfg.containers = containers_select(s->maps.cgroup, s->maps.cgroup_map, s->maps.mntns_map);
	s->rodata->cfg = cfg;
	bpf_ring_size(s, cfg.count ? 1 : 0);    /* a page; it stays empty then */
	if (dns)
		dns_listen();
	bpf_start(s);
	say("Tracing connect ... Hit Ctrl-C to end\n");
	if (cfg.count) {
		count(s);
		return 0;
	}
	bpf_events(s, on_event);
	dropped = dns ? dns_dropped() : 0;
	if (dropped)
		warn("%u DNS responses were lost", dropped);
	return 0;
}

const struct tool tcpconnect_tool = {
	.name = "tcpconnect",
	.group = NETWORK,
	.summary = "Trace connect() of TCP: who opens connections, and to where",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = tcpconnect,
};
