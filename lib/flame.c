// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "flame.h"
#include "json.h"
#include "packed.h"
#include "util.h"

/* Frames that no longer fit are counted into their callers. */
#define MAX_NODES (200 * 1000)
#define MAX_NAMES (32 << 20)            /* bytes */
#define MAX_NAME  4096
#define MAX_DEPTH 1000

#define BUCKETS   65536
#define NONE      UINT32_MAX

/* As it is drawn; lib/page/flame.js, which draws it again, has its own. */
#define WIDTH     1200.0
#define NARROWEST 0.1                   /* in the file; a script can zoom */
#define NARROW    0.5                   /* drawn without a script */
#define PITCH     17
#define HEIGHT    16
#define TOP       40
#define BOTTOM    28
#define CELL      7.25                  /* a character */

struct name {
	uint32_t next;                  /* with the same hash */
	uint32_t at, size;              /* in the texts */
	uint32_t number;                /* in the file, from 1 on; 0: not there */
	uint8_t kind, shade;
};

struct node {
	uint32_t next;                  /* with the same hash */
	uint32_t parent, name;
	uint32_t children;              /* where in the order they begin */
	uint64_t count;
};

/* A node that is wide enough, and where it is: X and counts have the same scale. */
struct shown {
	uint32_t node, depth;
	uint64_t x;
};

/* Node 0 is the root, with name 0, which no frame has. */
static struct graph {
	struct name *names;
	struct node *nodes;
	char *texts;
	uint32_t nr_names, nr_nodes, nr_texts;
	uint32_t room_names, room_nodes, room_texts;
	uint32_t *name_buckets, *node_buckets;
	uint64_t cut;                   /* counted where a frame did not fit */

	/* Only while it is written. */
	uint32_t *order;
	struct shown *shown;
	uint32_t nr_shown, depth;
	uint64_t narrow;
	const char *title, *unit;
} g;

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static void grow(void *array, uint32_t *room, uint32_t need, size_t size)
{
	void **p = array;

	if (need <= *room)
		return;
	while (*room < need)
		*room = *room ? *room * 2 : 1024;
	*p = xrealloc(*p, *room * size);
}

static uint32_t *buckets(void)
{
	uint32_t *b = xmalloc(BUCKETS * sizeof(*b));

	return memset(b, 0xff, BUCKETS * sizeof(*b));
}

static uint32_t new_name(const char *text, size_t size, enum flame_kind kind, uint32_t hash)
{
	struct name *n;

	grow(&g.names, &g.room_names, g.nr_names + 1, sizeof(*g.names));
	grow(&g.texts, &g.room_texts, g.nr_texts + size, 1);
	n = &g.names[g.nr_names];
	*n = (struct name){ NONE, g.nr_texts, size, 0, kind, hash % 6 };
	memcpy(g.texts + g.nr_texts, text, size);
	g.nr_texts += size;
	return g.nr_names++;
}

static uint32_t new_node(uint32_t parent, uint32_t name)
{
	grow(&g.nodes, &g.room_nodes, g.nr_nodes + 1, sizeof(*g.nodes));
	g.nodes[g.nr_nodes] = (struct node){ NONE, parent, name };
	return g.nr_nodes++;
}

static void begin(void)
{
	g.name_buckets = buckets();
	g.node_buckets = buckets();
	new_node(NONE, new_name("all", 3, FLAME_OTHER, 0));
}

static uint32_t find_name(const struct flame_frame *f)
{
	size_t size = strnlen(f->name, MAX_NAME), i;
	uint32_t hash = 2166136261 + f->kind, *bucket, at;

	for (i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)f->name[i]) * 16777619;
	hash ^= hash >> 16;
	bucket = &g.name_buckets[hash % BUCKETS];
	for (at = *bucket; at != NONE; at = g.names[at].next) {
		const struct name *n = &g.names[at];

		if (n->kind == f->kind && n->size == size && !memcmp(g.texts + n->at, f->name, size))
			return at;
	}
	if (g.nr_texts + size > MAX_NAMES)
		return NONE;
	at = new_name(f->name, size, f->kind, hash);
	g.names[at].next = *bucket;
	return *bucket = at;
}

static uint32_t find_node(uint32_t parent, const struct flame_frame *f)
{
	uint32_t name = find_name(f), *bucket, at;

	if (name == NONE)
		return NONE;
	bucket = &g.node_buckets[(parent * 2654435761 ^ name * 40503) % BUCKETS];
	for (at = *bucket; at != NONE; at = g.nodes[at].next) {
		if (g.nodes[at].parent == parent && g.nodes[at].name == name)
			return at;
	}
	if (g.nr_nodes == MAX_NODES)
		return NONE;
	at = new_node(parent, name);
	g.nodes[at].next = *bucket;
	return *bucket = at;
}

