/* What the parts of the exercise share: facts, frames, and what was called back in them. */
#ifndef STEAM_DOUBLE_EXERCISE_H
#define STEAM_DOUBLE_EXERCISE_H

#include "steam.h"

enum { PATIENCE_MS = 30000 };

/* What was called back. */
struct seen {
	unsigned requests;
	uint64_t requester;
	unsigned failures;
	struct steam_session_connect_fail failure;
	unsigned connected;
	unsigned disconnected;
	int32_t disconnect_result;
	struct steam_session_ticket_response session_ticket;
	uint32_t web_ticket;
	int32_t web_ticket_result;
	struct steam_call_completed call;
	unsigned lobby_moves;
	struct steam_lobby_chat_update lobby_move;
	unsigned lobby_updates;
	struct steam_lobby_data_update lobby_update;
	unsigned lobby_requests;
	struct steam_game_lobby_join_requested lobby_request;
	unsigned others;
	int32_t other_id;
	int32_t other_bytes;
	uint32_t other_value;
};
extern struct seen seen;

/* Prints one. */
void fact(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sleep_ms(long ms);
void run_callbacks(void);
/* Another try of what is waited for; the program ends when there were too many. */
void next_frame(int *frames, const char *awaited);

#define UNTIL(condition) \
	for (int frames = 0; !(condition);) \
	next_frame(&frames, #condition)

void log_in(void);
/* Until Steam is gone; shuts down. */
void await_the_end(uint64_t peer);

/* exercise_lobbies.c */
void own_a_lobby(void);
void visit_a_lobby(const char *lobby);

#endif
