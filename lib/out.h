/* All output: text or JSON from the same calls. It is collected and written when out_flush() is
 * called, which the library does after each batch of events and each interval. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tool.h"

/* The column heads; nothing in JSON. */
void header(void);

/* One row, per run.tool->cols. EVENT is what the columns' offsets refer to. */
void row(const void *event);

/* A row with more to it: EXTRA adds members in JSON, lines of their own in text. */
void row_with(const void *event, void (*extra)(const void *event));

/* Text only. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The time of day now, HH:MM:SS; valid until the next row. */
const char *out_time(void);

/* Text only: the start of an interval, an empty line and, with CLOCK, the time of day. */
void stamp(bool clock);

/* What SINCE columns count from, in ns of CLOCK_MONOTONIC. */
extern uint64_t since_ns;

/* Events printed so far: rows, or what histograms have counted. */
extern unsigned long long rows;

/* The JSON key of a column, in a buffer that the next call overwrites; NULL when JSON has no such
 * key, because "time" says the same. */
const char *col_key(const struct col *);

/* The collected output, byte by byte. */
void out_write(const char *, size_t);
void out_str(const char *);
void out_char(char);
void out_unsigned(uint64_t);
void out_signed(int64_t);
void out_fixed(uint64_t v, int decimals);

/* An address for people, in a buffer that the next call overwrites; NULL if there is none. */
const char *address_text(const struct address *);

/* A string for people: control characters as \n or \x1b, so that no name can move the cursor. */
void out_safe(const char *, size_t max);

/* Writes what was collected. The program ends quietly when nobody reads any more. */
void out_flush(void);