void flame_add(const struct flame_frame *frames, int n, uint64_t count)
{
	uint32_t node = 0;
	int i;

	if (!g.nodes)
		begin();
	if (!count)
		return;
	g.nodes[0].count = add(g.nodes[0].count, count);
	for (i = 0; i < n; i++) {
		node = i < MAX_DEPTH ? find_node(node, &frames[i]) : NONE;
		if (node == NONE) {
			g.cut = add(g.cut, count);
			return;
		}
		g.nodes[node].count = add(g.nodes[node].count, count);
	}
}

/* Which nodes are shown, and where. */

static int compare(const void *a, const void *b)
{
	const struct node *m = &g.nodes[*(const uint32_t *)a], *n = &g.nodes[*(const uint32_t *)b];
	const struct name *p = &g.names[m->name], *q = &g.names[n->name];
	int order;

	if (m->parent != n->parent)
		return m->parent < n->parent ? -1 : 1;
	order = memcmp(g.texts + p->at, g.texts + q->at, p->size < q->size ? p->size : q->size);
	if (!order)
		order = (int)p->size - (int)q->size;
	return order ? order : p->kind - q->kind;
}

/* Brothers and sisters side by side, by name. */
static void sort(void)
{
	uint32_t i, parent = NONE;

	g.order = xmalloc(g.nr_nodes * sizeof(*g.order));
	for (i = 0; i < g.nr_nodes; i++) {
		g.order[i] = i;
		g.nodes[i].children = NONE;
	}
	/* The root stays in front: it has no parent and nobody beside it. */
	qsort(g.order + 1, g.nr_nodes - 1, sizeof(*g.order), compare);
	for (i = 1; i < g.nr_nodes; i++) {
		if (g.nodes[g.order[i]].parent != parent) {
			parent = g.nodes[g.order[i]].parent;
			g.nodes[parent].children = i;
		}
	}
}

static double pixels(uint64_t count)
{
	return g.nodes[0].count ? (double)count * WIDTH / g.nodes[0].count : WIDTH;
}

static void show(uint32_t node, uint32_t depth, uint64_t x)
{
	g.shown[g.nr_shown++] = (struct shown){ node, depth, x };
	if (g.depth < depth)
		g.depth = depth;
}

static void collect(void)
{
	struct { uint32_t node, at; uint64_t x, end; } path[MAX_DEPTH + 1], *p = path;
	const struct node *n;
	uint32_t node;

	sort();
	g.shown = xmalloc(g.nr_nodes * sizeof(*g.shown));
	*p = (typeof(*p)){ 0, g.nodes[0].children, 0, g.nodes[0].count };
	show(0, 0, 0);
	for (;;) {
		node = p->at < g.nr_nodes ? g.order[p->at] : 0;
		n = &g.nodes[node];
		if (!node || n->parent != p->node) {
			if (p == path)
				return;
			p--;
			continue;
		}
		p->at++;
		/* The sum of huge counts is not exact: then the last ones have no room. */
		if (pixels(n->count) < NARROWEST || n->count > p->end - p->x) {
			g.narrow = add(g.narrow, n->count);
			continue;
		}
		p[1] = (typeof(*p)){ node, n->children, p->x, p->x + n->count };
		p->x += n->count;
		p++;
		show(node, p - path, p->x);
	}
}

/* Text that is valid XML, whatever it was. */

/* Control characters and what is none at all; the marks that turn the direction of the text, behind
 * which a name could look like another one. */
static bool is_odd(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
		(c & 0xfffe) == 0xfffe;
}

static void put_char(FILE *f, const char *s, size_t len)
{
	switch (*s) {
	case '<': fputs("&lt;", f); break;
	case '>': fputs("&gt;", f); break;
	case '&': fputs("&amp;", f); break;
	case '"': fputs("&quot;", f); break;
	default: fwrite(s, 1, len, f);
	}
}

/* The text, or its first CELLS characters if it has more, wide ones counting twice. */
static void put_text(FILE *f, const char *s, size_t size, int cells)
{
	static const char odd[] = "\xef\xbf\xbd", cut[] = "\xe2\x80\xa6";
	const char *p = s, *end = s + size, *last = NULL;
	int used = 0;
	uint32_t c;
	size_t len;

	/* Where to stop: before what leaves no room for the sign that says so. */
	for (; p < end && used <= cells; p += len) {
		len = utf8_char(p, end - p, &c);
		used += 1 + (len && c >= 0x1100);
		if (!last && used > cells - 1)
			last = p;
		len += !len;
	}
	if (used > cells)
		end = last;
	for (p = s; p < end; p += len) {
		len = utf8_char(p, end - p, &c);
		if (len && !is_odd(c))
			put_char(f, p, len);
		else
			fputs(odd, f);
		len += !len;
	}
	if (used > cells)
		fputs(cut, f);
}

static void put_name(FILE *f, uint32_t name, int cells)
{
	put_text(f, g.texts + g.names[name].at, g.names[name].size, cells);
}

static const char *with_commas(uint64_t n)
{
	static char text[32];
	char *p = text + sizeof(text) - 1;
	int digits = 0;

	do {
		if (digits && digits % 3 == 0)
			*--p = ',';
		*--p = '0' + n % 10;
		n /= 10;
	} while (digits++, n);
	return p;
}

