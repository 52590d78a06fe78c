// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "event.bpf.h"
#include "flow.bpf.h"
#include "probe.bpf.h"
#include "sock.bpf.h"
#include "tcpretrans.h"

#define TCP_CA_RECOVERY 3               /* enum tcp_ca_state of the kernel's user ABI */

const volatile struct config cfg;

/* SKB: what is sent again, or NULL for a probe. */
static __noinline int report(struct sock *sk, struct sk_buff *skb)
{
	__u8 version = sock_version(sk);
	struct event e = {};

	if (!version || (cfg.version && cfg.version != version))
		return 0;
	sock_flow(sk, version, &e.flow);
	if (cfg.count) {
		flow_count(&e.flow);
		return 0;
	}
	e.ns = bpf_ktime_get_ns();
	e.seq = -1;
	if (skb)
		e.seq = BPF_CORE_READ((struct tcp_skb_cb *)&skb->cb, seq);
	e.pid = bpf_get_current_pid_tgid() >> 32;
	e.netns = sock_netns(sk);
	e.state = BPF_CORE_READ(sk, __sk_common.skc_state);
	event_output(&e, sizeof(e), e.ns);
	return 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int retransmit(__u64 *ctx)
{
	struct inet_connection_sock *icsk = (void *)ctx[0];

	/* A timeout and a fast retransmit have changed it to Loss or Recovery before. */
	if (cfg.guess && BPF_CORE_READ_BITFIELD_PROBED(icsk, icsk_ca_state) < TCP_CA_RECOVERY)
		report((void *)ctx[0], NULL);
	return report((void *)ctx[0], (void *)ctx[1]);
}

ENTRY(tcp_send_loss_probe, struct sock *sk)
{
	return report(sk, NULL);
}

char LICENSE[] SEC("license") = "GPL";
