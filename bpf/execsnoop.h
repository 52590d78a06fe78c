#pragma once
#include <linux/types.h>
#include "cgroup.h"
#include "filter.h"

#define FIELDS_MAX 60                   /* program and arguments that can be asked for */

/* Bytes of data in a record: the program's name has the first part, its arguments the second. Few
 * calls need the large one. */
#define SMALL_FILE 256
#define SMALL_ARGS 768
#define LARGE_FILE 4096                 /* the kernel's PATH_MAX */
#define LARGE_ARGS 32768
#define FAILED_ARGS 16384               /* of a failed call, its name included */
#define FAILED_ARG 4096

struct config {
	__u32 uid, ppid;                /* ANY_UID, 0: everybody */
	__u32 max_args;                 /* fields, the program's name included */
	bool parent_comm;
	struct containers containers;
};

struct event {
	__u64 ns;
	__u64 argv;                     /* a failed call's array, where what is missing can be */
	__u64 missing;                  /* a bit per argument that was not in memory */
	__u32 pid, ppid, uid, cpu;
	__s32 ret;
	__s32 dfd;                      /* of a failed call, where its name is relative to */
	__u32 args_at, args_len;        /* where in data the arguments are */
	bool failed;
	bool script;                    /* an interpreter's image: its arguments come first */
	bool more;                      /* there are more arguments than were kept */
	bool compat;                    /* pointers of 32 bits */
	bool like_parent;               /* the parent has the same image */
	char comm[16], pcomm[16];
	char data[];                    /* strings, each with its NUL */
};
