/* What a game does with lobbies, in two processes, and what it must not do. */
#include "exercise.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE (UINT64_C(0x0186000000000000) + 4000000000u)

enum { READS = 2000, KEY_BYTES = 255, VALUE_BYTES = 8192, LOBBY_PUBLIC = 2 };

static uint64_t me(void)
{
	return SteamAPI_ISteamUser_GetSteamID(NULL);
}

/* Waits for the result of a call. False: Steam could not be asked. */
static bool result_of(uint64_t call, void *result, int bytes, int callback)
{
	bool failed = true;
	UNTIL(seen.call.call == call);
	if (seen.call.callback != callback || (int)seen.call.bytes != bytes)
		fact("another result: %d of %u bytes", seen.call.callback, seen.call.bytes);
	if (SteamAPI_ManualDispatch_GetAPICallResult(1, call, result, bytes - 1, callback, &failed) ||
	    SteamAPI_ManualDispatch_GetAPICallResult(1, call, result, bytes, callback + 1, &failed))
		fact("a result for whoever cannot take it");
	bool found = SteamAPI_ManualDispatch_GetAPICallResult(1, call, result, bytes, callback, &failed);
	if (!found || SteamAPI_ManualDispatch_GetAPICallResult(1, call, result, bytes, callback, &failed))
		fact("a result is there once");
	return !failed;
}

static struct steam_lobby_created create(void)
{
	struct steam_lobby_created created;
	uint64_t call = SteamAPI_ISteamMatchmaking_CreateLobby(NULL, LOBBY_PUBLIC, 4);
	result_of(call, &created, sizeof created, STEAM_LOBBY_CREATED);
	return created;
}

static uint32_t enter(uint64_t lobby)
{
	struct steam_lobby_enter entered;
	uint64_t call = SteamAPI_ISteamMatchmaking_JoinLobby(NULL, lobby);
	result_of(call, &entered, sizeof entered, STEAM_LOBBY_ENTER);
	if (entered.lobby != lobby)
		fact("another lobby");
	return entered.response;
}

/* How many; -1: Steam could not be asked. */
static int list(void)
{
	struct steam_lobby_match_list found;
	uint64_t call = SteamAPI_ISteamMatchmaking_RequestLobbyList(NULL);
	return result_of(call, &found, sizeof found, STEAM_LOBBY_MATCH_LIST) ? (int)found.count : -1;
}

static const char *data(uint64_t lobby, const char *key)
{
	return SteamAPI_ISteamMatchmaking_GetLobbyData(NULL, lobby, key);
}

static bool set(uint64_t lobby, const char *key, const char *value)
{
	return SteamAPI_ISteamMatchmaking_SetLobbyData(NULL, lobby, key, value);
}

static void read_lobby(const char *what, uint64_t lobby)
{
	char key[KEY_BYTES], value[VALUE_BYTES];
	int count = SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(NULL, lobby);
	uint64_t owner = SteamAPI_ISteamMatchmaking_GetLobbyOwner(NULL, lobby);
	fact("%s: %d of %d members, owner %llu", what, count, SteamAPI_ISteamMatchmaking_GetLobbyMemberLimit(NULL, lobby),
	     (unsigned long long)owner);
	for (int i = -1; i <= count; i++) {
		uint64_t member = SteamAPI_ISteamMatchmaking_GetLobbyMemberByIndex(NULL, lobby, i);
		if (member != 0)
			fact("%s: member %llu", what, (unsigned long long)member);
	}
	int pairs = SteamAPI_ISteamMatchmaking_GetLobbyDataCount(NULL, lobby);
	for (int i = -1; i <= pairs; i++) {
		if (SteamAPI_ISteamMatchmaking_GetLobbyDataByIndex(NULL, lobby, i, key, sizeof key, value, sizeof value))
			fact("%s: %s is %s", what, key, value);
	}
}

static void ask_without_steam(uint64_t lobby)
{
	fact("lobbies without steam: create %d, join %u, list %d", create().result, enter(lobby), list());
	fact("lobby without steam: set %d, delete %d, joinable %d, presence %d, members %d", set(lobby, "a", "b"),
	     SteamAPI_ISteamMatchmaking_DeleteLobbyData(NULL, lobby, "a"),
	     SteamAPI_ISteamMatchmaking_SetLobbyJoinable(NULL, lobby, true),
	     SteamAPI_ISteamFriends_SetRichPresence(NULL, "status", "gone"),
	     SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(NULL, lobby));
	SteamAPI_ISteamMatchmaking_LeaveLobby(NULL, lobby);
	SteamAPI_ISteamFriends_ActivateGameOverlayInviteDialog(NULL, lobby);
}

