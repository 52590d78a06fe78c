// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#define WITH_CONTAINER_MAPS
#include "cgroup.bpf.h"
#include "event.bpf.h"
#include "opensnoop.h"
#include "path.bpf.h"
#include "syscall.bpf.h"

/* The same on all architectures that vmlinux.h knows, but for O_LARGEFILE. */
#define O_WRONLY    00000001
#define O_CREAT     00000100
#define O_TRUNC     00001000
#define __O_TMPFILE 020000000

enum kind { NONE, OPEN, CREAT, OPENAT, OPENAT2 };

const volatile struct config cfg;

/* Where a record is put together; too big for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} scratch SEC(".maps");

/* All system calls pass here, so this comes first: whether a number is that of an open for 64-bit
 * or for 32-bit callers. */
static __always_inline bool may_be_open(__u32 nr)
{
#if defined(__TARGET_ARCH_x86)
	nr &= ~X32_BIT;
	return nr == 2 || nr == 5 || nr == 8 || nr == 85 || nr == 257 || nr == 295 || nr == 437;
#elif defined(__TARGET_ARCH_arm64)
	return nr == 5 || nr == 8 || nr == 56 || nr == 322 || nr == 437;
#endif
}

/* Only where a number means different things in the two tables is the caller's kind asked for. */
static __always_inline enum kind open_kind(__u32 nr, bool *compat)
{
	*compat = false;
	switch (nr) {
	case 437:
		*compat = syscall_compat();
		return OPENAT2;
#if defined(__TARGET_ARCH_x86)
	case 2:
		return syscall_compat() ? NONE : OPEN;          /* there fork() */
	case 85:
		return syscall_compat() ? NONE : CREAT;         /* there readlink() */
	case 257:
		return syscall_compat() ? NONE : OPENAT;        /* there remap_file_pages() */
	case 5:
		*compat = syscall_compat();
		return *compat ? OPEN : NONE;
	case 8:
		*compat = syscall_compat();
		return *compat ? CREAT : NONE;
	case 295:
		*compat = syscall_compat();
		return *compat ? OPENAT : NONE;
#elif defined(__TARGET_ARCH_arm64)
	case 56:
		return syscall_compat() ? NONE : OPENAT;
	case 5:
		*compat = syscall_compat();
		return *compat ? OPEN : NONE;
	case 8:
		*compat = syscall_compat();
		return *compat ? CREAT : NONE;
	case 322:
		*compat = syscall_compat();
		return *compat ? OPENAT : NONE;
#endif
	default:
		return NONE;
	}
}

struct how {
	__u64 flags, mode;
};

struct call {
	const char *name;
	int dfd;
	__u32 flags, mode;
};

static __always_inline void open_call(struct call *c, enum kind kind, const __u64 args[4])
{
	struct how how = {};

	c->dfd = AT_FDCWD;
	c->name = (void *)args[0];
	switch (kind) {
	case OPEN:
		c->flags = args[1];
		c->mode = args[2];
		break;
	case CREAT:
		c->flags = O_CREAT | O_WRONLY | O_TRUNC;
		c->mode = args[1];
		break;
	case OPENAT:
		c->dfd = args[0];
		c->name = (void *)args[1];
		c->flags = args[2];
		c->mode = args[3];
		break;
	default:
		c->dfd = args[0];
		c->name = (void *)args[1];
		bpf_probe_read_user(&how, sizeof(how), (void *)args[2]);
		c->flags = how.flags;
		c->mode = how.mode;
	}
}

/* The second and third user frame: the first one is the system call's wrapper in libc. */
static __always_inline void callers(void *ctx, struct event *e)
{
	__u64 stack[3] = {};

	bpf_get_stack(ctx, stack, sizeof(stack), BPF_F_USER_STACK);
	e->callers[0] = stack[1];
	e->callers[1] = stack[2];
}

/* An open has returned. One function for all programs below; most other calls do not get here. */
static __noinline int finished(void *ctx, struct pt_regs *regs, long ret)
{
	__u64 args[4], id, len;
	struct call call = {};
	struct event *e;
	enum kind kind;
	__u32 zero = 0;
	bool compat;
	long n;

	kind = open_kind(syscall_nr(regs), &compat);
	if (kind == NONE)
		return 0;
	id = bpf_get_current_pid_tgid();
	if (cfg.tid ? cfg.tid != (__u32)id : cfg.pid ? cfg.pid != id >> 32 : cfg.self == id >> 32)
		return 0;
	if (cfg.uid != ANY_UID && cfg.uid != (__u32)bpf_get_current_uid_gid())
		return 0;
	if (!in_containers(&cfg.containers))
		return 0;
	syscall_args(regs, compat, args);
	open_call(&call, kind, args);
	if (cfg.by_flags && !(call.flags & cfg.flags))
		return 0;
	e = bpf_map_lookup_elem(&scratch, &zero);
	if (!e)
		return 0;

	e->ns = bpf_ktime_get_ns();
	if (cfg.callers)
		callers(ctx, e);
	e->pid = id >> 32;
	e->tid = id;
	e->uid = bpf_get_current_uid_gid();
	e->fd = ret < 0 ? -1 : ret;
	e->err = ret < 0 ? -ret : 0;
	e->flags = call.flags;
	e->mode = call.flags & (O_CREAT | __O_TMPFILE) ? call.mode : -1;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	/* Read now, not at entry: by now the kernel has faulted the page in. */
	n = bpf_probe_read_user_str(e->path, PATH_SIZE, call.name);
	if (n <= 0) {
		e->path[0] = 0;
		n = 1;
	}
	e->len = n;
	if (cfg.full_path && e->path[0] != '/')
		path_climb(e->path, &e->len, path_of_fd(call.dfd));
	/* The bounds are for the verifier, which cannot know that a string has an end. */
	len = e->len & (2 * PATH_SIZE - 1);
	if (len > PATH_SIZE + 1)
		len = PATH_SIZE + 1;
	e->path[len] = 0;
	event_output(e, offsetof(struct event, path) + len + 1, e->ns);
	return 0;
}

/* Reads the number without a helper, which makes a quarter of what this costs the other calls. */
SEC("tp_btf/sys_exit")
int sys_exit_direct(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	long ret = ctx[1];

	if ((cfg.failed && ret >= 0) || !may_be_open(syscall_nr_direct(regs)))
		return 0;
	return finished(ctx, regs, ret);
}

/* The same where the kernel does not bring its types: they come from a file then. */
SEC("raw_tp/sys_exit")
int sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	long ret = ctx[1];

	if ((cfg.failed && ret >= 0) || !may_be_open(syscall_nr(regs)))
		return 0;
	return finished(ctx, regs, ret);
}

SEC("tp/raw_syscalls/sys_exit")
int sys_exit_unpreempted(struct sys_exit_record *r)
{
	if ((cfg.failed && r->ret >= 0) || !may_be_open(r->id))
		return 0;
	return finished(r, syscall_regs(), r->ret);
}

char LICENSE[] SEC("license") = "GPL";
