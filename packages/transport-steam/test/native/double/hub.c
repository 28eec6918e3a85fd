/*
 * The hub simulates Steam for all processes of this machine (src/sim/hub). This is a client of it, as HubDriver.ts is: no rule of
 * Steam's is implemented here.
 */
#include "connection.h"
#include "double.h"
#include "steam.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The version of src/sim/hub/frames.ts that this file speaks. Not taken from there: another version has other frames. */
enum { HUB_VERSION = 2, ROLE_USER = 0 };

enum hub_frame {
	HUB_FRAME_WELCOME = 0x81,
	HUB_FRAME_REFUSED = 0x82,
	HUB_FRAME_PACKET = 0x83,
	HUB_FRAME_SESSION_REQUEST = 0x84,
	HUB_FRAME_SESSION_FAILED = 0x85,
	HUB_FRAME_STEAM_LOST = 0x86,
	HUB_FRAME_STEAM_RESTORED = 0x87,
	HUB_FRAME_RELEASED = 0x88,
	HUB_FRAME_LOBBY_STATE = 0x90,
	HUB_FRAME_LOBBY_ENTERED = 0x91,
	HUB_FRAME_LOBBY_LISTED = 0x92,
	HUB_FRAME_LOBBY_JOIN_REQUESTED = 0x93,
};

static atomic_bool online;
static atomic_bool stopping;
/* Guards `wake_descriptor`: whoever takes a packet may wake the reader, also while Steam is shut down. */
static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;
static int wake_descriptor = -1;
static pthread_t reader;

/* Of the reader's thread. */
static bool hung_up;

static uint64_t peer_of(const struct frame *frame)
{
	uint64_t peer;
	memcpy(&peer, frame->body, sizeof peer);
	return peer;
}

static void steam_lost(void)
{
	if (!atomic_exchange(&online, false))
		return;
	inbox_clear();
	lobbies_clear();
	struct steam_servers_disconnected param = { STEAM_RESULT_NO_CONNECTION };
	callbacks_post(STEAM_SERVERS_DISCONNECTED, &param, sizeof param, 1);
}

static void steam_restored(void)
{
	if (!atomic_exchange(&online, true))
		callbacks_post(STEAM_SERVERS_CONNECTED, NULL, 0, 1);
}

void hub_die(void)
{
	hung_up = true;
	connection_hang_up();
	steam_lost();
}

/* False: too short for its type. Types of a later hub are not for us. */
static bool on_frame(const struct frame *frame)
{
	switch (frame->type) {
	case HUB_FRAME_PACKET:
		if (frame->bytes < 9)
			return false;
		inbox_put(peer_of(frame), frame->body[8], frame->body + 9, frame->bytes - 9);
		return true;
	case HUB_FRAME_SESSION_REQUEST: {
		if (frame->bytes < 8)
			return false;
		struct steam_session_request param = { peer_of(frame) };
		callbacks_post(STEAM_SESSION_REQUEST, &param, sizeof param, 1);
		return true;
	}
	case HUB_FRAME_SESSION_FAILED: {
		if (frame->bytes < 9)
			return false;
		struct steam_session_connect_fail param = { peer_of(frame), frame->body[8] };
		callbacks_post(STEAM_SESSION_CONNECT_FAIL, &param, sizeof param, 1);
		return true;
	}
	case HUB_FRAME_RELEASED: {
		double bytes;
		if (frame->bytes < 16)
			return false;
		memcpy(&bytes, frame->body + 8, sizeof bytes);
		networking_released(peer_of(frame), bytes);
		return true;
	}
	case HUB_FRAME_LOBBY_STATE:
		return replica_take(frame->body, frame->bytes);
	case HUB_FRAME_LOBBY_ENTERED:
		return lobbies_entered(frame->body, frame->bytes);
	case HUB_FRAME_LOBBY_LISTED:
		return lobbies_listed(frame->body, frame->bytes);
	case HUB_FRAME_LOBBY_JOIN_REQUESTED:
		return lobbies_join_requested(frame->body, frame->bytes);
	case HUB_FRAME_STEAM_LOST:
		steam_lost();
		return true;
	case HUB_FRAME_STEAM_RESTORED:
		steam_restored();
		return true;
	default:
		return true;
	}
}

bool hub_take_frame(uint8_t type, const unsigned char *body, uint32_t bytes)
{
	struct frame frame = { .type = type, .bytes = bytes, .body = body };
	return on_frame(&frame);
}

enum taken { TAKEN_ALL, TAKEN_UNTIL_FULL, TAKEN_BROKEN };