static atomic_bool reader_stops;

/* Reads whatever happens to the lobby meanwhile. */
static void *read_on(void *lobby)
{
	char key[KEY_BYTES], value[VALUE_BYTES];
	uint64_t id = *(uint64_t *)lobby;
	while (!atomic_load(&reader_stops)) {
		data(id, "count");
		SteamAPI_ISteamMatchmaking_GetLobbyDataByIndex(NULL, id, 0, key, sizeof key, value, sizeof value);
		SteamAPI_ISteamMatchmaking_GetLobbyMemberByIndex(NULL, id, 0);
	}
	return NULL;
}

/* The owner. */

/* The longest that a binding can read back, with the NUL behind it. */
static void set_limits(uint64_t lobby)
{
	static char key[UINT8_MAX + 2], value[VALUE_BYTES], too_long[UINT16_MAX + 2], read_key[KEY_BYTES], read_value[VALUE_BYTES];
	memset(key, 'k', KEY_BYTES - 1);
	memset(value, 'v', VALUE_BYTES - 1);
	memset(too_long, 'w', UINT16_MAX + 1);
	fact("longest: %d", set(lobby, key, value));
	fact("read by its key: %d", strcmp(data(lobby, key), value) == 0);
	int i = SteamAPI_ISteamMatchmaking_GetLobbyDataCount(NULL, lobby) - 1;
	SteamAPI_ISteamMatchmaking_GetLobbyDataByIndex(NULL, lobby, i, read_key, KEY_BYTES, read_value, VALUE_BYTES);
	fact("read by its index: %d", strcmp(read_key, key) == 0 && strcmp(read_value, value) == 0);
	SteamAPI_ISteamMatchmaking_GetLobbyDataByIndex(NULL, lobby, i, read_key, KEY_BYTES - 1, read_value, VALUE_BYTES - 1);
	fact("into too little: %zu, %zu", strlen(read_key), strlen(read_value));
	fact("deleted: %d", set(lobby, key, ""));
	fact("left: %zu bytes", strlen(data(lobby, key)));
	memset(key, 'k', UINT8_MAX + 1);
	fact("what no frame takes: key %d, value %d", set(lobby, key, "v"), set(lobby, "v", too_long));
}

