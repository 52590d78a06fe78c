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
