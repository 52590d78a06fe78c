// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include "fsslower.h"

#define FS_FILES

const volatile struct config cfg;

#include "event.bpf.h"
#include "fs.bpf.h"

/* A commit of NFS that is under way, and who wanted it: a worker of the kernel completes it. */
struct commit {
	__u64 ns;
	__u32 pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct nfs_commit_data *);
	__type(value, struct commit);
} commits SEC(".maps");

/* Adds the file's name to what is in E and sends it. */
static __always_inline void send(struct event *e, struct dentry *d)
{
	__u64 n = bpf_probe_read_kernel_str(e->file, sizeof(e->file),
					    BPF_CORE_READ(d, d_name.name));

	if (!n || n > sizeof(e->file)) {
		e->file[0] = 0;
		n = 1;
	}
	event_output(e, offsetof(struct event, file) + n, e->end);
}

static __noinline int fs_done(__u32 op, const struct fs_call *call, __u64 ns, long ret)
{
	const struct path *path = call->object;
	struct file *file = call->file;
	struct dentry *d;
	struct event e;

	e.end = call->ns + ns;
	e.lat = ns;
	e.ret = ret;
	e.offset = call->offset;
	e.pid = bpf_get_current_pid_tgid() >> 32;
	e.op = op;
	bpf_get_current_comm(e.comm, sizeof(e.comm));
	if (op == FS_GETATTR)
		d = BPF_CORE_READ(path, dentry);
	else
		d = BPF_CORE_READ(file, f_path.dentry);
	send(&e, d);
	return 0;
}

SEC("raw_tp/nfs_commit_done")
int commit_done(__u64 *ctx)
{
	struct nfs_commit_data *data = (void *)ctx[1];
	struct commit *c = bpf_map_lookup_elem(&commits, &data);
	struct fs_call call = {};
	struct event e;

	/* Without the types of the module nfs the user side leaves this out. */
	if (!c || !bpf_core_type_exists(struct nfs_commit_data))
		return 0;
	call.ns = c->ns;
	e.pid = c->pid;
	__builtin_memcpy(e.comm, c->comm, sizeof(e.comm));
	bpf_map_delete_elem(&commits, &data);
	if (!fs_took(&call, &e.lat))
		return 0;
	e.end = call.ns + e.lat;
	e.ret = BPF_CORE_READ(data, args.count);
	e.offset = BPF_CORE_READ(data, args.offset);
	e.op = FS_COMMIT;
	send(&e, BPF_CORE_READ(data, context, dentry));
	return 0;
}

SEC("raw_tp/nfs_initiate_commit")
int commit_begin(__u64 *ctx)
{
	struct nfs_commit_data *data = (void *)ctx[0];
	struct commit c = {};
	__u64 id = fs_wanted();

	if (!id)
		return 0;
	c.ns = bpf_ktime_get_ns();
	c.pid = id >> 32;
	bpf_get_current_comm(c.comm, sizeof(c.comm));
	if (bpf_map_update_elem(&commits, &data, &c, BPF_ANY))
		lose(LOST_MAP);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
