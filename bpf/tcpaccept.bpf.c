// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#define WITH_CONTAINER_MAPS
#include "cgroup.bpf.h"
#include "event.bpf.h"
#include "keep.bpf.h"
#include "sock.bpf.h"
#include "tcpaccept.h"

/* tracefs: events/syscalls/sys_exit_accept/format */
struct accept_record {
	__u64 common;
	__u32 nr, pad;
	__s64 ret;
};

const volatile struct config cfg;

/* The current task has got this socket. */
static __always_inline int accepted(struct sock *sk)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct event e = {};
	__u8 version;

	if (cfg.pid && cfg.pid != id >> 32)
		return 0;
	version = sock_version(sk);
	if (!version || (cfg.version && cfg.version != version))
		return 0;
	sock_flow(sk, version, &e.flow);
	if (!in_ports(&cfg.ports, e.flow.lport) || !in_containers(&cfg.containers))
		return 0;
	e.ns = bpf_ktime_get_ns();
	e.pid = id >> 32;
	e.netns = sock_netns(sk);
	bpf_get_current_comm(e.comm, sizeof(e.comm));
	event_output(&e, sizeof(e), e.ns);
	return 0;
}

/* A program that uses MPTCP gets a socket of that, behind which are those of TCP. */
static __noinline int returned(struct sock *sk)
{
	if (sk && (sock_is_tcp(sk) || BPF_CORE_READ(sk, sk_protocol) == IPPROTO_MPTCP))
		accepted(sk);
	return 0;
}

/* From 6.10 on (92ef0fd55ac8) it has two arguments, before that four. */
SEC("?fexit/inet_csk_accept")
int accept_fexit(__u64 *ctx)
{
	__u64 sk;

	if (bpf_core_type_exists(struct proto_accept_arg)) {
		sk = ctx[2];
		keep(sk);               /* else one load of a computed address, refused by 5.10 */
		return returned((void *)sk);
	}
	return returned((void *)ctx[4]);
}

/* Every socket that is accepted comes here. Not a kretprobe on the function above: the kernel has
 * room for a few calls at a time, and here each waits until somebody connects. */
SEC("?kprobe/security_sock_graft")
int graft_kprobe(struct pt_regs *ctx)
{
	return returned((void *)PT_REGS_PARM1(ctx));
}

/* Where functions cannot be traced. */
static __noinline int syscall_done(struct accept_record *r)
{
	return r->ret < 0 ? 0 : returned(sock_of_fd(r->ret));
}

SEC("tp/syscalls/sys_exit_accept")
int sys_exit_accept(struct accept_record *r)
{
	return syscall_done(r);
}

SEC("tp/syscalls/sys_exit_accept4")
int sys_exit_accept4(struct accept_record *r)
{
	return syscall_done(r);
}

char LICENSE[] SEC("license") = "GPL";
