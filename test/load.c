// SPDX-License-Identifier: GPL-2.0-only
/* load: loads every BPF program of every tool into this kernel, each by itself, and says "ok" or
 * "not ok". What a program does depends on the tool's options, which the verifier knows as
 * constants: so each is loaded with all of them off and with all of them on. Nothing is
 * attached. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "btf.h"
#include "packed.h"
#include "util.h"

static int number, failed, skipped;
static char log_text[1 << 20];

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return 0;
}

/* Fills the variable "cfg" of the object's constants. */
static void set_options(struct bpf_object *obj, int fill)
{
	struct btf *btf = bpf_object__btf(obj);
	int i, id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_var_secinfo *var;
	const struct btf_type *sec, *type;
	struct bpf_map *map;
	size_t size;
	char *data;

	if (id < 0)
		return;
	sec = btf__type_by_id(btf, id);
	bpf_object__for_each_map(map, obj) {
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		data = (char *)bpf_map__initial_value(map, &size);
		for (i = 0, var = btf_var_secinfos(sec); i < btf_vlen(sec); i++, var++) {
			type = btf__type_by_id(btf, var->type);
			if (!strcmp(btf__name_by_offset(btf, type->name_off), "cfg"))
				memset(data + var->offset, fill, var->size);
		}
	}
}

/* The last lines of the verifier's log say what it did not like. */
static const char *reason(void)
{
	char *end = strstr(log_text, "\nprocessed "), *p;

	if (!end)
		return "";
	*end = 0;
	p = strrchr(log_text, '\n');
	return p ? p + 1 : log_text;
}

static bool traces_function(const char *section)
{
	return !strncmp(section, "fentry", 6) || !strncmp(section, "fexit", 5);
}

/* Some programs get their function at run time. Any of those that they are for tells the verifier
 * as much; ext4's are in all kernels that are tested. NULL: there is none, or none with the
 * arguments that the program expects. */
static const char *example_of(const char *prog)
{
	static const struct example {
		const char *prog, *func;
		int nargs;
	} examples[] = {
		{ "read_", "ext4_file_read_iter", 2 }, { "write_", "ext4_file_write_iter", 2 },
		{ "open_", "ext4_file_open", 2 }, { "open2_", "ext4_file_open", 2 },
		{ "fsync_", "ext4_sync_file", 4 }, { "getattr_", "ext4_file_getattr", 4 },
		{ "getattr2_", "ext4_file_getattr", 5 }, {}
	}, *e;

	for (e = examples; e->prog; e++) {
		if (!strncmp(prog, e->prog, strlen(e->prog)))
			return func_nargs(e->func) == e->nargs ? e->func : NULL;
	}
	return NULL;
}

static bool has_target(const char *section)
{
	return strchr(section, '/');
}

/* Loads one program alone; without a log at first, because that of a large one has no end. */
static int load_alone(const void *bytes, size_t size, const char *prog, int fill, bool log)
{
	struct bpf_object *obj = bpf_object__open_mem(bytes, size, NULL);
	struct bpf_program *p;
	struct bpf_map *m;
	int err;

	bpf_object__for_each_program(p, obj) {
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), prog));
		if (log && bpf_program__autoload(p)) {
			bpf_program__set_log_buf(p, log_text, sizeof(log_text));
			bpf_program__set_log_level(p, 1);
		}
		if (bpf_program__autoload(p) && traces_function(bpf_program__section_name(p)) &&
		    !has_target(bpf_program__section_name(p)))
			bpf_program__set_attach_target(p, 0, example_of(prog));
	}
	set_options(obj, fill);
	bpf_object__for_each_map(m, obj) {
		/* From 5.11 on; tools that find it missing do without. */
		if (bpf_map__type(m) == BPF_MAP_TYPE_TASK_STORAGE &&
		    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, NULL) != 1)
			bpf_map__set_autocreate(m, false);
	}
	err = bpf_object__load(obj);
	bpf_object__close(obj);
	return err;
}

static void check(const char *name, const void *bytes, size_t size, const struct bpf_program *p,
		  int fill)
{
	const char *prog = bpf_program__name(p), *section = bpf_program__section_name(p);
	int err;

	number++;
	if (traces_function(section) && !has_target(section) && !example_of(prog)) {
		skipped++;
		printf("ok %d - %s: %s # SKIP not for this kernel's functions\n", number, name, prog);
		return;
	}
	err = load_alone(bytes, size, prog, fill, false);
	if (!err) {
		printf("ok %d - %s: %s (%s), options %s\n", number, name, prog, section,
		       fill ? "on" : "off");
	} else if (traces_function(section) && (err == -ESRCH || err == -ENOENT || err == -EPERM)) {
		skipped++;
		printf("ok %d - %s: %s (%s) # SKIP %s\n", number, name, prog, section,
		       err == -EPERM ? "this kernel refuses fentry" : "no such function here");
	} else {
		failed++;
		*log_text = 0;
		load_alone(bytes, size, prog, fill, true);
		printf("not ok %d - %s: %s (%s), options %s: %s\n#   %s\n", number, name, prog,
		       section, fill ? "on" : "off", strerror(-err), reason());
	}
}

int main(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	const struct packed *packed;
	struct bpf_object *obj;
	struct bpf_program *p;
	size_t size;
	void *bytes;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	libbpf_set_print(quiet);
	for (packed = packed_objects; packed->name; packed++) {
		bytes = unpack(packed_objects, packed->name, &size);
		obj = bpf_object__open_mem(bytes, size, NULL);
		if (!obj)
			die("cannot open %s: %s", packed->name, strerror(errno));
		bpf_object__for_each_program(p, obj) {
			check(packed->name, bytes, size, p, 0);
			check(packed->name, bytes, size, p, 1);
		}
		bpf_object__close(obj);
		free(bytes);
	}
	printf("%d passed, %d failed, %d skipped\n", number - failed - skipped, failed, skipped);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
