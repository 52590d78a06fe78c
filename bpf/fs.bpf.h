/* Times the operations of one file system. Which functions of the kernel these are, the tool's user
 * side knows (lib/fs.c); without any that can be traced, the system calls are timed instead.
 *
 * A tool defines cfg.fs and fs_done() before it includes this; FS_FILES if it wants to know which
 * file it was. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "fs.h"
#include "lost.bpf.h"
#include "path.bpf.h"
#include "syscall.bpf.h"

/* One that is under way. The programs at the function's return know no arguments where they are
 * kretprobes, so what is needed of them is kept. */
struct fs_call {
	__u64 ns;                       /* when it began; 0: there is none */
#ifdef FS_FILES
	const void *object;             /* struct kiocb, file or path, by the operation */
	struct file *file;
	__s64 offset;                   /* in the file; -1: none */
#endif
};

static int fs_done(__u32 op, const struct fs_call *call, __u64 ns, long ret);

/* One of a kind may go on in a thread at a time, but several kinds: an O_SYNC write is followed by
 * an fsync within. */
struct fs_calls {
	struct fs_call of[FS_OPS];
};

/* With the thread that they are of, which takes half the time of a hash. From 5.13 on. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fs_calls);
} threads SEC(".maps");

/* Before that, and where the kernel finds no memory for it (7.2 never does on processors without
 * cmpxchg16b), by thread and operation. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct fs_call);
} calls SEC(".maps");

/* One of enum bpf_func_id; with all of its names the object would have 3 KB more. */
enum bpf_func_id___storage { BPF_FUNC_task_storage_get___storage = 156 };

/* 5.11 has the helper, but not yet for all programs; that is what the user side tries. */
static __always_inline bool fs_by_task(void)
{
	return cfg.fs.by_task &&
	       bpf_core_enum_value_exists(enum bpf_func_id___storage,
					  BPF_FUNC_task_storage_get___storage);
}

/* 0 if the current process is none of those wanted, else what bpf_get_current_pid_tgid() says. */
static __always_inline __u64 fs_wanted(void)
{
	__u64 id = bpf_get_current_pid_tgid();

	return (cfg.fs.pid ? id >> 32 == cfg.fs.pid : id >> 32 != cfg.fs.self) ? id : 0;
}

static __always_inline void fs_begin(__u32 op, const struct fs_call *call, __u64 id)
{
	struct fs_calls *c;
	__u64 key = (__u64)op << 32 | (__u32)id;

	if (fs_by_task()) {
		c = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL,
					 BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (c) {
			/* Kretprobes leave out returns when more threads than they expect are
			 * inside. */
			if (c->of[op].ns)
				lose(LOST_RETURN);
			c->of[op] = *call;
			return;
		}
	}
	if (!bpf_map_update_elem(&calls, &key, call, BPF_NOEXIST))
		return;
	lose(bpf_map_lookup_elem(&calls, &key) ? LOST_RETURN : LOST_MAP);
	bpf_map_update_elem(&calls, &key, call, BPF_EXIST);
}

/* Takes out what fs_begin() put in; false if it did not. */
static __always_inline bool fs_take(__u32 op, struct fs_call *call)
{
	struct fs_calls *c;
	struct fs_call *f;
	__u64 key;

	if (cfg.fs.pid && !fs_wanted())
		return false;
	if (fs_by_task()) {
		c = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);
		if (c && c->of[op].ns) {
			*call = c->of[op];
			c->of[op].ns = 0;
			return true;
		}
	}
	key = (__u64)op << 32 | (__u32)bpf_get_current_pid_tgid();
	f = bpf_map_lookup_elem(&calls, &key);
	if (!f)
		return false;
	*call = *f;
	bpf_map_delete_elem(&calls, &key);
	return true;
}

/* Whether CALL took long enough to be told, and how long. */
static __always_inline bool fs_took(const struct fs_call *call, __u64 *ns)
{
	__u64 now = bpf_ktime_get_ns();

	if (now < call->ns) {
		lose(LOST_TIME);
		return false;
	}
	*ns = now - call->ns;
	return !cfg.fs.min_ns || *ns > cfg.fs.min_ns;
}

