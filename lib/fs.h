/* File systems and the kernel functions of their operations, for fsslower and fsdist. */
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include "../bpf/fs.h"

/* A row for each file system. */
struct fs {
	const char *name;               /* as in /proc/filesystems, and before "slower" or "dist" */
	const char *title;              /* as bcc's banners write it */
	const char *types;              /* what its mounts are called, in 8 characters at most */
	const char *funcs[FS_OPS];      /* between blanks if they differ by version; NULL: none */
};

/* FS, as in -t. */
bool as_fs(const char *, void *to);             /* const struct fs * */

/* The file system in a tool's name, NULL if there is none. */
const struct fs *fs_of_tool(const char *name);

/* "read" */
extern const char *const fs_op_names[FS_OPS];

/* A set of operations. */
#define FS_SET(op) (1U << (op))
#define FS_COMMON (FS_SET(FS_READ) | FS_SET(FS_WRITE) | FS_SET(FS_OPEN) | FS_SET(FS_FSYNC))

/* Before bpf_start(): switches on the programs for these operations and fills CFG. */
void fs_choose(struct bpf_object *, const struct fs *, unsigned ops, struct fs_config *cfg);
