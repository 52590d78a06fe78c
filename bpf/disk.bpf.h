/* Which disk a request goes to. Device numbers are the kernel's: major << 20 | minor. */
#pragma once
#include <bpf/bpf_core_read.h>

#define disk_number(disk)						\
	((__u32)BPF_CORE_READ(disk, major) << 20 | (__u32)BPF_CORE_READ(disk, first_minor))

/* NULL for requests that belong to no disk, like those of NVMe's admin queue. */
static __always_inline struct gendisk *disk_of(struct request *rq)
{
	/* It moved from the request to its queue in 5.17 (f3fa33acca9f). */
	if (bpf_core_field_exists(rq->rq_disk))
		return BPF_CORE_READ(rq, rq_disk);
	return BPF_CORE_READ(rq, q, disk);
}

/* The partition, or the whole disk where the caller used that; 0 unknown. */
static __always_inline __u32 disk_part(struct request *rq)
{
	struct block_device *bdev = NULL;
	struct hd_struct *part;
	struct bio *bio;

	/* A partition became a block device in 5.11 (0d02129e76ed). */
	if (!bpf_core_type_exists(struct hd_struct)) {
		bio = BPF_CORE_READ(rq, bio);
		bdev = bio ? BPF_CORE_READ(bio, bi_bdev) : BPF_CORE_READ(rq, part);
	}
	if (bdev)
		return BPF_CORE_READ(bdev, bd_dev);
	if (!bpf_core_type_exists(struct hd_struct))
		return 0;
	part = (void *)BPF_CORE_READ(rq, part);
	return part ? BPF_CORE_READ(part, __dev.devt) : 0;
}
