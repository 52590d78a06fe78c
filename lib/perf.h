/* Programs that run on perf events. */
#pragma once
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <stdbool.h>

/* Between bpf_load() and bpf_start(): lets PROG run on an event of each CPU that is online, or of
 * CPU only, if that is not negative. False, with errno set, if the kernel does not have the
 * event. */
bool perf_attach(struct bpf_program *, struct perf_event_attr *, int cpu);
