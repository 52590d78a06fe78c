/* What tools want to know of a task. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* The process that a child's exit is reported to, also while a debugger stands between them. */
static __always_inline struct task_struct *task_parent(struct task_struct *t)
{
	return BPF_CORE_READ(t, real_parent);
}

static __always_inline void task_comm(struct task_struct *t, char comm[16])
{
	BPF_CORE_READ_STR_INTO((char (*)[16])comm, t, comm);
}

#define TASK_DEAD 0x80                  /* the last state; the same on all kernels */

/* 0: it runs or waits for a CPU, or is about to. */
static __always_inline long task_state(struct task_struct *t)
{
	/* It got another name, and another size, in 5.14 (2f064a59a11f). */
	if (bpf_core_field_exists(t->__state))
		return BPF_CORE_READ(t, __state);
	return BPF_CORE_READ(t, state);
}

/* The inode number of its PID namespace, the innermost of those that it is in. */
static __always_inline __u32 task_pidns(struct task_struct *t)
{
	struct pid *pid = BPF_CORE_READ(t, thread_pid);
	struct upid inner = {};
	__u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	bpf_core_read(&inner, sizeof(inner), &pid->numbers[level]);
	return inner.ns ? BPF_CORE_READ(inner.ns, ns.inum) : 0;
}
