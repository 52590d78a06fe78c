/* Where a directory is: its path through all mounts up to the root of the mount namespace. */
#pragma once
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "path.h"

/* "Relative to the working directory", for the callers of openat() and its relatives. */
#define AT_FDCWD -100

/* The open file behind a descriptor of the current task, NULL if there is none. */
static __always_inline struct file *file_of_fd(int fd)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct file **fds, *f = NULL;
	struct fdtable *fdt;

	fdt = BPF_CORE_READ(t, files, fdt);
	if ((__u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	fds = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&f, sizeof(f), &fds[fd]);
	return f;
}

/* What DFD stands for in the current task; all NULL if it is no open descriptor. */
static __always_inline struct path path_of_fd(int dfd)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct path p = {};
	struct file *f;

	if (dfd == AT_FDCWD) {
		BPF_CORE_READ_INTO(&p, t, fs, pwd);
		return p;
	}
	f = file_of_fd(dfd);
	if (f)
		BPF_CORE_READ_INTO(&p, f, f_path);
	return p;
}

/* Writes the names from P up to the root behind the *LEN bytes at BUF, which has PATH_ROOM, without
 * the empty string at the end. LEN points into a map: what is read back from there is unknown to
 * the verifier, so that all rounds look alike to it, and it looks at them once (10,000 instructions
 * instead of 330,000). */
static __always_inline void path_climb(char *buf, volatile __u32 *len, struct path p)
{
	struct mount *m = (void *)p.mnt - bpf_core_field_offset(struct mount, mnt), *above;
	struct dentry *d = p.dentry, *up;
	bool root = false;
	__u32 at;
	long n;
	int i;

	for (i = 0; i < PATH_DEPTH && !root; i++) {
		if (d == BPF_CORE_READ(m, mnt.mnt_root)) {
			above = BPF_CORE_READ(m, mnt_parent);
			root = above == m;
			d = BPF_CORE_READ(m, mnt_mountpoint);
			m = above;
			continue;
		}
		up = BPF_CORE_READ(d, d_parent);
		if (up == d) {          /* the top of something that is mounted nowhere */
			root = true;
			break;
		}
		at = *len & (PATH_SIZE - 1);
		n = bpf_probe_read_kernel_str(buf + at, PATH_NAME, BPF_CORE_READ(d, d_name.name));
		if (n <= 0 || at + n >= PATH_SIZE)
			break;
		*len = at + n;
		d = up;
	}
	at = *len & (PATH_SIZE - 1);
	if (root) {
		buf[at] = '/';
		buf[at + 1] = 0;
		*len = at + 2;
	}
}
