/* Counts as servers and clients write them: decimal digits, and nothing before or behind them. Pure. */
#ifndef SENTINEL_COUNT_H
#define SENTINEL_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/* False (and *out untouched) where the text is anything else, a number with a sign too, or one above 2^64 - 1. */
bool count_read(const char *text, uint64_t *out) __attribute__((warn_unused_result));

#endif