static __noinline bool fs_end(__u32 op, struct fs_call *call, __u64 *ns)
{
	return op < FS_OPS && fs_take(op, call) && fs_took(call, ns);
}

/* Functions. */

static __noinline int fs_entered(__u32 op, const void *object)
{
	struct fs_call call = {};
	__u64 id = fs_wanted();

	if (!id || op >= FS_OPS)
		return 0;
#ifdef FS_FILES
	call.object = object;
	call.file = (struct file *)object;
	call.offset = -1;
	if (object && (op == FS_READ || op == FS_WRITE)) {
		const struct kiocb *io = object;

		/* Now, because an asynchronous one may be over and freed when the function
		 * returns. */
		call.file = BPF_CORE_READ(io, ki_filp);
		call.offset = BPF_CORE_READ(io, ki_pos);
	}
#endif
	call.ns = bpf_ktime_get_ns();
	fs_begin(op, &call, id);
	return 0;
}

static __noinline int fs_returned(__u32 op, long ret)
{
	struct fs_call call;
	__u64 ns;

	if (!fs_end(op, &call, &ns))
		return 0;
#ifdef FS_FILES
	/* Where it was in the end: with O_APPEND that is not where it seemed to go. */
	if (ret > 0 && (op == FS_READ || op == FS_WRITE)) {
		const struct kiocb *io = call.object;

		call.offset = BPF_CORE_READ(io, ki_pos) - ret;
	}
#endif
	/* Those that do not transfer data return an int. */
	return fs_done(op, &call, ns, op == FS_READ || op == FS_WRITE ? ret : (int)ret);
}

/* The programs of one operation. Those at the return come first: so they are attached first, and
 * whatever was seen beginning is seen ending. */
#define FS_FUNC(name, op, arg, kprobe_arg, nargs)			\
SEC("?fexit") int name##_fexit(__u64 *ctx)				\
{									\
	return fs_returned(op, ctx[nargs]);				\
}									\
SEC("?kretprobe") int name##_kretprobe(struct pt_regs *ctx)		\
{									\
	return fs_returned(op, PT_REGS_RC(ctx));			\
}									\
SEC("?fentry") int name##_fentry(__u64 *ctx)				\
{									\
	return fs_entered(op, (void *)ctx[arg]);			\
}									\
SEC("?kprobe") int name##_kprobe(struct pt_regs *ctx)			\
{									\
	return fs_entered(op, (void *)kprobe_arg(ctx));			\
}

FS_FUNC(read, FS_READ, 0, PT_REGS_PARM1, 2)
FS_FUNC(write, FS_WRITE, 0, PT_REGS_PARM1, 2)
FS_FUNC(open, FS_OPEN, 1, PT_REGS_PARM2, 2)
FS_FUNC(open2, FS_OPEN, 1, PT_REGS_PARM2, 2)
FS_FUNC(fsync, FS_FSYNC, 0, PT_REGS_PARM1, 4)
/* With an argument more in front from 5.12 on (549c7297717c). */
FS_FUNC(getattr, FS_GETATTR, 0, PT_REGS_PARM1, 4)
FS_FUNC(getattr2, FS_GETATTR, 1, PT_REGS_PARM2, 5)

/* System calls. */

#define S_IFMT  0170000
#define S_IFREG 0100000
#define S_IFDIR 0040000
#define O_PATH  010000000
#define EBADF   9

/* What a system call does; FS_OPS: nothing of this. */
#define FS_OFFSET 16                    /* its fourth argument is an offset, */
#define FS_VECTOR 32                    /* and it is readv() or writev(); */
#define FS_COMPAT 64                    /* its caller is a 32-bit one */

#define FS_SYSCALLS(read, pread, readv, preadv, preadv2, write, pwrite, writev, pwritev, pwritev2, \
		    openat, fsync, fdatasync)				\
	case read: case readv: return FS_READ;				\
	case pread: return FS_READ | FS_OFFSET;				\
	case preadv: case preadv2: return FS_READ | FS_OFFSET | FS_VECTOR; \
	case write: case writev: return FS_WRITE;			\
	case pwrite: return FS_WRITE | FS_OFFSET;			\
	case pwritev: case pwritev2: return FS_WRITE | FS_OFFSET | FS_VECTOR; \
	case openat: case 437: return FS_OPEN;				\
	case fsync: case fdatasync: return FS_FSYNC;			\
	default: return FS_OPS;

