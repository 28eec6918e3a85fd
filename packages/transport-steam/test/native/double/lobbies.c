#include "double.h"
#include "pairs.h"
#include "steam.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* In the lowest bits of a call's number, so that nothing is kept of a call whose answer is lost. */
enum call_kind { CALL_CREATE, CALL_JOIN, CALL_LIST, CALL_KINDS };

static atomic_uint calls;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* What the last list showed. */
static uint64_t *listed;
static uint32_t listed_count;

static uint32_t new_call(enum call_kind kind)
{
	return (atomic_fetch_add(&calls, 1) + 1) * CALL_KINDS + (uint32_t)kind;
}

static void answer_entered(uint32_t call, uint8_t response, uint64_t lobby, bool has_steam)
{
	bool entered = response == STEAM_LOBBY_ENTER_SUCCESS;
	if (call % CALL_KINDS == CALL_CREATE) {
		int32_t failure = has_steam ? STEAM_RESULT_FAIL : STEAM_RESULT_NO_CONNECTION;
		struct steam_lobby_created created = { entered ? STEAM_RESULT_OK : failure, entered ? lobby : 0 };
		calls_answer(call, STEAM_LOBBY_CREATED, &created, sizeof created, false);
	} else {
		struct steam_lobby_enter enter = { .lobby = lobby, .response = response };
		calls_answer(call, STEAM_LOBBY_ENTER, &enter, sizeof enter, false);
	}
}

static void answer_listed(uint32_t call, uint32_t count, bool failed)
{
	struct steam_lobby_match_list list = { count };
	calls_answer(call, STEAM_LOBBY_MATCH_LIST, &list, sizeof list, failed);
}

uint64_t SteamAPI_ISteamMatchmaking_CreateLobby(void *self, int type, int max_members)
{
	(void)self;
	uint32_t call = new_call(CALL_CREATE);
	uint16_t members = (uint16_t)max_members;
	unsigned char head[7];
	memcpy(head, &call, 4);
	head[4] = (unsigned char)type;
	memcpy(head + 5, &members, 2);
	if (!hub_is_online() || !hub_write(HUB_LOBBY_CREATE, head, sizeof head, NULL, 0))
		answer_entered(call, STEAM_LOBBY_ENTER_ERROR, 0, false);
	return call;
}

uint64_t SteamAPI_ISteamMatchmaking_JoinLobby(void *self, uint64_t lobby)
{
	(void)self;
	uint32_t call = new_call(CALL_JOIN);
	if (!hub_is_online() || !hub_write(HUB_LOBBY_JOIN, &call, sizeof call, &lobby, sizeof lobby))
		answer_entered(call, STEAM_LOBBY_ENTER_ERROR, lobby, false);
	return call;
}

/* The binding has no filters, so nothing is wanted. */
uint64_t SteamAPI_ISteamMatchmaking_RequestLobbyList(void *self)
{
	(void)self;
	uint32_t call = new_call(CALL_LIST);
	uint16_t no_pairs = 0;
	if (!hub_is_online() || !hub_write(HUB_LOBBY_LIST, &call, sizeof call, &no_pairs, sizeof no_pairs))
		answer_listed(call, 0, true);
	return call;
}

/* From the list that came last, whichever call that was for. */
uint64_t SteamAPI_ISteamMatchmaking_GetLobbyByIndex(void *self, int index)
{
	(void)self;
	pthread_mutex_lock(&lock);
	uint64_t lobby = index < 0 || (uint32_t)index >= listed_count ? 0 : listed[index];
	pthread_mutex_unlock(&lock);
	return lobby;
}

void SteamAPI_ISteamMatchmaking_LeaveLobby(void *self, uint64_t lobby)
{
	(void)self;
	if (replica_leave(lobby))
		hub_write(HUB_LOBBY_LEAVE, &lobby, sizeof lobby, NULL, 0);
}

/* Steam says true to a member who does not own the lobby as well, and changes nothing (reported). The hub knows whose it is. */
bool SteamAPI_ISteamMatchmaking_SetLobbyData(void *self, uint64_t lobby, const char *key, const char *value)
{
	(void)self;
	size_t length;
	if (!hub_is_online() || !replica_is_member(lobby))
		return false;
	unsigned char *pair = pairs_write(key, value, &length);
	if (pair == NULL)
		return false;
	if (replica_is_owner(lobby, client_steam_id()))
		replica_set(lobby, key, value);
	bool written = hub_write(HUB_LOBBY_SET_DATA, &lobby, sizeof lobby, pair, length);
	free(pair);
	return written;
}

bool SteamAPI_ISteamMatchmaking_DeleteLobbyData(void *self, uint64_t lobby, const char *key)
{
	return replica_is_owner(lobby, client_steam_id()) && SteamAPI_ISteamMatchmaking_SetLobbyData(self, lobby, key, "");
}

bool SteamAPI_ISteamMatchmaking_SetLobbyJoinable(void *self, uint64_t lobby, bool joinable)
{
	(void)self;
	unsigned char flag = joinable;
	return hub_is_online() && replica_is_owner(lobby, client_steam_id()) &&
	       hub_write(HUB_LOBBY_SET_JOINABLE, &lobby, sizeof lobby, &flag, sizeof flag);
}

bool lobbies_entered(const unsigned char *body, uint32_t bytes)
{
	uint32_t call;
	uint64_t lobby;
	if (bytes < 13)
		return false;
	memcpy(&call, body, sizeof call);
	memcpy(&lobby, body + 5, sizeof lobby);
	answer_entered(call, body[4], lobby, true);
	return true;
}

bool lobbies_listed(const unsigned char *body, uint32_t bytes)
{
	uint32_t call;
	uint16_t count;
	if (bytes < 6)
		return false;
	memcpy(&call, body, sizeof call);
	memcpy(&count, body + 4, sizeof count);
	size_t id_bytes = count * sizeof *listed;
	if (bytes - 6 < id_bytes)
		return false;
	uint64_t *ids = malloc(id_bytes + 1);
	if (ids == NULL)
		fail("no memory for a list of %u lobbies", count);
	memcpy(ids, body + 6, id_bytes);
	replica_list(ids, count);
	pthread_mutex_lock(&lock);
	uint64_t *former = listed;
	listed = ids;
	listed_count = count;
	pthread_mutex_unlock(&lock);
	free(former);
	answer_listed(call, count, false);
	return true;
}

bool lobbies_join_requested(const unsigned char *body, uint32_t bytes)
{
	struct steam_game_lobby_join_requested param;
	if (bytes < sizeof param)
		return false;
	memcpy(&param, body, sizeof param);
	callbacks_post(STEAM_GAME_LOBBY_JOIN_REQUESTED, &param, sizeof param, 1);
	return true;
}

void lobbies_clear(void)
{
	pthread_mutex_lock(&lock);
	free(listed);
	listed = NULL;
	listed_count = 0;
	pthread_mutex_unlock(&lock);
	replica_clear();
}
