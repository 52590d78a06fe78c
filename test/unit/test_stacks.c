// SPDX-License-Identifier: GPL-2.0-only
/* Stacks, as they arrive and as they are printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "flame.h"
#include "stacks.h"
#include "sym.h"
#include "tool.h"
#include "unit.h"

#define KERNEL 0xffffffff81000000ULL

static const char kallsyms[] =
	"ffffffff81000000 T _text\n"
	"ffffffff81000100 T vfs_read\n"
	"ffffffff81000200 t helper.isra.0\n"
	"ffffffff81000300 T bpf_trace_run2\n"
	"ffffffff81000400 T entry\n"
	"ffffffff81000500 T _etext\n"
	"ffffffffc0000000 t bpf_prog_0123456789abcdef_sample\t[bpf]\n"
	"ffffffffc0001000 t xfs_read\t[xfs]\n"
	"ffffffffc0002000 t xfs_end\t[xfs]\n";

static const struct tool tool = { .name = "t", .stacks = "count" };
static struct stack_entry entry;

static int setup(void **state)
{
	static bool taken;

	if (!taken)
		ksym_take(strdup(kallsyms));
	taken = true;
	run.tool = &tool;
	run.json = false;
	stack_style = (struct stack_style){ .located = true };
	stacks_missed = (struct stacks_missed){};
	entry = (struct stack_entry){ .pid = 181, .comm = "cat", .value = 7 };
	return 0;
}

/* A stack as the kernel side sends it: no longer than it is filled. */
static void receive(uint64_t id, uint32_t pid, uint32_t depth, const __u64 *ips)
{
	size_t size = offsetof(struct stack, ips) + depth * sizeof(*ips);
	struct stack *s = malloc(size);

	s->id = id;
	s->pid = pid;
	s->depth = depth;
	memcpy(s->ips, ips, depth * sizeof(*ips));
	stack_received(s);
	free(s);
}

static void print(void *unused)
{
	stack_print(&entry);
}

static void assert_entry(const char *expected)
{
	char *text = captured(print, NULL);

	assert_string_equal(text, expected);
	free(text);
}

static void kernel_frames(void **state)
{
	/* The last one is what its call returns to: the first byte behind vfs_read(). */
	const __u64 ips[] = { KERNEL + 0x210, 0xffffffffc0001020, KERNEL + 0x200 };

	receive(10, 0, 3, ips);
	entry.kernel = 10;
	assert_entry("    helper.isra.0+0x10 [kernel]\n"
		     "    xfs_read+0x20 [xfs]\n"
		     "    vfs_read+0x100 [kernel]\n"
		     "    -                cat (181)\n"
		     "        7\n\n");
	stack_style.located = false;
	stack_style.addresses = true;
	assert_entry("    0xffffffff81000210 helper.isra.0\n"
		     "    0xffffffffc0001020 xfs_read\n"
		     "    0xffffffff81000200 vfs_read\n"
		     "    -                cat (181)\n"
		     "        7\n\n");
}

static void machinery_is_left_out(void **state)
{
	const __u64 ips[] = { 0xffffffffc0000010, KERNEL + 0x320, KERNEL + 0x110, KERNEL + 0x420 };
	/* As on 5.10: the innermost one twice. */
	const __u64 twice[] = { KERNEL + 0x110, KERNEL + 0x110, KERNEL + 0x420 };
	const __u64 only[] = { 0xffffffffc0000010 };

	stack_style.located = false;
	receive(20, 0, 4, ips);
	entry.kernel = 20;
	assert_entry("    vfs_read\n    entry\n    -                cat (181)\n        7\n\n");
	receive(21, 0, 3, twice);
	entry.kernel = 21;
	assert_entry("    vfs_read\n    entry\n    -                cat (181)\n        7\n\n");
	receive(22, 0, 1, only);
	entry.kernel = 22;
	assert_entry("    -                cat (181)\n        7\n\n");
	/* A second look changes nothing. */
	entry.kernel = 20;
	assert_entry("    vfs_read\n    entry\n    -                cat (181)\n        7\n\n");
}

static void unknown_frames(void **state)
{
	const __u64 ips[] = { 0x10 }, foreign[] = { 0x1234, 0x5678 };

	receive(30, 0, 1, ips);
	entry.kernel = 30;
	receive(31, STACK_FOREIGN, 2, foreign);
	entry.user = 31;
	assert_entry("    [unknown]\n    [unknown]\n    [unknown]\n"
		     "    -                cat (181)\n        7\n\n");
}

/* A function of this program, by an address inside. */
static void own_frames(void **state)
{
	const __u64 ips[] = { (uintptr_t)receive + 4 };
	char expected[256], *text;

	receive(40, getpid(), 1, ips);
	entry.user = 40;
	text = captured(print, NULL);
	snprintf(expected, sizeof(expected), "    receive+0x4 [test_stacks]\n");
	assert_memory_equal(text, expected, strlen(expected));
	free(text);
}