static __always_inline __u32 fs_native(__u32 nr)
{
	switch (nr) {
#if defined(__TARGET_ARCH_x86)
	case 2: case 85: return FS_OPEN;
	/* x32 */
	case 515: return FS_READ;
	case 516: return FS_WRITE;
	case 534: case 546: return FS_READ | FS_OFFSET | FS_VECTOR;
	case 535: case 547: return FS_WRITE | FS_OFFSET | FS_VECTOR;
	FS_SYSCALLS(0, 17, 19, 295, 327, 1, 18, 20, 296, 328, 257, 74, 75)
#elif defined(__TARGET_ARCH_arm64)
	FS_SYSCALLS(63, 67, 65, 69, 286, 64, 68, 66, 70, 287, 56, 82, 83)
#endif
	}
}

static __always_inline __u32 fs_compat(__u32 nr)
{
	switch (nr) {
	case 5: case 8: return FS_OPEN;
#if defined(__TARGET_ARCH_x86)
	FS_SYSCALLS(3, 180, 145, 333, 378, 4, 181, 146, 334, 379, 295, 118, 148)
#elif defined(__TARGET_ARCH_arm64)
	FS_SYSCALLS(3, 180, 145, 361, 392, 4, 181, 146, 362, 393, 322, 118, 148)
#endif
	}
}

/* All system calls pass here, so the caller's kind is asked for only where it matters. */
static __noinline __u32 fs_syscall(__u32 nr)
{
	__u32 native, other;

#if defined(__TARGET_ARCH_x86)
	nr &= ~X32_BIT;
#endif
	native = fs_native(nr);
	other = fs_compat(nr);
	if (native == FS_OPS && other == FS_OPS)
		return FS_OPS;
	return syscall_compat() ? other | FS_COMPAT : native;
}

/* Whether a call on this file comes to the file system's own functions. */
static __always_inline bool fs_concerns(struct file *f, __u32 op)
{
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	__u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	__u64 name[2] = {};
	int i;

	if (type != S_IFREG && !(type == S_IFDIR && op == FS_FSYNC))
		return false;
	if (BPF_CORE_READ(f, f_flags) & O_PATH)
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(inode, i_sb, s_type, name));
	for (i = 0; i < FS_TYPES; i++) {
		if (cfg.fs.types[i] && cfg.fs.types[i] == name[0])
			return true;
	}
	return false;
}

SEC("raw_tp/sys_exit")
int sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	struct fs_call call;
	long ret = ctx[1];
	struct file *f;
	__u64 ns;
	__u32 what = fs_syscall(syscall_nr(regs)), op = what & (FS_OFFSET - 1);
	bool compat = what & FS_COMPAT;

	if (op == FS_OPS || !fs_end(op, &call, &ns))
		return 0;
	/* A call that failed to open leaves no file to tell its file system by. */
	if (ret == -EBADF || (op == FS_OPEN && ret < 0))
		return 0;
	f = file_of_fd(op == FS_OPEN ? ret : syscall_first(regs, compat));
	if (!f || !fs_concerns(f, op))
		return 0;
	if (op == FS_OPEN)
		ret = 0;
#ifdef FS_FILES
	call.file = f;
	call.offset = -1;
	if (what & FS_OFFSET)
		call.offset = syscall_offset(regs, compat, what & FS_VECTOR);
	if (call.offset == -1 && (op == FS_READ || op == FS_WRITE))
		call.offset = BPF_CORE_READ(f, f_pos) - (ret > 0 ? ret : 0);
#endif
	return fs_done(op, &call, ns, ret);
}

SEC("raw_tp/sys_enter")
int sys_enter(__u64 *ctx)
{
	__u32 op = fs_syscall(ctx[1]) & (FS_OFFSET - 1);

	return op == FS_OPS ? 0 : fs_entered(op, NULL);
}
