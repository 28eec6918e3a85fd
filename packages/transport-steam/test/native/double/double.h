/*
 * How the files of the double talk to each other. Each has its own state and its own lock, and calls no other file while it holds
 * the lock, so that there is no order of locks to keep.
 */
#ifndef STEAM_DOUBLE_DOUBLE_H
#define STEAM_DOUBLE_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tells what is wrong with the test or the machine, and aborts: nobody should have to guess. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* hub.c: the connection to the hub, and the thread that reads from it. */

enum { PERSONA_BYTES = 128 };

struct hub_welcome {
	uint64_t steam_id;
	uint16_t channels;
	double queue_limit_bytes;
	char persona[PERSONA_BYTES];
};

enum hub_answer { HUB_WELCOME, HUB_ABSENT, HUB_REFUSED };

/* Frames from a process to the hub; what they hold is said in src/sim/hub/frames.ts. */
enum hub_request {
	HUB_HELLO = 0x01,
	HUB_SEND = 0x02,
	HUB_ACCEPT_SESSION = 0x03,
	HUB_BYE = 0x05,
	HUB_LOBBY_CREATE = 0x10,
	HUB_LOBBY_JOIN = 0x11,
	HUB_LOBBY_LIST = 0x12,
	HUB_LOBBY_LEAVE = 0x13,
	HUB_LOBBY_SET_DATA = 0x14,
	HUB_LOBBY_SET_JOINABLE = 0x15,
	HUB_LOBBY_INVITE_DIALOG = 0x16,
	HUB_RICH_PRESENCE = 0x17,
};

enum hub_answer hub_open(const char *path, uint64_t steam_id, const char *persona, struct hub_welcome *welcome);
/* From here on frames are taken: whatever they are for must be ready. */
void hub_listen(void);
/* Says goodbye, and returns when the hub has hung up, so that this SteamID is free again. */
void hub_close(void);
/* Writes one frame, whole. False: there is no hub any more. Any thread. In connection.c. */
bool hub_write(enum hub_request type, const void *head, size_t head_bytes, const void *body, size_t body_bytes);
/* Whether there is a Steam: a hub, and a user whose Steam was not lost. Any thread. */
bool hub_is_online(void);
/* The reader looks again whether there is room. Any thread. */
void hub_wake(void);
/* The Steam client dies. The reader's thread only. */
void hub_die(void);
/* Does what a frame says. False: it is cut. The reader's thread only. */
bool hub_take_frame(uint8_t type, const unsigned char *body, uint32_t bytes);

/* inbox.c: packets that came and were not read. Any thread. */

enum { CHANNELS = 256 };

/* Whether the reader may put more in. After false it is woken when there is room. */
bool inbox_has_room(void);
void inbox_put(uint64_t from, uint8_t channel, const void *data, uint32_t bytes);
/* As inbox_put, but only when there is room. */
bool inbox_offer(uint64_t from, uint8_t channel, const void *data, uint32_t bytes);
/* Tells the size of the next packet. Cheap when there is none. */
bool inbox_peek(int channel, uint32_t *bytes);
/* Takes the next packet away; what does not fit `data` is lost, and `bytes` is its size all the same. */
bool inbox_take(int channel, void *data, uint32_t data_bytes, uint32_t *bytes, uint64_t *from);
void inbox_clear(void);

/* networking.c */

void networking_open(const struct hub_welcome *welcome);
/* So many bytes for this peer, in all, have left the hub's queue. */
void networking_released(uint64_t peer, double bytes);
/* The next `count` sends return false, as with a full queue. */
void networking_refuse(uint32_t count);

/* callbacks.c */

/* Posts a callback that is seen in the `frames`th frame from now, 1 being the next. Any thread. */
void callbacks_post(int32_t id, const void *param, uint32_t param_bytes, unsigned frames);
void callbacks_clear(void);

/* calls.c: what is asked now and answered later. */

/* The result of a call, that is told in a later frame. Any thread. */
void calls_answer(uint64_t call, int32_t callback, const void *data, uint32_t bytes, bool failed);
void calls_clear(void);

/* lobbies.c: what is asked of lobbies. What the hub says comes in the reader's thread; false: it is cut. */

bool lobbies_entered(const unsigned char *body, uint32_t bytes);
bool lobbies_listed(const unsigned char *body, uint32_t bytes);
bool lobbies_join_requested(const unsigned char *body, uint32_t bytes);
void lobbies_clear(void);

/* replica.c: what is known of lobbies. Any thread, but the first. */

/* What the hub says of one. False: it is cut. The reader's thread only. */
bool replica_take(const unsigned char *body, uint32_t bytes);
/* Forgets all but these, and our own. */
void replica_list(const uint64_t *ids, uint32_t count);
bool replica_is_member(uint64_t lobby);
bool replica_is_owner(uint64_t lobby, uint64_t self);
void replica_set(uint64_t lobby, const char *key, const char *value);
/* False: we were not in it. */
bool replica_leave(uint64_t lobby);
void replica_clear(void);

/* client.c */

/* The user that is logged in; 0 before and after. */
uint64_t client_steam_id(void);

/* fifo.c: what a test has happen. The reader's thread only, between open and close. */

void fifo_open(const char *path);
void fifo_close(void);
/* -1: there is none. */
int fifo_descriptor(void);
/* Whether it takes more bytes. */
bool fifo_has_room(void);
void fifo_receive(void);
/* Does what the records say that are here. */
void fifo_run(void);

#endif
