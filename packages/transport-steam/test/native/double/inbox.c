#include "double.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The same bound as HubDriver has, so that a reader who is slow holds back his senders in the same way. */
#define LIMIT_BYTES ((size_t)4 * 1024 * 1024)
/* What a packet takes beside its bytes: empty ones are no way around the limit. */
#define OVERHEAD_BYTES ((size_t)64)

struct packet {
	struct packet *next;
	uint64_t from;
	uint32_t bytes;
	unsigned char data[];
};

struct queue {
	struct packet *first;
	struct packet *last;
	/* Read without the lock: games ask hundreds of times a second whether there is something. */
	atomic_uint packets;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct queue queues[CHANNELS];
static size_t unread_bytes;
static bool reader_waits;

static struct packet *new_packet(uint64_t from, const void *data, uint32_t bytes)
{
	struct packet *packet = malloc(sizeof *packet + bytes);
	if (packet == NULL)
		fail("no memory for a packet of %u bytes", bytes);
	packet->next = NULL;
	packet->from = from;
	packet->bytes = bytes;
	if (bytes > 0)
		memcpy(packet->data, data, bytes);
	return packet;
}

/* An empty inbox takes anything. */
static bool has_room(size_t bytes)
{
	return unread_bytes == 0 || unread_bytes + bytes <= LIMIT_BYTES;
}

static void append(struct queue *queue, struct packet *packet)
{
	if (queue->first == NULL)
		queue->first = packet;
	else
		queue->last->next = packet;
	queue->last = packet;
	unread_bytes += packet->bytes + OVERHEAD_BYTES;
	atomic_fetch_add_explicit(&queue->packets, 1, memory_order_release);
}

static struct packet *remove_first(struct queue *queue)
{
	struct packet *packet = queue->first;
	if (packet == NULL)
		return NULL;
	queue->first = packet->next;
	unread_bytes -= packet->bytes + OVERHEAD_BYTES;
	atomic_fetch_sub_explicit(&queue->packets, 1, memory_order_release);
	return packet;
}

bool inbox_has_room(void)
{
	pthread_mutex_lock(&lock);
	reader_waits = !has_room(0);
	bool room = !reader_waits;
	pthread_mutex_unlock(&lock);
	return room;
}

void inbox_put(uint64_t from, uint8_t channel, const void *data, uint32_t bytes)
{
	struct packet *packet = new_packet(from, data, bytes);
	pthread_mutex_lock(&lock);
	append(&queues[channel], packet);
	pthread_mutex_unlock(&lock);
}

bool inbox_offer(uint64_t from, uint8_t channel, const void *data, uint32_t bytes)
{
	struct packet *packet = new_packet(from, data, bytes);
	pthread_mutex_lock(&lock);
	bool room = has_room(bytes + OVERHEAD_BYTES);
	if (room)
		append(&queues[channel], packet);
	pthread_mutex_unlock(&lock);
	if (!room)
		free(packet);
	return room;
}

bool inbox_peek(int channel, uint32_t *bytes)
{
	if (channel < 0 || channel >= CHANNELS)
		return false;
	struct queue *queue = &queues[channel];
	if (atomic_load_explicit(&queue->packets, memory_order_acquire) == 0)
		return false;
	pthread_mutex_lock(&lock);
	bool found = queue->first != NULL;
	if (found)
		*bytes = queue->first->bytes;
	pthread_mutex_unlock(&lock);
	return found;
}

bool inbox_take(int channel, void *data, uint32_t data_bytes, uint32_t *bytes, uint64_t *from)
{
	if (channel < 0 || channel >= CHANNELS)
		return false;
	pthread_mutex_lock(&lock);
	struct packet *packet = remove_first(&queues[channel]);
	bool wake = reader_waits && unread_bytes <= LIMIT_BYTES / 2;
	if (wake)
		reader_waits = false;
	pthread_mutex_unlock(&lock);
	if (wake)
		hub_wake();
	if (packet == NULL)
		return false;
	uint32_t copied = packet->bytes < data_bytes ? packet->bytes : data_bytes;
	if (copied > 0)
		memcpy(data, packet->data, copied);
	*bytes = packet->bytes;
	*from = packet->from;
	free(packet);
	return true;
}

void inbox_clear(void)
{
	pthread_mutex_lock(&lock);
	for (int channel = 0; channel < CHANNELS; channel++) {
		struct packet *packet;
		while ((packet = remove_first(&queues[channel])) != NULL)
			free(packet);
	}
	pthread_mutex_unlock(&lock);
}
