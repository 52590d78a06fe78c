// SPDX-License-Identifier: GPL-2.0-only
/* The file as a browser without a script shows it, and what is in it for the script. What a script
 * makes of it is tested in a browser: test/flame.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flame.h"
#include "unit.h"

#define HAN "\xe6\xbc\xa2"
#define FRAME(name, kind) { name, FLAME_##kind }

static char *drawing;

/* What flame_write() writes; freed with the next one. */
static const char *write_as(const char *title, const char *unit)
{
	size_t size;
	FILE *f;

	free(drawing);
	f = open_memstream(&drawing, &size);
	assert_non_null(f);
	flame_write(f, title, unit);
	assert_false(ferror(f));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strlen(drawing), size);
	return drawing;
}

static const char *written(void)
{
	return write_as("Title", "samples");
}

/* A stack as a text: "a;b;c", user frames all. */
static void add(const char *stack, uint64_t count)
{
	struct flame_frame frames[400];
	char *copy = strdup(stack), *rest = copy, *name;
	int n = 0;

	while ((name = strsep(&rest, ";")))
		frames[n++] = (struct flame_frame){ name, FLAME_USER };
	flame_add(frames, n, count);
	/* Names are copied. */
	memset(copy, '#', strlen(stack));
	free(copy);
}

static int times(const char *text, const char *what)
{
	int n;

	for (n = 0; (text = strstr(text, what)); n++)
		text += strlen(what);
	return n;
}

static void assert_has(const char *text, const char *what)
{
	if (times(text, what) != 1)
		fail_msg("\"%s\" is there %d times", what, times(text, what));
}

static void assert_not(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("\"%s\" is there", what);
}

/* The rectangle whose tooltip begins like this. */
struct box {
	char kind;
	double x, y, width;
};

static struct box box(const char *text, const char *tip)
{
	char *tag;
	const char *at;
	struct box b;
	int shade, height;

	assert_true(asprintf(&tag, "<title>%s", tip) > 0);
	assert_has(text, tag);
	at = strstr(text, tag);
	free(tag);
	while (strncmp(at, "<rect", 5))
		at--;
	assert_int_equal(sscanf(at, "<rect class=\"%c s%d\" x=\"%lf\" y=\"%lf\" width=\"%lf\" "
		"height=\"%d\">", &b.kind, &shade, &b.x, &b.y, &b.width, &height), 6);
	assert_in_range(shade, 0, 5);
	return b;
}

/* The lines between the name and the end of an element. */
static char *part(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin);

	assert_non_null(from);
	from += strlen(begin);
	assert_non_null(strstr(from, end));
	return strndup(from, strstr(from, end) - from);
}

static void assert_data(const char *text, const char *expected)
{
	char *data = part(text, "<metadata>", "</metadata>"), *p;

	/* The shade of a name may be any. */
	for (p = data; *p && strncmp(p, "\n\n", 2); p++) {
		if (p[0] == '\n' && strchr("puko", p[1])) {
			assert_in_range(p[2], '0', '5');
			p[2] = '*';
		}
	}
	assert_string_equal(data, expected);
	free(data);
}

static void assert_note(const char *text, const char *expected)
{
	char *note = part(strstr(text, "class=\"note\""), ">", "</text>");

	assert_string_equal(note, expected);
	free(note);
}

static void assert_near(double a, double b)
{
	if (a < b - 0.0051 || a > b + 0.0051)
		fail_msg("%f is not %f", a, b);
}

static void stacks_merge(void **state)
{
	const struct flame_frame kernel[] = { FRAME("a", USER), FRAME("b", KERNEL) };
	const char *s;

	add("a;b;c", 31);
	add("a;b", 11);
	add("a;b;c", 2);
	add("b;c", 7);
	add("a", 5);
	flame_add(kernel, 2, 3);
	add("a;b;d", 0);
	s = written();
	assert_has(s, ">all (59 samples, 100.00%)<");
	assert_has(s, ">a (52 samples, 88.14%)<");
	assert_has(s, ">b (44 samples, 74.58%)<");
	assert_has(s, ">c (33 samples, 55.93%)<");
	assert_has(s, ">b (7 samples, 11.86%)<");
	assert_has(s, ">c (7 samples, 11.86%)<");
	/* The same name, but another function. */
	assert_has(s, ">b (3 samples, 5.08%)<");
	assert_not(s, ">d (");
	assert_data(s, "samples\no*all\nu*a\nu*b\nu*c\nk*b\n\n"
		"0 0 59\n1 1 52\n2 2 44\n3 3 33\n2 4 3\n1 2 7\n2 3 7");
	assert_note(s, "59 samples, 6 frames.");
}

