/* What tools want to know of a socket. All of it is read with BPF_CORE_READ(), so that a socket may
 * come from anywhere: a raw tracepoint, fentry, a kprobe or a file descriptor. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "sock.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_MPTCP 262

/* include/net/tcp_states.h; their names are in lib/net.c. */
enum {
	TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2,
	TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING,
};

/* tracefs: events/sock/inet_sock_set_state/format. For where a program on the raw tracepoint may be
 * preempted; see bpf/syscall.bpf.h. */
struct set_state_record {
	__u64 common;
	struct sock *sk;
	int old, new;
};

/* An MPTCP connection consists of sockets of TCP, and is one of its own besides. */
static __always_inline bool sock_is_tcp(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

/* 4, 6, or 0 for another family. A kernel without IPv6 has no such sockets and no such members. */
static __always_inline __u8 sock_version(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		return 6;
	return family == AF_INET ? 4 : 0;
}

/* Whether an IPv6 socket is connected to ::ffff:a.b.c.d, that is, by IPv4. */
static __always_inline bool sock_is_mapped(struct sock *sk)
{
	__u32 ip[4];

	if (!bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		return false;
	BPF_CORE_READ_INTO(&ip, sk, __sk_common.skc_v6_daddr);
	return !ip[0] && !ip[1] && ip[2] == bpf_htonl(0xffff);
}

/* The socket's own, which unlike skc_num is still there when the state becomes CLOSE. */
static __always_inline __u16 sock_lport(struct sock *sk)
{
	return bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}

static __always_inline __u16 sock_rport(struct sock *sk)
{
	return bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
}

/* The addresses as VERSION has them, into a flow that was zero: a mapped socket has both. */
static __always_inline void sock_addresses(struct sock *sk, __u8 version, struct flow *f)
{
	f->laddr.version = f->raddr.version = version;
	if (version == 4) {
		bpf_probe_read_kernel(f->laddr.ip, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_probe_read_kernel(f->raddr.ip, 4, &sk->__sk_common.skc_daddr);
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		bpf_probe_read_kernel(f->laddr.ip, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_probe_read_kernel(f->raddr.ip, 16, &sk->__sk_common.skc_v6_daddr);
	}
}

/* The same with the ports. */
static __always_inline void sock_flow(struct sock *sk, __u8 version, struct flow *f)
{
	sock_addresses(sk, version, f);
	f->lport = sock_lport(sk);
	f->rport = sock_rport(sk);
}

/* The number of its network namespace, as in /proc/PID/ns/net. */
static __always_inline __u32 sock_netns(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* What a descriptor of the current task stands for; NULL if it is no socket. */
static __always_inline struct sock *sock_of_fd(__u32 fd)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(t, files, fdt);
	struct file **fds, *f;
	struct socket *socket;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	fds = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&f, sizeof(f), &fds[fd]);
	if ((BPF_CORE_READ(f, f_inode, i_mode) & 0170000) != 0140000)   /* S_IFSOCK */
		return NULL;
	socket = BPF_CORE_READ(f, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline bool in_ports(const volatile struct ports *p, __u16 port)
{
	return !p->given || p->bits[port / 64] >> port % 64 & 1;
}