static void both_sides(void **state)
{
	const __u64 kernel[] = { KERNEL + 0x110, KERNEL + 0x420 }, user[] = { 0x1234, 0x5678 };

	receive(50, 0, 2, kernel);
	receive(51, STACK_FOREIGN, 2, user);
	entry.kernel = 50;
	entry.user = 51;
	stack_style.located = false;
	stack_style.delimited = true;
	assert_entry("    vfs_read\n    entry\n    --\n    [unknown]\n    [unknown]\n"
		     "    -                cat (181)\n        7\n\n");
	stack_style.folded = true;
	assert_entry("cat;[unknown];[unknown];-;entry;vfs_read 7\n");
	stack_style.annotated = true;
	stack_style.delimited = false;
	assert_entry("cat;[unknown];[unknown];entry_[k];vfs_read_[k] 7\n");
	entry.user = STACK_NONE;
	stack_style.delimited = true;
	assert_entry("cat;entry_[k];vfs_read_[k] 7\n");
	run.json = true;
	entry.user = 51;
	char *text = captured(print, NULL);
	assert_int_equal(json_lines(text), 1);
	assert_json(text, "type", "\"stack\"");
	assert_json(text, "count", "7");
	assert_json(text, "comm", "\"cat\"");
	assert_json(text, "kernel.0.name", "\"vfs_read\"");
	assert_json(text, "kernel.0.module", "\"kernel\"");
	assert_json(text, "kernel.0.offset", "16");
	assert_json(text, "kernel.1.name", "\"entry\"");
	assert_json(text, "user.0.name", "null");
	assert_json(text, "user.0.module", "null");
	free(text);
}

static void missed(void **state)
{
	entry.kernel = STACK_LOST;
	entry.user = 60;                /* never arrived */
	assert_entry("    [Missed Kernel Stack]\n    [Missed User Stack]\n"
		     "    -                cat (181)\n        7\n\n");
	assert_int_equal(stacks_missed.no_room, 1);
	assert_int_equal(stacks_missed.not_received, 1);
	stack_style.folded = true;
	assert_entry("cat;[Missed User Stack];[Missed Kernel Stack] 7\n");
	entry.kernel = entry.user = STACK_NONE;
	assert_entry("cat 7\n");
	assert_int_equal(stacks_missed.no_room, 2);
	assert_int_equal(stacks_missed.not_received, 2);
}

static void the_first_of_a_number_counts(void **state)
{
	const __u64 ips[] = { KERNEL + 0x110 }, other[] = { KERNEL + 0x420 };

	receive(70, 0, 1, ips);
	receive(70, 0, 1, other);
	entry.kernel = 70;
	stack_style.folded = true;
	assert_entry("cat;vfs_read 7\n");
}

static void hostile_names(void **state)
{
	entry.comm = "a\x1b[2J\nb";
	stack_style.folded = true;
	assert_entry("a\\x1b[2J\\nb 7\n");
}

static void frames_of_an_event(void *unused)
{
	const __u64 addrs[] = { 0x1234, 0, 0x5678 };

	stack_frames("callers", STACK_FOREIGN, addrs, 3);
}

static void frames_behind_a_row(void **state)
{
	char *text = captured(frames_of_an_event, NULL);

	assert_string_equal(text, "        [unknown]+0x1234 [unknown]\n");
	free(text);
}

static void draw(void *file)
{
	stack_draw(&entry);
	flame_write(file, "title", "samples");
}

static void drawn(void **state)
{
	const __u64 ips[] = { KERNEL + 0x110 };
	char *svg;
	size_t size;
	FILE *f = open_memstream(&svg, &size);

	receive(80, 0, 1, ips);
	entry.kernel = 80;
	entry.user = 81;                /* never arrived */
	draw(f);
	fclose(f);
	assert_non_null(strstr(svg, "vfs_read (7 samples, 100.00%)"));
	assert_non_null(strstr(svg, "[Missed User Stack] (7 samples, 100.00%)"));
	assert_non_null(strstr(svg, "cat (7 samples, 100.00%)"));
	free(svg);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(kernel_frames, setup),
	cmocka_unit_test_setup(machinery_is_left_out, setup),
	cmocka_unit_test_setup(unknown_frames, setup),
	cmocka_unit_test_setup(own_frames, setup),
	cmocka_unit_test_setup(both_sides, setup),
	cmocka_unit_test_setup(missed, setup),
	cmocka_unit_test_setup(the_first_of_a_number_counts, setup),
	cmocka_unit_test_setup(hostile_names, setup),
	cmocka_unit_test_setup(frames_behind_a_row, setup),
	cmocka_unit_test_setup(drawn, setup),
};

UNIT_MAIN(tests)
