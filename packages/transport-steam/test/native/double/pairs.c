#include "pairs.h"
#include "double.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_BYTES = 2, KEY_LENGTH_BYTES = 1, VALUE_LENGTH_BYTES = 2 };

static char *text(const void *bytes, size_t length)
{
	char *copy = malloc(length + 1);
	if (copy == NULL)
		fail("no memory for a text of %zu bytes", length);
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

static struct pair *find(const struct pairs *pairs, const char *key)
{
	for (uint32_t i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->first[i].key, key) == 0)
			return &pairs->first[i];
	}
	return NULL;
}

static void append(struct pairs *pairs, char *key, char *value)
{
	struct pair *grown = realloc(pairs->first, (pairs->count + 1) * sizeof *grown);
	if (grown == NULL)
		fail("no memory for %u pairs", pairs->count + 1);
	grown[pairs->count++] = (struct pair){ key, value };
	pairs->first = grown;
}

bool pairs_read(struct pairs *pairs, const unsigned char *bytes, size_t length)
{
	const unsigned char *end = bytes + length;
	uint16_t count, value_length;
	*pairs = (struct pairs){ 0, NULL };
	if (length < COUNT_BYTES)
		return false;
	memcpy(&count, bytes, sizeof count);
	bytes += COUNT_BYTES;
	for (; count > 0; count--) {
		if (bytes == end || (size_t)(end - bytes) < KEY_LENGTH_BYTES + (size_t)*bytes + VALUE_LENGTH_BYTES)
			break;
		const unsigned char *key = bytes + KEY_LENGTH_BYTES, *value = key + *bytes + VALUE_LENGTH_BYTES;
		memcpy(&value_length, value - VALUE_LENGTH_BYTES, sizeof value_length);
		if ((size_t)(end - value) < value_length)
			break;
		append(pairs, text(key, *bytes), text(value, value_length));
		bytes = value + value_length;
	}
	if (count > 0)
		pairs_clear(pairs);
	return count == 0;
}

unsigned char *pairs_write(const char *key, const char *value, size_t *length)
{
	size_t key_length = strlen(key), value_length = strlen(value);
	if (key_length > UINT8_MAX || value_length > UINT16_MAX)
		return NULL;
	*length = COUNT_BYTES + KEY_LENGTH_BYTES + key_length + VALUE_LENGTH_BYTES + value_length;
	unsigned char *bytes = malloc(*length), *at = bytes;
	if (bytes == NULL)
		fail("no memory for a pair of %zu bytes", *length);
	uint16_t count = 1, short_length = (uint16_t)value_length;
	memcpy(at, &count, COUNT_BYTES);
	at += COUNT_BYTES;
	*at = (unsigned char)key_length;
	at += KEY_LENGTH_BYTES;
	memcpy(at, key, key_length);
	at += key_length;
	memcpy(at, &short_length, VALUE_LENGTH_BYTES);
	memcpy(at + VALUE_LENGTH_BYTES, value, value_length);
	return bytes;
}

const char *pairs_find(const struct pairs *pairs, const char *key)
{
	const struct pair *pair = find(pairs, key);
	return pair == NULL ? NULL : pair->value;
}

void pairs_set(struct pairs *pairs, const char *key, const char *value)
{
	struct pair *pair = find(pairs, key);
	if (*value == '\0') {
		if (pair == NULL)
			return;
		free(pair->key);
		free(pair->value);
		*pair = pairs->first[--pairs->count];
	} else if (pair == NULL) {
		append(pairs, text(key, strlen(key)), text(value, strlen(value)));
	} else {
		free(pair->value);
		pair->value = text(value, strlen(value));
	}
}

/* Whatever their order. */
bool pairs_equal(const struct pairs *pairs, const struct pairs *others)
{
	if (pairs->count != others->count)
		return false;
	for (uint32_t i = 0; i < pairs->count; i++) {
		const char *other = pairs_find(others, pairs->first[i].key);
		if (other == NULL || strcmp(other, pairs->first[i].value) != 0)
			return false;
	}
	return true;
}

void pairs_clear(struct pairs *pairs)
{
	for (uint32_t i = 0; i < pairs->count; i++) {
		free(pairs->first[i].key);
		free(pairs->first[i].value);
	}
	free(pairs->first);
	*pairs = (struct pairs){ 0, NULL };
}
