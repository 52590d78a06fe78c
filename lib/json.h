/* Writes JSON Lines to the standard output: one object a line, commas by themselves. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* {"type":TYPE,"time":NOW ... }: begins and ends a line. The time is in ns since the epoch. */
void json_begin(const char *type, uint64_t wall_ns);
void json_end(void);

/* Open and close an object or array, as a value or, after json_key(), as a member. */
void json_open(char bracket);
void json_close(char bracket);
void json_key(const char *key);

void json_string(const char *s);
void json_chars(const char *s, size_t max);     /* up to a NUL or MAX bytes */
void json_unsigned(uint64_t v);
void json_signed(int64_t v);
void json_fixed(uint64_t v, int decimals);      /* v / 10^decimals */
void json_double(double v);
void json_bool(bool v);
void json_null(void);

/* How many bytes at TEXT, of at most MAX and at least one, are one valid UTF-8 character, and its
 * number; 0 if they are none. */
size_t utf8_char(const char *text, size_t max, uint32_t *to);

/* Shorthands for a key and its value. */
void json_key_string(const char *key, const char *s);
void json_key_unsigned(const char *key, uint64_t v);