static void written_is_forgotten(void **state)
{
	add("a;b", 31);
	written();
	add("c", 2);
	assert_data(written(), "samples\no*all\nu*c\n\n0 0 2\n1 1 2");
}

static void nothing(void **state)
{
	const char *s = written();

	assert_has(s, ">all (0 samples, 0.00%)<");
	assert_near(box(s, "all").width, 1200);
	assert_note(s, "0 samples, 0 frames.");
	add("a;b", 0);
	assert_data(written(), "samples\no*all\n\n0 0 0");
	/* A stack without frames is a sample all the same. */
	flame_add(NULL, 0, 3);
	assert_data(written(), "samples\no*all\n\n0 0 3");
}

static void ordered_by_name(void **state)
{
	static const char *const names[] = { "", "A", "a", "aa", "ab", "b", "\xc3\xa9" };
	static const int added[] = { 5, 1, 6, 3, 0, 2, 4 };
	const struct flame_frame kinds[] = { FRAME("a", OTHER), FRAME("a", KERNEL),
		FRAME("a", PROCESS) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(added); i++)
		add(names[added[i]], added[i] + 1);
	for (i = 0; i < 3; i++)
		flame_add(&kinds[i], 1, 1);
	assert_data(written(), "samples\no*all\nu*\nu*A\np*a\nu*a\nk*a\no*a\nu*aa\nu*ab\nu*b\n"
		"u*\xc3\xa9\n\n"
		"0 0 31\n1 1 1\n1 2 2\n1 3 1\n1 4 3\n1 5 1\n1 6 1\n1 7 4\n1 8 5\n1 9 6\n1 10 7");
}

static void places(void **state)
{
	const struct flame_frame frames[] = { FRAME("p", PROCESS), FRAME("u", USER),
		FRAME("k", KERNEL), FRAME("o", OTHER) };
	struct box p, u, k, o, q;
	const char *s;

	flame_add(frames, 4, 30);
	flame_add(frames, 2, 70);
	add("q;r", 500);
	s = written();
	assert_near(box(s, "all").width, 1200);
	p = box(s, "p (");
	u = box(s, "u (");
	k = box(s, "k (");
	o = box(s, "o (");
	q = box(s, "q (");
	assert_int_equal(p.kind, 'p');
	assert_int_equal(u.kind, 'u');
	assert_int_equal(k.kind, 'k');
	assert_int_equal(o.kind, 'o');
	assert_near(p.width, 200);
	assert_near(u.width, 200);
	assert_near(k.width, 60);
	assert_near(q.width, 1000);
	assert_near(q.x, 200);
	assert_near(k.x, 0);
	/* The root is lowest, and rows are 17 pixels high. */
	assert_near(box(s, "all").y - p.y, 17);
	assert_near(p.y - o.y, 3 * 17);
	assert_near(p.y, q.y);
	assert_near(o.y, 40);
}

/* Halves are rounded up, and 100 % is nothing but all. */
static void shares(void **state)
{
	const char *s;

	add("a", 1);
	add("b", 19999);
	s = written();
	/* 0.005 % */
	assert_not(s, ">a (");
	assert_has(s, ">b (19,999 samples, 100.00%)<");
	add("a", 1);
	add("b", 799);
	s = written();
	/* 0.125 %, 99.875 % */
	assert_has(s, ">a (1 samples, 0.13%)<");
	assert_has(s, ">b (799 samples, 99.88%)<");
	add("a", 1);
	add("b", 1);
	add("c", 1);
	s = written();
	assert_int_equal(times(s, "33.33%"), 3);
}

static void narrow_frames(void **state)
{
	const char *s;

	/* A 12,000th is 0.1 pixels wide. */
	add("a;b;c", 1);
	add("d", 11999);
	s = written();
	assert_data(s, "samples\no*all\nu*a\nu*b\nu*c\nu*d\n\n0 0 12000\n1 1 1\n2 2 1\n3 3 1\n1 4 11999");
	/* Only a script can zoom in on it. */
	assert_not(s, ">a (");
	/* Wide enough together, but not each. */
	add("a;b;c", 1);
	add("a;b;e", 1);
	add("d", 23997);
	add("d;x", 1);
	s = written();
	assert_data(s, "samples\no*all\nu*a\nu*b\nu*d\n\n0 0 24000\n1 1 2\n2 2 2\n1 3 23998");
	assert_note(s, "24,000 samples, 6 frames. Left out, each less than 1/12,000 of the whole: "
		"3 frames, 3 samples.");
}

