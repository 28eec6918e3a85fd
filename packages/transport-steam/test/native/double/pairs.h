/*
 * Pairs of a key and a value, as frames carry them: `count (u16)`, then for each `keyBytes (u8) | key | valueBytes (u16) | value`.
 * Here both are texts that end with a NUL.
 */
#ifndef STEAM_DOUBLE_PAIRS_H
#define STEAM_DOUBLE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pair {
	char *key;
	char *value;
};

struct pairs {
	uint32_t count;
	struct pair *first;
};

/* Reads all that is left of a frame. False, and nothing is to be freed: it is cut. */
bool pairs_read(struct pairs *pairs, const unsigned char *bytes, size_t length);
/* One pair, to be freed. NULL: it is too long for a frame. */
unsigned char *pairs_write(const char *key, const char *value, size_t *length);
/* NULL: there is none. */
const char *pairs_find(const struct pairs *pairs, const char *key);
/* An empty value takes the key away. */
void pairs_set(struct pairs *pairs, const char *key, const char *value);
bool pairs_equal(const struct pairs *pairs, const struct pairs *others);
void pairs_clear(struct pairs *pairs);

#endif
