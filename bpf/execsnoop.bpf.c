// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#define WITH_CONTAINER_MAPS
#include "cgroup.bpf.h"
#include "event.bpf.h"
#include "execsnoop.h"
#include "keep.bpf.h"
#include "path.bpf.h"
#include "syscall.bpf.h"
#include "task.bpf.h"

const volatile struct config cfg;

#define FAILED_SIZE (sizeof(struct event) + FAILED_ARGS + FAILED_ARG)

struct failed_call {
	char event[FAILED_SIZE];
};

/* Where a failed call's record is put together. The library leaves it out when nobody asks. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct failed_call);
} scratch SEC(".maps");

static __always_inline bool wanted(struct task_struct *t)
{
	if (cfg.uid != ANY_UID && cfg.uid != (__u32)bpf_get_current_uid_gid())
		return false;
	if (cfg.ppid && cfg.ppid != (__u32)BPF_CORE_READ(task_parent(t), tgid))
		return false;
	return in_containers(&cfg.containers);
}

static __always_inline void fill(struct event *e, struct task_struct *t, long ret)
{
	struct task_struct *parent = task_parent(t);

	e->ns = bpf_ktime_get_ns();
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->ppid = BPF_CORE_READ(parent, tgid);
	e->uid = bpf_get_current_uid_gid();
	e->cpu = bpf_get_smp_processor_id();
	e->ret = ret;
	e->argv = 0;
	e->missing = 0;
	e->dfd = AT_FDCWD;
	e->failed = ret < 0;
	e->script = false;
	e->more = false;
	e->compat = false;
	e->like_parent = false;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->pcomm[0] = 0;
	if (cfg.parent_comm)
		task_comm(parent, e->pcomm);
}

/* Sends a record with FILE bytes for the name and ARGS for the arguments, both constants. False:
 * the name needs more than that. */
static __always_inline bool send(struct task_struct *t, struct linux_binprm *bprm,
				 const __u64 file, const __u64 args, __u64 from, __u64 len)
{
	struct event *e = event_new(sizeof(*e) + file + args);
	long n;

	if (!e)
		return true;
	n = bpf_probe_read_kernel_str(e->data, file, BPF_CORE_READ(bprm, filename));
	if (n == (long)file && file < LARGE_FILE) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return false;
	}
	fill(e, t, 0);
	e->args_at = file;
	/* The formats of scripts and the like put another one there. */
	e->script = BPF_CORE_READ(bprm, interp) != BPF_CORE_READ(bprm, filename);
	if (len > args) {
		len = args;
		e->more = true;
	}
	keep(len);
	if (len > args)
		len = args;
	e->args_len = len;
	if (bpf_probe_read_user(e->data + file, len, (void *)from)) {
		e->args_len = 0;
		e->more = true;
	}
	event_send(e, e->ns);
	return true;
}

/* The new image is complete and its arguments lie on its stack, which the kernel has just written:
 * they can always be read here. At the entry of the system call they often cannot, because the
 * caller's page with the strings has not been touched yet. */
SEC("raw_tp/sched_process_exec")
int exec(__u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];
	struct linux_binprm *bprm = (void *)ctx[2];
	__u64 from, len;

	if (!wanted(t))
		return 0;
	from = BPF_CORE_READ(t, mm, arg_start);
	len = BPF_CORE_READ(t, mm, arg_end) - from;
	if (len > SMALL_ARGS || !send(t, bprm, SMALL_FILE, SMALL_ARGS, from, len))
		send(t, bprm, LARGE_FILE, LARGE_ARGS, from, len);
	return 0;
}

static __always_inline __u64 argv_pointer(__u64 argv, int i, bool compat)
{
	__u64 p = 0;

	if (compat)
		bpf_probe_read_user(&p, sizeof(__u32), (void *)(argv + i * sizeof(__u32)));
	else
		bpf_probe_read_user(&p, sizeof(p), (void *)(argv + i * sizeof(p)));
	return p;
}

/* Sets *DFD, *NAME and *ARGV if this call is an exec. */
static __always_inline bool exec_call(struct pt_regs *regs, bool *compat, int *dfd, __u64 *name,
				      __u64 *argv)
{
	__u32 nr = syscall_nr(regs);
	__u64 args[4];
	bool at;

	*compat = false;
	switch (nr) {
#if defined(__TARGET_ARCH_x86)
	case 59: case 322:
		at = nr == 322;
		if (syscall_compat())
			return false;
		break;
	case 11: case 358:
		at = nr == 358;
		*compat = true;
		if (!syscall_compat())
			return false;
		break;
#elif defined(__TARGET_ARCH_arm64)
	case 221: case 281:
		at = nr == 281;
		if (syscall_compat())
			return false;
		break;
	case 11: case 387:
		at = nr == 387;
		*compat = true;
		if (!syscall_compat())
			return false;
		break;
#endif
	default:
		return false;
	}
	syscall_args(regs, *compat, args);
	*dfd = at ? (int)args[0] : AT_FDCWD;
	*name = at ? args[1] : args[0];
	*argv = at ? args[2] : args[1];
	return true;
}

/* A failed call leaves no image, so what it was asked for is read from the caller. */
static __noinline int failed(struct pt_regs *regs, long ret)
{
	struct task_struct *t = (void *)bpf_get_current_task(), *parent;
	__u64 name, argv, p, at;
	volatile __u32 *len;
	__u32 zero = 0, i;
	struct event *e;
	bool compat;
	int dfd;
	long n;

	if (ret >= 0 || !exec_call(regs, &compat, &dfd, &name, &argv) || !wanted(t))
		return 0;
	e = bpf_map_lookup_elem(&scratch, &zero);
	if (!e)
		return 0;
	fill(e, t, ret);
	e->dfd = dfd;
	e->argv = argv;
	e->compat = compat;
	parent = task_parent(t);
	e->like_parent = BPF_CORE_READ(t, mm, arg_start) == BPF_CORE_READ(parent, mm, arg_start);
	n = bpf_probe_read_user_str(e->data, LARGE_FILE, (void *)name);
	if (n < 1) {
		e->data[0] = 0;
		n = 1;
	}
	e->args_at = n;
	len = &e->args_len;
	*len = n;
	for (i = 0; i < FIELDS_MAX; i++) {
		if (!argv || i > cfg.max_args)
			break;
		p = argv_pointer(argv, i, compat);
		if (!p)
			break;
		if (i == cfg.max_args) {
			e->more = true;
			break;
		}
		/* Kept in the map and masked: the verifier then sees all rounds alike, and once. */
		at = *len & (FAILED_ARGS - 1);
		n = bpf_probe_read_user_str(e->data + at, FAILED_ARG, (void *)p);
		if (n < 1) {
			e->missing |= 1ULL << i;
			e->data[at] = 0;
			n = 1;
		}
		if (n == FAILED_ARG)
			e->more = true;
		if (at + n >= FAILED_ARGS) {
			e->more = true;
			break;
		}
		*len = at + n;
	}
	at = *len & (FAILED_ARGS - 1);
	*len = at - e->args_at;
	event_output(e, sizeof(*e) + at, e->ns);
	return 0;
}

SEC("raw_tp/sys_exit")
int exec_failed(__u64 *ctx)
{
	return failed((void *)ctx[0], ctx[1]);
}

SEC("tp/raw_syscalls/sys_exit")
int exec_failed_unpreempted(struct sys_exit_record *r)
{
	return failed(syscall_regs(), r->ret);
}

char LICENSE[] SEC("license") = "GPL";
