// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>
#include "btf.h"
#include "tool.h"
#include "unit.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

static void need_btf(void)
{
	if (access(VMLINUX, R_OK))
		skip_because("there is no " VMLINUX);
}

static void arguments_of_tracepoints(void **state)
{
	char name[1000];

	need_btf();
	/* (regs, id) and (regs, ret), on every kernel */
	assert_int_equal(tp_nargs("sys_enter"), 2);
	assert_int_equal(tp_nargs("sys_exit"), 2);
	/* (task) */
	assert_int_equal(tp_nargs("sched_wakeup"), 1);
	assert_int_equal(tp_nargs("no_such_tracepoint"), -1);
	assert_int_equal(tp_nargs(""), -1);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(tp_nargs(name), -1);
}

static void functions(void **state)
{
	need_btf();
	assert_true(func_id("vfs_read") > 0);
	assert_true(func_id("vfs_write") > 0);
	assert_int_not_equal(func_id("vfs_read"), func_id("vfs_write"));
	assert_int_equal(func_id("no_such_function"), -1);
	/* A type of that name is no function. */
	assert_int_equal(func_id("task_struct"), -1);
}

static void fields(void **state)
{
	need_btf();
	assert_true(has_field("task_struct", "pid"));
	assert_true(has_field("task_struct", "tgid"));
	assert_false(has_field("task_struct", "no_such_field"));
	assert_false(has_field("no_such_struct", "pid"));
	assert_false(has_field("vfs_read", "pid"));
}

static void enumerators(void **state)
{
	uint32_t v = 77;

	need_btf();
	assert_true(enum_value("bpf_map_type", "BPF_MAP_TYPE_RINGBUF", &v));
	assert_int_equal(v, BPF_MAP_TYPE_RINGBUF);
	assert_true(enum_value("bpf_prog_type", "BPF_PROG_TYPE_UNSPEC", &v));
	assert_int_equal(v, 0);
	v = 77;
	assert_false(enum_value("bpf_map_type", "BPF_MAP_TYPE_NONSENSE", &v));
	assert_false(enum_value("no_such_enum", "BPF_MAP_TYPE_RINGBUF", &v));
	assert_int_equal(v, 77);
	/* BPF_ANY and its kin are in an enum without a name, on all kernels. */
	assert_true(enum_value(NULL, "BPF_F_LOCK", &v));
	assert_int_equal(v, BPF_F_LOCK);
	v = 77;
	assert_false(enum_value(NULL, "BPF_MAP_TYPE_NONSENSE", &v));
	assert_int_equal(v, 77);
	assert_string_equal(enum_name("bpf_map_type", BPF_MAP_TYPE_HASH), "BPF_MAP_TYPE_HASH");
	assert_string_equal(enum_name("bpf_map_type", 0), "BPF_MAP_TYPE_UNSPEC");
	assert_null(enum_name("bpf_map_type", 100000));
	assert_null(enum_name("no_such_enum", 0));
}

/* Freed and read again. */
static void twice(void **state)
{
	need_btf();
	btf_done();
	btf_done();
	assert_int_equal(tp_nargs("sys_enter"), 2);
	btf_done();
}

static void from_a_file(void **state)
{
	need_btf();
	btf_done();
	run.btf = VMLINUX;
	assert_int_equal(tp_nargs("sys_enter"), 2);
	btf_done();
	/* What cannot be read knows nothing, and says so of everything. */
	run.btf = "/nonexistent";
	assert_int_equal(tp_nargs("sys_enter"), -1);
	assert_int_equal(func_id("vfs_read"), -1);
	assert_false(has_field("task_struct", "pid"));
	assert_null(enum_name("bpf_map_type", 1));
	btf_done();
	run.btf = temporary_file("no BTF", 6);
	assert_int_equal(tp_nargs("sys_enter"), -1);
	btf_done();
	run.btf = NULL;
	assert_int_equal(tp_nargs("sys_enter"), 2);
	btf_done();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(arguments_of_tracepoints),
	cmocka_unit_test(functions),
	cmocka_unit_test(fields),
	cmocka_unit_test(enumerators),
	cmocka_unit_test(twice),
	cmocka_unit_test(from_a_file),
};

UNIT_MAIN(tests)
