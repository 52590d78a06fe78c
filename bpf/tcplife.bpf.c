// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "event.bpf.h"
#include "sock.bpf.h"
#include "tcplife.h"

const volatile struct config cfg;

/* A connection under way. */
struct life {
	__u64 born;
	__u32 pid, pad;                 /* pid 0: nobody was seen at work yet */
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct life);
} lives SEC(".maps");

static __always_inline void claim(struct life *l)
{
	l->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(l->comm, sizeof(l->comm));
}

static __always_inline void set_out(__u64 key, int state)
{
	struct life *l = bpf_map_lookup_elem(&lives, &key), new = {};

	if (l) {
		l->born = bpf_ktime_get_ns();
		return;
	}
	new.born = bpf_ktime_get_ns();
	if (state == TCP_SYN_SENT)
		claim(&new);
	if (bpf_map_update_elem(&lives, &key, &new, BPF_ANY))
		lose(LOST_MAP);
}

static __always_inline void finish(struct sock *sk, struct life *l)
{
	struct tcp_sock *tp = (void *)sk;
	struct event e = {};

	e.flow.lport = sock_lport(sk);
	e.flow.rport = sock_rport(sk);
	if (!in_ports(&cfg.lports, e.flow.lport) || !in_ports(&cfg.rports, e.flow.rport))
		return;
	/* If no task has closed it before, it ends here; in a system call of its owner, or in an
	 * interrupt, where the current task has nothing to do with it. */
	if (!l->pid && BPF_CORE_READ(sk, sk_lock.owned))
		claim(l);
	if (cfg.pid && cfg.pid != l->pid)
		return;
	sock_addresses(sk, sock_version(sk), &e.flow);
	if (!e.flow.laddr.version || (cfg.version && cfg.version != e.flow.laddr.version))
		return;
	e.ns = bpf_ktime_get_ns();
	e.lived_ns = e.ns - l->born;
	e.sent = BPF_CORE_READ(tp, bytes_acked);
	e.received = BPF_CORE_READ(tp, bytes_received);
	e.pid = l->pid ? l->pid : -1;
	e.netns = sock_netns(sk);
	__builtin_memcpy(e.comm, l->comm, sizeof(e.comm));
	event_output(&e, sizeof(e), e.ns);
}

static __noinline int changed(struct sock *sk, int new)
{
	__u64 key = (__u64)sk;
	struct life *l;

	switch (new) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		if (sock_is_tcp(sk))
			set_out(key, new);
		return 0;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
		/* Both in the closing task, unless MPTCP's worker does it. */
		l = bpf_map_lookup_elem(&lives, &key);
		if (l && !l->pid)
			claim(l);
		return 0;
	case TCP_CLOSE:
		l = bpf_map_lookup_elem(&lives, &key);
		if (!l)
			return 0;
		finish(sk, l);
		bpf_map_delete_elem(&lives, &key);
	}
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int set_state(__u64 *ctx)
{
	return changed((void *)ctx[0], ctx[2]);
}

SEC("tp/sock/inet_sock_set_state")
int set_state_unpreempted(struct set_state_record *r)
{
	return changed(r->sk, r->new);
}

char LICENSE[] SEC("license") = "GPL";
