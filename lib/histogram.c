// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "histogram.h"
#include "json.h"
#include "out.h"
#include "util.h"

/* Rows up to this one fit the narrow layout. */
#define NARROW_ROWS 32

struct hist_total hist_total;
static bool fields_open;
static size_t key_size;

int hist_rows(const struct hist *h)
{
	int rows = HIST_SLOTS;

	while (rows && !h->slots[rows - 1])
		rows--;
	return rows;
}

uint64_t hist_low(int row)
{
	return row ? 1ULL << row : 0;
}

uint64_t hist_high(int row)
{
	return row < 63 ? (1ULL << (row + 1)) - 1 : ~0ULL;
}

uint64_t hist_count(const struct hist *h)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < HIST_SLOTS; i++)
		n += h->slots[i];
	return n;
}

static const char *stars(uint64_t value, uint64_t max, int width)
{
	static char text[41];
	int i, n = value * width / max;

	for (i = 0; i < width; i++)
		text[i] = i < n ? '*' : ' ';
	text[i] = 0;
	return text;
}

void hist_text(const struct hist *h, const char *unit)
{
	int i, n = hist_rows(h), width = n > NARROW_ROWS ? 20 : 40;
	uint64_t max = 0;

	if (!n)
		return;
	if (n > NARROW_ROWS)
		say("               %-29s : count     distribution\n", unit);
	else
		say("     %-19s : count     distribution\n", unit);
	for (i = 0; i < n; i++)
		max = h->slots[i] > max ? h->slots[i] : max;
	for (i = 0; i < n; i++)
		say(n > NARROW_ROWS ? "%20llu -> %-20llu : %-8llu |%s|\n"
				    : "%10llu -> %-10llu : %-8llu |%s|\n",
		    (unsigned long long)hist_low(i), (unsigned long long)hist_high(i),
		    (unsigned long long)h->slots[i], stars(h->slots[i], max, width));
}

void hist_linear(const uint32_t *slots, int n, uint32_t base, uint32_t step, const char *unit)
{
	uint32_t max = 0;
	int i;

	while (n && !slots[n - 1])
		n--;
	if (!n)
		return;
	for (i = 0; i < n; i++)
		max = slots[i] > max ? slots[i] : max;
	say("     %-13s : count     distribution\n", unit);
	for (i = 0; i < n; i++)
		say("        %-10u : %-8u |%s|\n", base + i * step, slots[i],
		    stars(slots[i], max, 40));
}

void section_field(const char *name, const char *value)
{
	if (run.json)
		json_key_string(name, value);
	else
		say("%s%s = %s", fields_open ? "\t" : "\n", name, value);
	fields_open = true;
}

void section_number(const char *name, uint64_t value)
{
	if (run.json)
		json_key_unsigned(name, value);
	else
		say("%s%s = %llu", fields_open ? "\t" : "\n", name, (unsigned long long)value);
	fields_open = true;
}

static void json_hist(const struct hist *h, const struct hist_style *style, const void *key)
{
	int i, n = hist_rows(h);

	json_begin("hist", clock_wall_ns());
	json_key("keys");
	json_open('{');
	if (style->fields)
		style->fields(key);
	json_close('}');
	json_key_string("unit", style->unit);
	json_key("buckets");
	json_open('[');
	for (i = 0; i < n; i++) {
		json_open('{');
		json_key_unsigned("low", hist_low(i));
		json_key_unsigned("high", hist_high(i));
		json_key_unsigned("count", h->slots[i]);
		json_close('}');
	}
	json_close(']');
	json_key_unsigned("count", hist_count(h));
	json_key_unsigned("sum", h->sum / style->per_unit);
	json_end();
}

static void print(const struct hist *h, const struct hist_style *style, const void *key)
{
	fields_open = false;
	if (run.json) {
		json_hist(h, style, key);
	} else if (style->print) {
		style->print(h, style, key);
	} else {
		if (style->fields)
			style->fields(key);
		if (fields_open)
			say("\n");
		hist_text(h, style->unit);
	}
}

/* The kernel side only adds, and the map is never emptied: an event that came between reading and
 * deleting would be lost. What was printed before is subtracted instead. */
static char *known_keys;
static struct hist *known;
static size_t known_count;

static struct hist *printed_before(const char *key)
{
	size_t i;

	for (i = 0; i < known_count; i++) {
		if (!memcmp(known_keys + i * key_size, key, key_size))
			return &known[i];
	}
	known_keys = xrealloc(known_keys, (known_count + 1) * key_size);
	known = xrealloc(known, (known_count + 1) * sizeof(*known));
	memcpy(known_keys + i * key_size, key, key_size);
	memset(&known[i], 0, sizeof(*known));
	known_count++;
	return &known[i];
}

static void subtract(struct hist *h, struct hist *before)
{
	struct hist all = *h;
	int i;

	for (i = 0; i < HIST_SLOTS; i++)
		h->slots[i] -= before->slots[i];
	h->sum -= before->sum;
	*before = all;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, key_size);
}

void hist_print(struct bpf_map *map, const struct hist_style *style)
{
	size_t n = 0, room = bpf_map__max_entries(map);
	int fd = bpf_map__fd(map);
	struct hist h;
	char *keys, *key;

	hist_total = (struct hist_total){};
	key_size = bpf_map__key_size(map);
	keys = xmalloc(room * key_size);
	while (n < room && !bpf_map_get_next_key(fd, n ? keys + (n - 1) * key_size : NULL,
						 keys + n * key_size))
		n++;
	qsort(keys, n, key_size, compare);
	for (key = keys; key < keys + n * key_size; key += key_size) {
		if (bpf_map_lookup_elem(fd, key, &h))
			continue;
		subtract(&h, printed_before(key));
		if (!hist_rows(&h))
			continue;
		hist_total.count += hist_count(&h);
		hist_total.sum += h.sum;
		rows += hist_count(&h);
		print(&h, style, key);
	}
	free(keys);
	out_flush();
}
