#include "double.h"
#include "steam.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * The binding looks for who asked only after it asked, in another thread than that which runs frames: an answer in the next frame may
 * come before, and is lost then. Unit: frames.
 */
enum { ANSWER_FRAMES = 2 };

struct result {
	struct result *next;
	uint64_t call;
	int32_t callback;
	bool failed;
	uint32_t bytes;
	unsigned char data[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Told, and not fetched yet. */
static struct result *results;

void calls_answer(uint64_t call, int32_t callback, const void *data, uint32_t bytes, bool failed)
{
	struct result *result = malloc(sizeof *result + bytes);
	if (result == NULL)
		fail("no memory for the result of a call");
	*result = (struct result){ .call = call, .callback = callback, .failed = failed, .bytes = bytes };
	memcpy(result->data, data, bytes);
	pthread_mutex_lock(&lock);
	result->next = results;
	results = result;
	pthread_mutex_unlock(&lock);
	struct steam_call_completed completed = { call, callback, bytes };
	callbacks_post(STEAM_CALL_COMPLETED, &completed, sizeof completed, ANSWER_FRAMES);
}

void calls_clear(void)
{
	pthread_mutex_lock(&lock);
	while (results != NULL) {
		struct result *result = results;
		results = result->next;
		free(result);
	}
	pthread_mutex_unlock(&lock);
}

bool SteamAPI_ManualDispatch_GetAPICallResult(int32_t pipe, uint64_t call, void *data, int bytes, int expected, bool *failed)
{
	(void)pipe;
	pthread_mutex_lock(&lock);
	struct result **link = &results;
	while (*link != NULL && (*link)->call != call)
		link = &(*link)->next;
	struct result *result = *link;
	bool fits = result != NULL && result->callback == expected && (int64_t)result->bytes <= bytes;
	if (fits)
		*link = result->next;
	pthread_mutex_unlock(&lock);
	if (!fits)
		return false;
	memcpy(data, result->data, result->bytes);
	*failed = result->failed;
	free(result);
	return true;
}
