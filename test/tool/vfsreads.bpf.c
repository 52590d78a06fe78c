// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "event.bpf.h"
#include "probe.bpf.h"
#include "vfsreads.h"

const volatile struct config cfg;

RETURN(vfs_read, 4, long ret)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct event *e;

	if (cfg.pid ? cfg.pid != pid : cfg.self == pid)
		return 0;
	e = event_new(sizeof(*e));
	if (!e)
		return 0;
	e->ns = bpf_ktime_get_ns();
	e->bytes = ret;
	e->pid = pid;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	event_send(e, e->ns);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
