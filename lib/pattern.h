/* Regular expressions for filters, as users of bcc's tools write them: . [] [^] * + ? {m,n} | () ^
 * $ \d \w \s \b and their opposites. Own code because regcomp() would be 73 KB of the program; it
 * takes time in proportion to the text, whatever the expression. */
#pragma once
#include <stdbool.h>

struct pattern;

/* NULL if TEXT is no such expression; the caller owns the result. */
struct pattern *pattern_parse(const char *text);
void pattern_free(struct pattern *);

/* Whether it occurs anywhere in TEXT. */
bool pattern_in(const struct pattern *, const char *text);