static void narrow_are_counted(void **state)
{
	const char *s;
	int i;
	char name[32];

	for (i = 0; i < 1000; i++) {
		sprintf(name, "n%d;x;y", i);
		add(name, 1);
	}
	add("wide", 99000);
	s = written();
	assert_data(s, "samples\no*all\nu*wide\n\n0 0 100000\n1 1 99000");
	assert_note(s, "100,000 samples, 3,001 frames. Left out, each less than 1/12,000 of the "
		"whole: 3,000 frames, 1,000 samples.");
	/* The wide one has moved to the left, and not become wider. */
	assert_near(box(s, "wide").x, 0);
	assert_near(box(s, "wide").width, 1188);
}

/* Any bytes, in any place. */
static void escapes(void **state)
{
	static const struct { const char *name, *text; } names[] = {
		{ "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "\"a\" 'b' & &amp; ]]>", "&quot;a&quot; 'b' &amp; &amp;amp; ]]&gt;" },
		{ "a\nb\tc\x01\x1b[31m\x7f",
			"a\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd" },
		{ "x\xff\xc3y\x80", "x\xef\xbf\xbd\xef\xbf\xbdy\xef\xbf\xbd" },
		/* Longer than needed, half of a pair, beyond the last. */
		{ "l\xc0\xbc", "l\xef\xbf\xbd\xef\xbf\xbd" },
		{ "h\xed\xa0\x80", "h\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "m\xf4\x90\x80\x80", "m\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		/* No characters; control characters of 8 bits. */
		{ "n\xef\xbf\xbe\xef\xbf\xbf", "n\xef\xbf\xbd\xef\xbf\xbd" },
		{ "i\xc2\x85", "i\xef\xbf\xbd" },
		/* Text from right to left from here on. */
		{ "r\xe2\x80\xaegpj.exe", "r\xef\xbf\xbdgpj.exe" },
		{ "s\xe2\x81\xa7t", "s\xef\xbf\xbdt" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "$title $data $frames", "$title $data $frames" },
		{ "100%s%n", "100%s%n" },
	};
	char *expected;
	const char *s;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		flame_add(&(struct flame_frame){ names[i].name, FLAME_USER }, 1, 100);
		s = write_as(names[i].name, names[i].name);
		assert_true(asprintf(&expected, "<title>%s</title>", names[i].text) > 0);
		assert_has(s, expected);
		free(expected);
		assert_true(asprintf(&expected, "<title>%s (100 %s, 100.00%%)<", names[i].text,
			names[i].text) > 0);
		assert_has(s, expected);
		free(expected);
		assert_int_equal(times(s, "<script>"), 1);
		assert_int_equal(times(s, "]]>"), 1);
	}
}

/* Text ends within its frame, wide characters and all. */
static void text_is_cut(void **state)
{
	const char *s;

	/* 1,200 pixels are 164 characters, 120 are 15, 24 are 2. */
	add("a_name_that_has_24_chars;exactly_15_chars;b", 100);
	add("exactly_15_char;b", 100);
	add(HAN HAN HAN HAN HAN HAN HAN HAN, 100);
	add("x", 680);
	add("ab", 20);
	s = written();
	assert_has(s, ">a_name_that_ha\xe2\x80\xa6</text>");
	assert_has(s, ">exactly_15_char</text>");
	assert_has(s, ">exactly_15_cha\xe2\x80\xa6</text>");
	assert_has(s, ">" HAN HAN HAN HAN HAN HAN HAN "\xe2\x80\xa6</text>");
	assert_not(s, ">ab</text>");
	assert_has(s, ">a_name_that_has_24_chars (100 samples, 10.00%)<");
}

static void long_names(void **state)
{
	char *name = malloc(10001), *data;
	const char *s;

	memset(name, 'n', 10000);
	name[10000] = 0;
	add(name, 1);
	/* Longer than that they are the same. */
	name[9999] = 'm';
	add(name, 1);
	name[4095] = 'm';
	add(name, 1);
	s = write_as(name, "samples");
	name[4096] = 0;
	data = part(s, "<metadata>", "</metadata>");
	assert_true(strlen(data) < 2 * 4100 + 100);
	assert_has(data, name);
	name[4095] = 'n';
	assert_has(data, name);
	assert_non_null(strstr(data, "\n1 1 1\n1 2 2"));
	free(data);
	free(name);
}

