// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "event.bpf.h"
#include "gethostlatency.h"

const volatile struct config cfg;

struct call {
	const char *name;
	struct event e;
};

/* The calls under way, by thread. A call that begins within another one takes its place: one row,
 * also where musl's gethostbyname() goes on into gethostbyname2(), and where one file is probed
 * through two overlay mounts. Calls that do not return, because the thread ends or jumps out of
 * them, are forgotten in time. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static const struct call no_call;

/* Nothing of size is on the stack. From 6.13 on, stacks of 64 bytes and more are one for each CPU
 * (a76ab5731e32), and programs on uprobes may be preempted, by one that then has the same stack: on
 * 7.2 a call in a hundred of five threads went under another one's number. */
static __noinline int begin(struct pt_regs *ctx, enum func func)
{
	const char *name = (void *)PT_REGS_PARM1(ctx);
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tid = id, pid = id >> 32;
	struct call *c;
	long n;

	if (cfg.pid ? cfg.pid != pid : cfg.self == pid)
		return 0;
	if (!name)
		return 0;
	bpf_map_update_elem(&calls, &tid, &no_call, BPF_ANY);
	c = bpf_map_lookup_elem(&calls, &tid);
	if (!c) {
		lose(LOST_MAP);
		return 0;
	}
	c->name = name;
	c->e.ns = bpf_ktime_get_ns();
	c->e.pid = pid;
	c->e.func = func;
	n = bpf_probe_read_user_str(c->e.host, HOST_SIZE, name);
	c->e.len = n > 0 ? n : 0;
	return 0;
}

SEC("uprobe")
int getaddrinfo(struct pt_regs *ctx)
{
	return begin(ctx, GETADDRINFO);
}

SEC("uprobe")
int gethostbyname(struct pt_regs *ctx)
{
	return begin(ctx, GETHOSTBYNAME);
}

SEC("uprobe")
int gethostbyname2(struct pt_regs *ctx)
{
	return begin(ctx, GETHOSTBYNAME2);
}

SEC("uprobe")
int returned(struct pt_regs *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *c = bpf_map_lookup_elem(&calls, &tid);
	__u64 len;
	long n;

	if (!c)
		return 0;
	/* The name's page was not in memory when the call began; the call has read it meanwhile. */
	if (!c->e.len) {
		n = bpf_probe_read_user_str(c->e.host, HOST_SIZE, c->name);
		c->e.len = n > 0 ? n : 1;
	}
	c->e.lat_ns = bpf_ktime_get_ns() - c->e.ns;
	c->e.ns += c->e.lat_ns;
	bpf_get_current_comm(c->e.comm, sizeof(c->e.comm));
	len = c->e.len;
	if (len > HOST_SIZE)            /* the verifier cannot know */
		len = HOST_SIZE;
	event_output(&c->e, offsetof(struct event, host) + len, c->e.ns);
	bpf_map_delete_elem(&calls, &tid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
