// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "btf.h"
#include "fs.h"
#include "tool.h"
#include "util.h"

static const struct fs table[] = {
	{ "bcachefs", "bcachefs", "bcachefs",
	  { "bch2_read_iter", "bch2_write_iter", "bch2_open", "bch2_fsync", "bch2_getattr" } },
	{ "btrfs", "btrfs", "btrfs",
	  { "btrfs_file_read_iter", "btrfs_file_write_iter", "btrfs_file_open", "btrfs_sync_file" } },
	{ "ext4", "ext4", "ext4 ext3 ext2",
	  { "ext4_file_read_iter", "ext4_file_write_iter", "ext4_file_open", "ext4_sync_file",
	    "ext4_file_getattr" } },
	{ "f2fs", "f2fs", "f2fs",
	  { "f2fs_file_read_iter", "f2fs_file_write_iter", "f2fs_file_open", "f2fs_sync_file",
	    "f2fs_getattr" } },
	{ "fuse", "fuse", "fuse fuseblk virtiofs",
	  { "fuse_file_read_iter", "fuse_file_write_iter", "fuse_open", "fuse_fsync",
	    "fuse_getattr" } },
	{ "nfs", "NFS", "nfs nfs4",
	  { "nfs_file_read", "nfs_file_write", "nfs_file_open", "nfs_file_fsync", "nfs_getattr" } },
	{ "xfs", "XFS", "xfs",
	  { "xfs_file_read_iter", "xfs_file_write_iter", "xfs_file_open", "xfs_file_fsync" } },
	/* The functions of the second and third place were in ZFS before 2.1. */
	{ "zfs", "ZFS", "zfs",
	  { "zpl_iter_read zpl_aio_read zpl_read", "zpl_iter_write zpl_aio_write zpl_write",
	    "zpl_open", "zpl_fsync" } },
	{}
};

const char *const fs_op_names[] = { "read", "write", "open", "fsync", "getattr", "commit" };

static const struct fs *find(const char *name, size_t len)
{
	const struct fs *fs;

	for (fs = table; fs->name; fs++) {
		if (strlen(fs->name) == len && !strncmp(fs->name, name, len))
			return fs;
	}
	return NULL;
}

bool as_fs(const char *arg, void *to)
{
	*(const struct fs **)to = find(arg, strlen(arg));
	return *(const struct fs **)to;
}

const struct fs *fs_of_tool(const char *name)
{
	const char *end = strstr(name, "slower");

	if (!end)
		end = strstr(name, "dist");
	return end ? find(name, end - name) : NULL;
}

/* Whether the kernel knows this type of file systems now. */
static bool registered(const char *type)
{
	char *text = read_file("/proc/filesystems", NULL), *line, *save;
	bool found = false;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !found;
	     line = strtok_r(NULL, "\n", &save))
		found = !strcmp(line + strcspn(line, "\t") + 1, type);
	free(text);
	return found;
}

static void choose_types(const char *types, struct fs_config *cfg)
{
	size_t len;
	int i;

	for (i = 0; *types; i++, types += len + (types[len] == ' ')) {
		len = strcspn(types, " ");
		memcpy(&cfg->types[i], types, len);
	}
}

/* Without functions. */
static void choose_syscalls(const struct fs *fs, unsigned ops, struct fs_config *cfg)
{
	/* If it is for want of types, bpf_start() will say so. */
	if (btf_known())
		warn("this kernel lets no functions be traced; timing system calls on %s files "
		     "instead%s (see the man page)", fs->name,
		     ops & ~FS_COMMON ? ", without getattr" : "");
	choose_types(fs->types, cfg);
}

static void choose_op(struct bpf_object *obj, const struct fs *fs, enum fs_op op, bool idmap)
{
	const char *program = op == FS_GETATTR && idmap ? "getattr2" : fs_op_names[op];
	const char *func = fs->funcs[op];
	char name[64];
	size_t len;

	for (; *func; func += len + (func[len] == ' ')) {
		len = strcspn(func, " ");
		snprintf(name, sizeof(name), "%.*s", (int)len, func);
		if (bpf_trace_func(obj, program, name, fs->name))
			return;
	}
	die("%s", bpf_refused());
}

void fs_choose(struct bpf_object *obj, const struct fs *fs, unsigned ops, struct fs_config *cfg)
{
	bool syscalls = !run.kprobe && !bpf_traces_funcs();
	int op;

	if (!registered(fs->name))
		die("this kernel has no file system %s now: load its module (modprobe %s)", fs->name,
		    fs->name);
	cfg->self = getpid();
	cfg->idmap = func_nargs("simple_getattr") == 5;
	cfg->by_task = libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_task_storage_get,
					       NULL) == 1;
	bpf_leave_out(bpf_object__find_map_by_name(obj, "threads"), !cfg->by_task);
	bpf_resize(bpf_object__find_map_by_name(obj, "calls"), cfg->by_task ? 1024 : 4096);
	bpf_drop(bpf_object__find_program_by_name(obj, "sys_enter"), !syscalls);
	bpf_drop(bpf_object__find_program_by_name(obj, "sys_exit"), !syscalls);
	if (syscalls) {
		choose_syscalls(fs, ops, cfg);
		return;
	}
	for (op = 0; op < FS_OPS; op++) {
		if (ops & FS_SET(op) && fs->funcs[op])
			choose_op(obj, fs, op, cfg->idmap);
	}
	/* The same for mounts of version 4, in a module of its own. */
	if (strcmp(fs->name, "nfs") || !(ops & FS_SET(FS_OPEN)))
		return;
	if (!registered("nfs4"))
		warn("NFS version 4 is not loaded (modprobe nfsv4): if it is later, its opens will "
		     "be missing");
	else if (!bpf_trace_func(obj, "open2", "nfs4_file_open", "nfsv4"))
		die("%s", bpf_refused());
}