static enum taken take_frames(void)
{
	struct frame frame;
	for (;;) {
		if (!inbox_has_room())
			return TAKEN_UNTIL_FULL;
		switch (connection_next_frame(&frame)) {
		case FRAME_NOT_YET:
			return TAKEN_ALL;
		case FRAME_BROKEN:
			return TAKEN_BROKEN;
		case FRAME_WHOLE:
			if (!on_frame(&frame))
				return TAKEN_BROKEN;
		}
	}
}

/* With a full inbox nothing is read, and the hub holds back the senders. That the hub hangs up is seen all the same. */
static void *read_loop(void *argument)
{
	while (!atomic_load(&stopping)) {
		enum taken taken = hung_up ? TAKEN_ALL : take_frames();
		if (taken == TAKEN_BROKEN)
			hub_die();
		fifo_run();

		struct pollfd sources[] = {
			{ .fd = wake_descriptor, .events = POLLIN },
			{ .fd = hung_up ? -1 : connection_descriptor(), .events = taken == TAKEN_ALL ? POLLIN : 0 },
			{ .fd = fifo_descriptor(), .events = fifo_has_room() ? POLLIN : 0 },
		};
		if (poll(sources, 3, -1) < 0)
			continue;
		if (sources[0].revents != 0) {
			uint64_t wakes;
			if (read(wake_descriptor, &wakes, sizeof wakes) < 0 && errno != EAGAIN && errno != EINTR)
				fail("cannot read the reader's wake-up: %s", strerror(errno));
		}
		if ((sources[1].revents & POLLIN) != 0 ? !connection_receive() : sources[1].revents != 0)
			hub_die();
		if (sources[2].revents != 0)
			fifo_receive();
	}
	return argument;
}

/* A hub that is about to end hangs up instead. */
static enum hub_answer await_answer(struct hub_welcome *welcome)
{
	struct frame frame;
	enum next_frame next = connection_await_frame(&frame);
	if (next == FRAME_NOT_YET)
		return HUB_ABSENT;
	if (next == FRAME_BROKEN || frame.type != HUB_FRAME_WELCOME || frame.bytes < 18)
		return HUB_REFUSED;
	welcome->steam_id = peer_of(&frame);
	memcpy(&welcome->channels, frame.body + 8, sizeof welcome->channels);
	memcpy(&welcome->queue_limit_bytes, frame.body + 10, sizeof welcome->queue_limit_bytes);
	size_t length = frame.bytes - 18 < PERSONA_BYTES - 1 ? frame.bytes - 18 : PERSONA_BYTES - 1;
	memcpy(welcome->persona, frame.body + 18, length);
	welcome->persona[length] = '\0';
	return HUB_WELCOME;
}

enum hub_answer hub_open(const char *path, uint64_t steam_id, const char *persona, struct hub_welcome *welcome)
{
	if (!connection_open(path))
		return HUB_ABSENT;
	unsigned char hello[10] = { HUB_VERSION, ROLE_USER };
	memcpy(hello + 2, &steam_id, sizeof steam_id);
	size_t length = strlen(persona);
	if (length > PERSONA_BYTES - 1)
		length = PERSONA_BYTES - 1;
	enum hub_answer answer = HUB_ABSENT;
	if (hub_write(HUB_HELLO, hello, sizeof hello, persona, length))
		answer = await_answer(welcome);
	if (answer != HUB_WELCOME)
		connection_close();
	return answer;
}

void hub_listen(void)
{
	hung_up = false;
	atomic_store(&stopping, false);
	atomic_store(&online, true);
	int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (descriptor < 0)
		fail("no eventfd: %s", strerror(errno));
	pthread_mutex_lock(&wake_lock);
	wake_descriptor = descriptor;
	pthread_mutex_unlock(&wake_lock);
	int error = pthread_create(&reader, NULL, read_loop, NULL);
	if (error != 0)
		fail("no thread: %s", strerror(error));
}

void hub_close(void)
{
	atomic_store(&online, false);
	bool said = hub_write(HUB_BYE, NULL, 0, NULL, 0);
	atomic_store(&stopping, true);
	hub_wake();
	pthread_join(reader, NULL);
	pthread_mutex_lock(&wake_lock);
	close(wake_descriptor);
	wake_descriptor = -1;
	pthread_mutex_unlock(&wake_lock);

	if (said)
		connection_drain();
	connection_close();
}

bool hub_is_online(void)
{
	return atomic_load_explicit(&online, memory_order_acquire);
}

void hub_wake(void)
{
	uint64_t one = 1;
	pthread_mutex_lock(&wake_lock);
	/* Fails when it is full of wake-ups, which is as good as one, and when there is no reader. */
	ssize_t written = write(wake_descriptor, &one, sizeof one);
	pthread_mutex_unlock(&wake_lock);
	(void)written;
}