void own_a_lobby(void)
{
	log_in();
	struct steam_lobby_created created = create();
	uint64_t lobby = created.lobby;
	fact("created: %d, lobby %llu", created.result, (unsigned long long)lobby);
	fact("set: %d", set(lobby, "map", "dust"));
	fact("set: %d", set(lobby, "mode", "duel"));
	fact("set again: %d", set(lobby, "map", "office"));
	fact("delete: %d, nothing %d", SteamAPI_ISteamMatchmaking_DeleteLobbyData(NULL, lobby, "mode"),
	     SteamAPI_ISteamMatchmaking_DeleteLobbyData(NULL, lobby, "nothing"));
	read_lobby("mine", lobby);
	set_limits(lobby);
	fact("presence: %d", SteamAPI_ISteamFriends_SetRichPresence(NULL, "status", "in a lobby"));
	fact("no presence: %d", SteamAPI_ISteamFriends_SetRichPresence(NULL, "status", NULL));
	SteamAPI_ISteamFriends_ActivateGameOverlayInviteDialog(NULL, lobby);
	fact("none of mine: set %d, joinable %d, members %d", set(NOWHERE, "a", "b"),
	     SteamAPI_ISteamMatchmaking_SetLobbyJoinable(NULL, NOWHERE, true),
	     SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(NULL, NOWHERE));
	fact("not joinable: %d", SteamAPI_ISteamMatchmaking_SetLobbyJoinable(NULL, lobby, false));
	fact("joinable: %d", SteamAPI_ISteamMatchmaking_SetLobbyJoinable(NULL, lobby, true));

	fact("cue guest");
	UNTIL(seen.lobby_moves > 0);
	fact("somebody came: %llu, change %u", (unsigned long long)seen.lobby_move.changed, seen.lobby_move.change);
	uint64_t guest = seen.lobby_move.changed;
	UNTIL(*data(lobby, "count") == '\0' && SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(NULL, lobby) == 2);

	pthread_t reader;
	pthread_create(&reader, NULL, read_on, &lobby);
	for (int i = 0; i < READS; i++) {
		char count[16];
		snprintf(count, sizeof count, "%d", i);
		set(lobby, "count", count);
		if (strcmp(data(lobby, "count"), count) != 0)
			fact("%d is not what was set", i);
		if (i % 100 == 0)
			run_callbacks();
	}
	atomic_store(&reader_stops, true);
	pthread_join(reader, NULL);
	fact("set: %s, updates of my own: %u", data(lobby, "count"), seen.lobby_updates);
	set(lobby, "done", "yes");

	/* He comes and goes until then. */
	UNTIL(seen.lobby_requests > 0);
	fact("join requested: %d, by %llu", seen.lobby_request.lobby == lobby, (unsigned long long)seen.lobby_request.friend);
	UNTIL(SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(NULL, lobby) == 1 && seen.lobby_move.change == STEAM_MEMBER_LEFT);
	fact("he left: %d", seen.lobby_move.changed == guest);
	SteamAPI_ISteamMatchmaking_LeaveLobby(NULL, lobby);
	read_lobby("left", lobby);
	SteamAPI_ISteamMatchmaking_LeaveLobby(NULL, lobby);
	fact("it is over: join %u", enter(lobby));
	await_the_end(lobby);
}

/* The guest. */

void visit_a_lobby(const char *id)
{
	uint64_t lobby = strtoull(id, NULL, 10);
	log_in();
	read_lobby("unknown", lobby);
	fact("listed: %d", list());
	uint64_t first = SteamAPI_ISteamMatchmaking_GetLobbyByIndex(NULL, 0);
	fact("it is the one: %d; none before or after: %llu %llu", first == lobby,
	     (unsigned long long)SteamAPI_ISteamMatchmaking_GetLobbyByIndex(NULL, -1),
	     (unsigned long long)SteamAPI_ISteamMatchmaking_GetLobbyByIndex(NULL, 1));
	read_lobby("listed", lobby);
	fact("nowhere: join %u", enter(NOWHERE));
	fact("entered: %u", enter(lobby));
	read_lobby("joined", lobby);
	fact("not mine: set %d, delete %d, joinable %d", set(lobby, "map", "mine"),
	     SteamAPI_ISteamMatchmaking_DeleteLobbyData(NULL, lobby, "map"),
	     SteamAPI_ISteamMatchmaking_SetLobbyJoinable(NULL, lobby, false));
	UNTIL(strcmp(data(lobby, "done"), "yes") == 0 && seen.lobby_updates > 0);
	fact("updates: some, of it and about it: %d", seen.lobby_update.lobby == lobby && seen.lobby_update.member == lobby);
	fact("the last: %s", data(lobby, "count"));
	fact("the map: %s", data(lobby, "map"));

	/* What the hub says before it knows of it must not bring us back. */
	for (int i = 0; i < 20; i++) {
		SteamAPI_ISteamMatchmaking_LeaveLobby(NULL, lobby);
		if (SteamAPI_ISteamMatchmaking_GetLobbyOwner(NULL, lobby) != 0 ||
		    SteamAPI_ISteamMatchmaking_GetLobbyMemberByIndex(NULL, lobby, 0) != 0)
			fact("not out");
		if (enter(lobby) != STEAM_LOBBY_ENTER_SUCCESS || SteamAPI_ISteamMatchmaking_GetLobbyOwner(NULL, lobby) == 0)
			fact("not in again");
	}
	fact("cue lose");
	UNTIL(seen.disconnected > 0);
	ask_without_steam(lobby);
	fact("cue restore");
	UNTIL(seen.connected > 0);
	seen.disconnected = 0;
	fact("entered: %u", enter(lobby));
	SteamAPI_ISteamMatchmaking_LeaveLobby(NULL, lobby);
	fact("cue left");
	await_the_end(me());
	fact("members after the end: %d", SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(NULL, lobby));
}