/* The parts of lib/page/flame.svg, which are called $title and so on there. */

static void put_height(FILE *f)
{
	fprintf(f, "%u", TOP + (g.depth + 1) * PITCH + BOTTOM);
}

static void put_low(FILE *f)
{
	fprintf(f, "%u", TOP + (g.depth + 1) * PITCH + 18);
}

static void put_title(FILE *f)
{
	put_text(f, g.title, strlen(g.title), MAX_NAME);
}

static void put_heading(FILE *f)
{
	put_text(f, g.title, strlen(g.title), 80);
}

static void put_unit(FILE *f)
{
	put_text(f, g.unit, strlen(g.unit), 40);
}

static void put_count(FILE *f, uint64_t n)
{
	fprintf(f, "%s ", with_commas(n));
	put_unit(f);
}

static void put_note(FILE *f)
{
	put_count(f, g.nodes[0].count);
	fprintf(f, ", %s frames.", with_commas(g.nr_nodes - 1));
	if (g.nr_shown < g.nr_nodes) {
		fprintf(f, " Left out, each less than 1/12,000 of the whole: %s frames, ",
			with_commas(g.nr_nodes - g.nr_shown));
		put_count(f, g.narrow);
		putc('.', f);
	}
	if (g.cut) {
		fputs(" Counted in a caller, as there were too many frames: ", f);
		put_count(f, g.cut);
		putc('.', f);
	}
}

static void put_frame(FILE *f, const struct shown *s)
{
	const struct node *n = &g.nodes[s->node];
	const struct name *name = &g.names[n->name];
	double width = pixels(n->count);
	uint64_t total = g.nodes[0].count, share;
	int y = TOP + (g.depth - s->depth) * PITCH, cells = (width - 6) / CELL;

	if (width < NARROW)
		return;
	fprintf(f, "<rect class=\"%c s%d\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>",
		"puko"[name->kind], name->shade, pixels(s->x), y, width, HEIGHT);
	put_name(f, n->name, MAX_NAME);
	fputs(" (", f);
	put_count(f, n->count);
	share = total ? (double)n->count * 10000 / total + 0.5 : 0;
	fprintf(f, ", %d.%02d%%)</title></rect>\n", (int)(share / 100), (int)(share % 100));
	if (cells < 3)
		return;
	fprintf(f, "<text x=\"%.2f\" y=\"%d\">", pixels(s->x) + 3, y + 12);
	put_name(f, n->name, cells);
	fputs("</text>\n", f);
}

static void put_frames(FILE *f)
{
	uint32_t i;

	for (i = 0; i < g.nr_shown; i++)
		put_frame(f, &g.shown[i]);
}

/* For the script: the unit; the names, behind kind and shade; nothing; the frames, each behind its
 * caller: depth, name, count. */
static void put_data(FILE *f)
{
	uint32_t i, names = 0;
	struct name *n;

	for (i = 0; i < g.nr_shown; i++) {
		n = &g.names[g.nodes[g.shown[i].node].name];
		if (n->number)
			continue;
		n->number = ++names;
		fprintf(f, "\n%c%d", "puko"[n->kind], n->shade);
		put_name(f, n - g.names, MAX_NAME);
	}
	putc('\n', f);
	for (i = 0; i < g.nr_shown; i++) {
		const struct node *node = &g.nodes[g.shown[i].node];

		fprintf(f, "\n%u %u %llu", g.shown[i].depth, g.names[node->name].number - 1,
			(unsigned long long)node->count);
	}
}

static void put_page(FILE *f, const char *name)
{
	size_t size;
	char *page = unpack(packed_pages, name, &size);

	fwrite(page, 1, size, f);
	free(page);
}

static void put_css(FILE *f)
{
	put_page(f, "flame.css");
}

static void put_js(FILE *f)
{
	put_page(f, "flame.js");
}

static const struct part {
	const char *name;
	void (*put)(FILE *);
} parts[] = {
	{ "height", put_height }, { "low", put_low }, { "title", put_title },
	{ "heading", put_heading }, { "note", put_note }, { "frames", put_frames },
	{ "unit", put_unit }, { "data", put_data }, { "css", put_css }, { "js", put_js },
};

static void forget(void)
{
	free(g.names);
	free(g.nodes);
	free(g.texts);
	free(g.name_buckets);
	free(g.node_buckets);
	free(g.order);
	free(g.shown);
	g = (struct graph){};
}

void flame_write(FILE *f, const char *title, const char *unit)
{
	const struct part *part;
	char *page, *p, *next;
	size_t size;

	if (!g.nodes)
		begin();
	g.title = title;
	g.unit = unit;
	collect();
	page = unpack(packed_pages, "flame.svg", &size);
	for (p = page; (next = strchr(p, '$')); p = next + 1 + strlen(part->name)) {
		fwrite(p, 1, next - p, f);
		for (part = parts; strncmp(next + 1, part->name, strlen(part->name)); part++)
			;
		part->put(f);
	}
	fputs(p, f);
	free(page);
	forget();
}