static void huge_counts(void **state)
{
	const char *s;

	add("a", 1ULL << 63);
	add("b", (1ULL << 63) - 1);
	s = write_as("Title", "ns");
	assert_has(s, ">all (18,446,744,073,709,551,615 ns, 100.00%)<");
	assert_has(s, ">a (9,223,372,036,854,775,808 ns, 50.00%)<");
	assert_has(s, ">b (9,223,372,036,854,775,807 ns, 50.00%)<");
	assert_near(box(s, "b (").x, 600);
	/* More than there are numbers for: what is drawn stays within its caller. */
	add("a", UINT64_MAX);
	add("b", UINT64_MAX);
	add("a;c", 5);
	s = written();
	assert_near(box(s, "a (").width, 1200);
	assert_data(s, "samples\no*all\nu*a\n\n0 0 18446744073709551615\n1 1 18446744073709551615");
	assert_note(s, "18,446,744,073,709,551,615 samples, 3 frames. Left out, each less than "
		"1/12,000 of the whole: 2 frames, 18,446,744,073,709,551,615 samples.");
}

static void deep_stacks(void **state)
{
	struct flame_frame frames[1200];
	char names[1200][8];
	const char *s;
	int i;

	for (i = 0; i < 1200; i++) {
		sprintf(names[i], "f%d_", i);
		frames[i] = (struct flame_frame){ names[i], FLAME_KERNEL };
	}
	flame_add(frames, 300, 7);
	s = written();
	assert_has(s, ">f299_ (7 samples, 100.00%)<");
	assert_near(box(s, "all").y - box(s, "f299_").y, 300 * 17);
	assert_not(s, "Counted");
	/* There is an end to it. */
	flame_add(frames, 1000, 1);
	assert_not(written(), "Counted");
	flame_add(frames, 1200, 7);
	flame_add(frames, 1000, 4);
	s = written();
	assert_has(s, ">f999_ (11 samples, 100.00%)<");
	assert_not(s, "f1000_");
	assert_note(s, "11 samples, 1,000 frames. Counted in a caller, as there were too many frames: "
		"7 samples.");
}

/* Thousands side by side are found as fast as few, and there is a limit. */
static void wide_graphs(void **state)
{
	char name[32];
	const char *s;
	int i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 210000; i++) {
			sprintf(name, "p;f%d", i);
			add(name, 1);
		}
	}
	s = written();
	/* The root, p, and 199,998 beside each other; the others count as p's. */
	assert_has(s, ">p (630,000 samples, 100.00%)<");
	assert_note(s, "630,000 samples, 199,999 frames. Left out, each less than 1/12,000 of the "
		"whole: 199,998 frames, 599,994 samples. Counted in a caller, as there were too many "
		"frames: 30,006 samples.");
	for (i = 0; i < 5000; i++) {
		sprintf(name, "f%d", i);
		add(name, 2);
		add(name, 1);
	}
	s = written();
	assert_int_equal(times(s, "\n1 "), 5000);
}

/* Names have a limit of their own. */
static void many_long_names(void **state)
{
	char *name = malloc(4097);
	int i;

	memset(name, 'n', 4096);
	name[4096] = 0;
	for (i = 0; i < 10000; i++) {
		sprintf(name, "%05d", i);
		name[5] = 'n';
		add(name, 1);
	}
	/* 32 MB. */
	assert_non_null(strstr(written(), "10,000 samples, 8,191 frames. Counted in a caller, as there "
		"were too many frames: 1,809 samples."));
	free(name);
}

static void no_room_on_disk(void **state)
{
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	add("a", 1);
	flame_write(f, "Title", "samples");
	assert_true(fflush(f) || ferror(f));
	fclose(f);
	assert_data(written(), "samples\no*all\n\n0 0 0");
}

/* Nothing from elsewhere, nothing that a strict page forbids. */
static void self_contained(void **state)
{
	const char *s = written();

	assert_has(s, "http://www.w3.org/2000/svg\"");
	assert_int_equal(times(s, "://"), times(s, "http://www.w3.org/"));
	assert_not(s, "url(");
	assert_not(s, "import");
	assert_not(s, "eval(");
	assert_not(s, "innerHTML");
	assert_not(s, " style=");
	assert_not(s, " onclick");
	assert_not(s, " onload");
	assert_int_equal(times(s, "<script>"), 1);
	assert_int_equal(times(s, "<style>"), 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(stacks_merge),
	cmocka_unit_test(written_is_forgotten),
	cmocka_unit_test(nothing),
	cmocka_unit_test(ordered_by_name),
	cmocka_unit_test(places),
	cmocka_unit_test(shares),
	cmocka_unit_test(narrow_frames),
	cmocka_unit_test(narrow_are_counted),
	cmocka_unit_test(escapes),
	cmocka_unit_test(text_is_cut),
	cmocka_unit_test(long_names),
	cmocka_unit_test(huge_counts),
	cmocka_unit_test(deep_stacks),
	cmocka_unit_test(wide_graphs),
	cmocka_unit_test(many_long_names),
	cmocka_unit_test(no_room_on_disk),
	cmocka_unit_test(self_contained),
};

UNIT_MAIN(tests)
