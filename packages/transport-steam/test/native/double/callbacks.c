#include "double.h"
#include "steam.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A game that runs no callbacks loses the oldest. */
enum { MOST_POSTED = 1024 };

struct posted {
	struct posted *next;
	int32_t id;
	uint32_t param_bytes;
	/* Frames until it is seen. */
	unsigned frames;
	/* Aligned for any struct, since the binding reads it through a pointer to one. */
	_Alignas(16) unsigned char param[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct posted *first;
static struct posted *last;
static unsigned count;
/* Handed out, and not given back yet. */
static struct posted *current;

/* Takes `posted` out of the queue; `before` is the one before it, NULL for the first. */
static void unlink_posted(struct posted *before, struct posted *posted)
{
	if (before == NULL)
		first = posted->next;
	else
		before->next = posted->next;
	if (last == posted)
		last = before;
	count--;
}

void callbacks_post(int32_t id, const void *param, uint32_t param_bytes, unsigned frames)
{
	struct posted *posted = malloc(sizeof *posted + param_bytes);
	if (posted == NULL)
		fail("no memory for a callback of %u bytes", param_bytes);
	posted->next = NULL;
	posted->id = id;
	posted->param_bytes = param_bytes;
	posted->frames = frames;
	if (param_bytes > 0)
		memcpy(posted->param, param, param_bytes);

	struct posted *dropped = NULL;
	pthread_mutex_lock(&lock);
	if (count == MOST_POSTED) {
		dropped = first;
		unlink_posted(NULL, dropped);
	}
	if (first == NULL)
		first = posted;
	else
		last->next = posted;
	last = posted;
	count++;
	pthread_mutex_unlock(&lock);
	free(dropped);
}

void callbacks_clear(void)
{
	pthread_mutex_lock(&lock);
	while (first != NULL) {
		struct posted *posted = first;
		unlink_posted(NULL, posted);
		free(posted);
	}
	free(current);
	current = NULL;
	pthread_mutex_unlock(&lock);
}

void SteamAPI_ManualDispatch_Init(void) {}

/* What was posted since the last frame is seen in this one, so that a frame ends however fast others come. */
void SteamAPI_ManualDispatch_RunFrame(int32_t pipe)
{
	(void)pipe;
	pthread_mutex_lock(&lock);
	for (struct posted *posted = first; posted != NULL; posted = posted->next) {
		if (posted->frames > 0)
			posted->frames--;
	}
	pthread_mutex_unlock(&lock);
}

bool SteamAPI_ManualDispatch_GetNextCallback(int32_t pipe, struct steam_callback *callback)
{
	(void)pipe;
	pthread_mutex_lock(&lock);
	struct posted *before = NULL;
	struct posted *next = first;
	while (next != NULL && next->frames > 0) {
		before = next;
		next = next->next;
	}
	if (next != NULL) {
		unlink_posted(before, next);
		free(current);
		current = next;
		*callback = (struct steam_callback){ 1, next->id, next->param, (int32_t)next->param_bytes };
	}
	pthread_mutex_unlock(&lock);
	return next != NULL;
}

void SteamAPI_ManualDispatch_FreeLastCallback(int32_t pipe)
{
	(void)pipe;
	pthread_mutex_lock(&lock);
	free(current);
	current = NULL;
	pthread_mutex_unlock(&lock);
}
