// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "bpf.h"
#include "clock.h"
#include "loop.h"
#include "net.h"
#include "out.h"
#include "tool.h"
#include "util.h"
#include "tcpretrans.h"
#include "tcpretrans.skel.h"

static struct config cfg;
static bool events, sequence, probes;

/* A row of either kind; what does not apply is negative or NULL. */
struct line {
	struct event e;
	int64_t netns, count;
	int32_t pid;
	const char *local, *remote;     /* "address:port" or "[address]#port" */
	const char *arrow, *kind, *state;
	const char *end;                /* nothing; the header has blanks there */
};

static const struct opt opts[] = {
	{ 's', "sequence", NULL, "Print the sequence number", as_flag, &sequence },
	{ 'l', "lossprobe", NULL, "Tail loss probes, too", as_flag, &probes },
	{ 'c', "count", NULL, "Count per connection until the end", as_flag, &cfg.count },
	OPT_IP_VERSIONS,
	{}
};

#define LINE(field, head, width, help) COL_OF(struct line, field, head, width, help)

static const struct col cols[] = {
	{ LINE(e.ns, "TIME", -8, "Time of day"), .how = CLOCK, .show = &events },
	{ LINE(pid, "PID", -7, "Process on that CPU, mostly not the owner; 0: none"), .none = "",
	  .show = &events },
	{ LINE(e.flow.raddr.version, "IP", -2, "Version of IP"), .show = &events },
	{ LINE(local, "LADDR:LPORT", -20, "Local address and port"), .key = "" },
	{ LINE(arrow, "T>", -2, "R retransmit, L tail loss probe"), .show = &events,
	  .key = "" },
	{ LINE(arrow, "", -3, NULL), .show = &cfg.count, .key = "" },
	{ LINE(remote, "RADDR:RPORT", -20, "Remote address and port"), .key = "" },
	{ LINE(state, "STATE", -12, "State of the connection"), .show = &events },
	{ LINE(e.seq, "SEQ", 0, "Sequence number of the segment; 0 for a probe"), .none = "0",
	  .tight = true, .show = &sequence },
	{ LINE(end, "       ", 0, NULL), .show = &sequence, .key = "" },
	{ LINE(e.flow.laddr, "LADDR", 0, "Local address"), .show = &never },
	{ LINE(e.flow.lport, "LPORT", 0, "Local port"), .show = &never },
	{ LINE(e.flow.raddr, "RADDR", 0, "Remote address"), .show = &never },
	{ LINE(e.flow.rport, "RPORT", 0, "Remote port"), .show = &never },
	{ LINE(kind, "KIND", 0, "R or L as above"), .show = &never },
	{ LINE(netns, "NETNS", 0, "Network namespace"), .none = "", .show = &never },
	{ LINE(count, "RETRANSMITS", 10, "How many there were"), .none = "",
	  .show = &cfg.count, .key = "count" },
	{}
};

static const char *examples[][2] = {
	{ "tcpretrans", "every segment that is sent again" },
	{ "tcpretrans -l", "with tail loss probes" },
	{ "tcpretrans -s", "with sequence numbers" },
	{ "tcpretrans -c", "which connections, and how often" },
	{ "tcpretrans -c --duration 10", "the same for ten seconds" },
	{ "tcpretrans --json --duration 60", "JSON Lines for a minute" },
	{}
};

static void endpoint(char text[80], const char *format, const struct address *a, int port)
{
	snprintf(text, 80, format, address_text(a), port);
}

/* The columns that need another form than that of the event. */
static void print(struct line *l, const char *format)
{
	static char local[80], remote[80];

	endpoint(local, format, &l->e.flow.laddr, l->e.flow.lport);
	endpoint(remote, format, &l->e.flow.raddr, l->e.flow.rport);
	l->local = local;
	l->remote = remote;
	l->end = "";
	row(l);
}

static void on_event(const void *data)
{
	const struct event *e = data;
	struct line l = { .e = *e, .pid = e->pid, .netns = e->netns, .count = -1 };

	l.kind = e->seq < 0 ? "L" : "R";
	l.arrow = e->seq < 0 ? "L>" : "R>";
	l.state = tcp_state_name(e->state);
	print(&l, "%s:%d");
}

static void on_flow(const struct flow_count *f)
{
	struct line l = { .pid = -1, .netns = -1, .arrow = "<->", .count = f->count };

	l.e.ns = clock_mono_ns();
	l.e.seq = -1;
	l.e.flow = f->flow;
	print(&l, "[%s]#%d");
}

static void choose(struct tcpretrans_bpf *s)
{
	bool can = bpf_has(s->progs.tcp_send_loss_probe_fentry) ||
		   bpf_has(s->progs.tcp_send_loss_probe_kprobe);

	bpf_drop(s->progs.tcp_send_loss_probe_fentry, !probes);
	bpf_drop(s->progs.tcp_send_loss_probe_kprobe, !probes);
	cfg.guess = probes && !can;
	if (cfg.guess)
		warn("this kernel does not let the function tcp_send_loss_probe be traced: probes "
		     "are told by the state of congestion control, those of new data are missed");
	bpf_leave_out(s->maps.flows, !cfg.count);
}

static int tcpretrans(void)
{
	struct tcpretrans_bpf *s;

	cfg.version = ip_version();
	events = !cfg.count;
	sequence &= events;
	s = bpf_open(tcpretrans);
	choose(s);
	s->rodata->cfg = cfg;
	bpf_ring_size(s, cfg.count ? 1 : 0);    /* a page; it stays empty then */
	bpf_start(s);
	say("Tracing retransmits ... Hit Ctrl-C to end\n");
	if (!cfg.count)
		return bpf_events(s, on_event);
	out_flush();
	while (tick())
		;
	say("\n%-25s %-25s %s\n", "LADDR:LPORT", "RADDR:RPORT", "RETRANSMITS");
	flows_read(s->maps.flows, false, on_flow);
	return 0;
}

const struct tool tcpretrans_tool = {
	.name = "tcpretrans",
	.group = NETWORK,
	.summary = "Trace TCP retransmits: which connections lose segments",
	.examples = examples,
	.opts = opts,
	.cols = cols,
	.run = tcpretrans,
};
