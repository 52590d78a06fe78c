/* System calls, seen from raw_tp/sys_exit: all of them, with the 32-bit callers that the events
 * of single system calls leave out, and without tracefs. The registers still hold the arguments. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* From 7.0 on a program on a raw tracepoint may be preempted, and until its task runs again the
 * kernel skips the program for every other task of that CPU: thousands of events a second in a
 * storm. On the classic tracepoint raw_syscalls/sys_exit it is not, at the price of a slower call
 * and a slow end. bpf_unpreempted() in lib/bpf.h says which of the two is needed. */
struct sys_exit_record {                /* tracefs: events/raw_syscalls/sys_exit/format */
	__u64 common;
	__s64 id, ret;
};

/* The registers of the current system call where no context brings them; 5.15 has the helper. */
static __always_inline struct pt_regs *syscall_regs(void)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return NULL;
	return (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
}

#if defined(__TARGET_ARCH_x86)

#define X32_BIT 0x40000000
#define TS_COMPAT 2                     /* arch/x86/include/asm/thread_info.h */

static __always_inline __u32 syscall_nr(struct pt_regs *regs)
{
	__u64 nr;

	bpf_probe_read_kernel(&nr, sizeof(nr), &regs->orig_ax);
	return nr & ~X32_BIT;
}

/* The same in a tp_btf program, which may follow pointers. */
#define syscall_nr_direct(regs) ((regs)->orig_ax & ~X32_BIT)

/* Whether the caller came through the 32-bit entry: other numbers, other registers. */
static __always_inline bool syscall_compat(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();

	return BPF_CORE_READ(t, thread_info.status) & TS_COMPAT;
}

/* The first four arguments. */
static __always_inline void syscall_args(struct pt_regs *regs, bool compat, __u64 args[4])
{
	struct pt_regs r;

	bpf_probe_read_kernel(&r, sizeof(r), regs);
	args[0] = compat ? (__u32)r.bx : r.di;
	args[1] = compat ? (__u32)r.cx : r.si;
	args[2] = compat ? (__u32)r.dx : r.dx;
	args[3] = compat ? (__u32)r.si : r.r10;
}

/* The first argument alone, which takes less room on the stack. */
static __always_inline __u64 syscall_first(struct pt_regs *regs, bool compat)
{
	__u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), compat ? &regs->bx : &regs->di);
	return compat ? (__u32)v : v;
}

/* A file offset in the fourth argument, or of a 32-bit caller in that and the next. */
static __always_inline __s64 syscall_offset(struct pt_regs *regs, bool compat, bool vector)
{
	__u64 low = 0, high = 0;

	bpf_probe_read_kernel(&low, sizeof(low), compat ? &regs->si : &regs->r10);
	if (!compat)
		return low;
	bpf_probe_read_kernel(&high, sizeof(high), &regs->di);
	return high << 32 | (__u32)low;
}

#elif defined(__TARGET_ARCH_arm64)

#define TIF_32BIT 22                    /* arch/arm64/include/asm/thread_info.h */

static __always_inline __u32 syscall_nr(struct pt_regs *regs)
{
	return BPF_CORE_READ(regs, syscallno);
}

/* The same in a tp_btf program, which may follow pointers. */
#define syscall_nr_direct(regs) ((regs)->syscallno)

static __always_inline bool syscall_compat(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();

	return BPF_CORE_READ(t, thread_info.flags) >> TIF_32BIT & 1;
}

/* The first four arguments; the first one was overwritten by the result, but kept apart. */
static __always_inline void syscall_args(struct pt_regs *regs, bool compat, __u64 args[4])
{
	bpf_probe_read_kernel(args, 4 * sizeof(*args), ((struct user_pt_regs *)regs)->regs);
	args[0] = BPF_CORE_READ(regs, orig_x0);
}

/* The first argument alone. */
static __always_inline __u64 syscall_first(struct pt_regs *regs, bool compat)
{
	return BPF_CORE_READ(regs, orig_x0);
}

/* A file offset in the fourth argument, or of a 32-bit caller in two: not of pread(), as 64 bits
 * begin in an even register there, but of preadv() in that and the next. */
static __always_inline __s64 syscall_offset(struct pt_regs *regs, bool compat, bool vector)
{
	__u64 r[6];

	bpf_probe_read_kernel(r, sizeof(r), ((struct user_pt_regs *)regs)->regs);
	if (!compat)
		return r[3];
	return vector ? (__u32)r[3] | r[4] << 32 : (__u32)r[4] | r[5] << 32;
}

#endif
