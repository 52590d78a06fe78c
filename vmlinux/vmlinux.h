/* The kernel's types, as far as the tools read them. Only names matter: CO-RE finds each member
 * where the running kernel has it, so order, padding and members that nobody reads are left out.
 * A member that only some kernels have stands here too; test it with bpf_core_field_exists(). */
#pragma once
/* bpf_tracing.h asks by this name whether registers are called as in the kernel: di, not rdi. */
#define __VMLINUX_H__
#include <linux/types.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
#include "x86.h"
#elif defined(__TARGET_ARCH_arm64)
#include "arm64.h"
#else
#error "no vmlinux header for this architecture"
#endif

/* Processes. */

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[];          /* [level] is that in the innermost namespace */
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;        /* at its beginning */
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;        /* in the hierarchy of cgroup v2 */
};

struct mm_struct {
	unsigned long arg_start, arg_end;
};

struct linux_binprm {
	const char *filename;           /* what is executed, as the caller named it */
	const char *interp;             /* the same, or what the binary format made of it */
};

struct task_io_accounting {
	__u64 syscr;                    /* system calls that read */
};

struct task_struct {
	struct thread_info thread_info;
	int pid, tgid;
	unsigned int __state;           /* from 5.14 */
	long state;
	struct pid *thread_pid;
	struct css_set *cgroups;
	unsigned long min_flt, maj_flt;
	struct task_io_accounting ioac;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

/* Files. */

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path pwd;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	struct file_system_type *s_type;
	unsigned long s_magic;
};

struct address_space {
	struct inode *host;
	unsigned long nrpages;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	__s64 i_size;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	struct address_space *f_mapping;
	unsigned int f_flags;
	__s64 f_pos;
	void *private_data;
};

struct kiocb {                          /* a read or write of a file */
	struct file *ki_filp;
	__s64 ki_pos;
};

/* NFS, often a module: then these types are known only where its types are. */

struct nfs_commitargs {
	__u64 offset;
	__u32 count;
};

struct nfs_open_context {
	struct dentry *dentry;
};

struct nfs_commit_data {
	struct nfs_commitargs args;
	struct nfs_open_context *context;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* Memory. */

enum pageflags {
	PG_head,
};

struct page {
	struct address_space *mapping;
	unsigned long index;
	unsigned int compound_nr;       /* in the second one of several */
};

struct folio {                          /* from 5.16 */
	struct address_space *mapping;
	unsigned long index;
	unsigned int _folio_nr_pages;   /* from 6.1 to 6.14 */
	unsigned int _nr_pages;         /* after that */
};

struct vm_area_struct {
	struct file *vm_file;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long pgoff;
};

/* Block devices. */

struct device {
	__u32 devt;
};

struct hd_struct {                      /* a partition, before 5.11 */
	struct device __dev;
};

struct block_device {                   /* a disk or partition, from 5.11 */
	__u32 bd_dev;
};

struct gendisk {
	int major, first_minor;
};

struct request_queue {
	struct gendisk *disk;           /* from 5.15 */
};

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;   /* from 5.12 */
};

struct blk_mq_tags {
	unsigned int nr_tags;
	struct request **static_rqs;
};

struct blk_mq_hw_ctx {
	struct blk_mq_tags *tags, *sched_tags;
};

struct request {
	struct request_queue *q;
	struct blk_mq_hw_ctx *mq_hctx;
	struct gendisk *rq_disk;        /* until 5.16 */
	struct block_device *part;      /* a struct hd_struct before 5.11 */
	struct bio *bio, *biotail;
	int tag, internal_tag;
	unsigned int cmd_flags, rq_flags, __data_len;
	__u64 __sector;
};

/* Sockets. */

struct net {
	struct ns_common ns;
};

struct in6_addr {
	__u8 s6_addr[16];
};

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct {
		struct net *net;
	} skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;         /* with CONFIG_IPV6 */
};

struct sock {
	struct sock_common __sk_common;
	struct {
		int owned;              /* a system call works on it */
	} sk_lock;
	__u16 sk_protocol;
};

struct socket {
	struct sock *sk;
};

struct inet_sock {
	__be16 inet_sport;
};

struct inet_connection_sock {
	__u8 icsk_ca_state : 5;
};

struct tcp_sock {
	__u64 bytes_received, bytes_acked;
	__u32 segs_out;
};

struct proto_accept_arg {               /* the last argument of inet_csk_accept(), from 6.10 */
	int err;
};

struct sk_buff {
	char cb[48];
};

struct tcp_skb_cb {                     /* what TCP keeps in skb->cb */
	__u32 seq;
};

#pragma clang attribute pop
