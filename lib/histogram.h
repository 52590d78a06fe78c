/* Prints histograms: bcc's layout in text, "hist" lines in JSON. */
#pragma once
#include <bpf/libbpf.h>
#include <stdint.h>
#include "hist.h"

/* Prints what the histograms of a hash map of struct hist have got since the last call, in the
 * order of their keys. UNIT names what the slots count in, and one of it is PER_UNIT of what the
 * sums are in. FIELDS calls section_field() for each part of a key; it may be NULL. */
struct hist_style {
	const char *unit;
	uint64_t per_unit;
	void (*fields)(const void *key);
	/* Instead of the usual output; may be NULL. */
	void (*print)(const struct hist *, const struct hist_style *, const void *key);
};
void hist_print(struct bpf_map *, const struct hist_style *);

/* One part of a histogram's key. */
void section_field(const char *name, const char *value);
void section_number(const char *name, uint64_t value);

/* What all of the last hist_print() add up to. */
extern struct hist_total { uint64_t count, sum; } hist_total;

/* Rows 0 to hist_rows() - 1 of a log2 histogram are printed; 0: it is empty. */
int hist_rows(const struct hist *);
uint64_t hist_low(int row);
uint64_t hist_high(int row);
uint64_t hist_count(const struct hist *);

/* The text of one histogram; apart for the tests. */
void hist_text(const struct hist *, const char *unit);

/* A linear histogram of N slots, of which the first one stands for BASE and each next one for STEP
 * more. */
void hist_linear(const uint32_t *slots, int n, uint32_t base, uint32_t step, const char *unit);
