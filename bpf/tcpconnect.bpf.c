// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "call.bpf.h"
#define WITH_CONTAINER_MAPS
#include "cgroup.bpf.h"
#include "event.bpf.h"
#include "flow.bpf.h"
#include "sock.bpf.h"
#include "tcpconnect.h"

const volatile struct config cfg;

/* Attempts whose local port is not known yet, by their socket. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct event);
} pending SEC(".maps");

/* The current task connects. False if nobody wants to know. */
static __always_inline bool describe(struct event *e, struct sock *sk)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u8 version = sock_version(sk);

	if (cfg.pid && cfg.pid != id >> 32)
		return false;
	e->uid = bpf_get_current_uid_gid();
	if (cfg.uid != ANY_UID && cfg.uid != e->uid)
		return false;
	/* The connection of such a socket is one of IPv4. */
	if (version == 6 && sock_is_mapped(sk))
		version = 4;
	if (!version || (cfg.version && cfg.version != version))
		return false;
	sock_flow(sk, version, &e->flow);
	if (!in_ports(&cfg.ports, e->flow.rport) || !in_containers(&cfg.containers))
		return false;
	e->pid = id >> 32;
	if (cfg.count)
		return true;
	e->ns = bpf_ktime_get_ns();
	e->netns = sock_netns(sk);
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	return true;
}

static __noinline int deliver(struct event *e)
{
	if (!cfg.count) {
		event_output(e, sizeof(*e), e->ns);
		return 0;
	}
	if (!cfg.by_lport)
		e->flow.lport = 0;
	flow_count(&e->flow);
	return 0;
}

static __noinline int begin(struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct event e = {};

	if (!describe(&e, sk))
		return 0;
	if (!cfg.wait)
		deliver(&e);
	else if (bpf_map_update_elem(&pending, &key, &e, BPF_ANY))
		lose(LOST_MAP);
	return 0;
}

RESULT(tcp_v4_connect, 3, struct sock *sk, long ret)
{
	return (int)ret ? 0 : begin(sk);
}

/* For a mapped address this calls the other one. */
RESULT(tcp_v6_connect, 3, struct sock *sk, long ret)
{
	return (int)ret || sock_is_mapped(sk) ? 0 : begin(sk);
}

/* Where functions cannot be traced: the state changes before the local port is chosen, so that one
 * is only known when it changes again. */

static __always_inline void go_on(struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct event e, *kept;

	kept = bpf_map_lookup_elem(&pending, &key);
	if (!kept)
		return;
	e = *kept;
	bpf_map_delete_elem(&pending, &key);
	e.flow.lport = sock_lport(sk);
	/* It may have failed before anything was sent. */
	if (BPF_CORE_READ((struct tcp_sock *)sk, segs_out))
		deliver(&e);
}

static __noinline int changed(struct sock *sk, int old, int new)
{
	if (new == TCP_SYN_SENT) {
		if (sock_is_tcp(sk))
			begin(sk);
	} else if (cfg.wait && old == TCP_SYN_SENT) {
		go_on(sk);
	}
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int set_state(__u64 *ctx)
{
	return changed((void *)ctx[0], ctx[1], ctx[2]);
}

SEC("tp/sock/inet_sock_set_state")
int set_state_unpreempted(struct set_state_record *r)
{
	return changed(r->sk, r->old, r->new);
}

char LICENSE[] SEC("license") = "GPL";
