/*
 * What is known here of lobbies: the hub says all of it, whenever it changes, and games read it without waiting. What a game does to a
 * lobby is seen here at once, and what the hub said before it knew of that changes nothing back.
 */
#include "double.h"
#include "pairs.h"
#include "steam.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 23, FLAG_MEMBER = 1, MOST_VALUE_BYTES = 8192 };

struct lobby {
	struct lobby *next;
	uint64_t id;
	uint64_t owner;
	bool is_member;
	/* We left, and the hub did not say so yet. */
	bool is_leaving;
	bool is_listed;
	uint16_t limit;
	/* How many there are; who they are is known of our own lobbies only. */
	uint16_t count;
	uint16_t member_count;
	uint64_t *members;
	struct pairs data;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lobby *lobbies;

static struct lobby **link_to(uint64_t id)
{
	struct lobby **link = &lobbies;
	while (*link != NULL && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

/* What may be read of it: NULL, when it is neither ours nor in the last list. */
static const struct lobby *find_known(uint64_t id)
{
	const struct lobby *lobby = *link_to(id);
	return lobby != NULL && (lobby->is_member || lobby->is_listed) ? lobby : NULL;
}

static void free_lobby(struct lobby *lobby)
{
	free(lobby->members);
	pairs_clear(&lobby->data);
	free(lobby);
}

static void forget(struct lobby **link)
{
	struct lobby *lobby = *link;
	*link = lobby->next;
	free_lobby(lobby);
}

/* NULL: the frame is cut. */
static struct lobby *read_state(const unsigned char *body, size_t bytes)
{
	if (bytes < HEAD_BYTES)
		return NULL;
	struct lobby *lobby = calloc(1, sizeof *lobby);
	if (lobby == NULL)
		fail("no memory for a lobby");
	memcpy(&lobby->id, body, 8);
	memcpy(&lobby->owner, body + 8, 8);
	lobby->is_member = (body[16] & FLAG_MEMBER) != 0;
	memcpy(&lobby->limit, body + 17, 2);
	memcpy(&lobby->count, body + 19, 2);
	memcpy(&lobby->member_count, body + 21, 2);
	size_t member_bytes = lobby->member_count * sizeof *lobby->members;
	if (bytes - HEAD_BYTES < member_bytes ||
	    !pairs_read(&lobby->data, body + HEAD_BYTES + member_bytes, bytes - HEAD_BYTES - member_bytes)) {
		free(lobby);
		return NULL;
	}
	lobby->members = malloc(member_bytes + 1);
	if (lobby->members == NULL)
		fail("no memory for %u members", lobby->member_count);
	memcpy(lobby->members, body + HEAD_BYTES, member_bytes);
	return lobby;
}

static bool has_member(const struct lobby *lobby, uint64_t user)
{
	for (uint16_t i = 0; i < lobby->member_count; i++) {
		if (lobby->members[i] == user)
			return true;
	}
	return false;
}

/* What Steam calls back about, of a lobby that we were in before, and are in. */
struct news {
	uint64_t lobby;
	bool is_data_new;
	uint32_t move_count;
	struct steam_lobby_chat_update *moves;
};

static void note_moves(struct news *news, const struct lobby *there, const struct lobby *not_there, uint32_t change)
{
	for (uint16_t i = 0; i < there->member_count; i++) {
		uint64_t user = there->members[i];
		if (!has_member(not_there, user))
			news->moves[news->move_count++] = (struct steam_lobby_chat_update){ there->id, user, user, change };
	}
}

static void compare_members(struct news *news, const struct lobby *old, const struct lobby *fresh)
{
	news->moves = calloc((size_t)old->member_count + fresh->member_count + 1, sizeof *news->moves);
	if (news->moves == NULL)
		fail("no memory for the moves of members");
	note_moves(news, fresh, old, STEAM_MEMBER_ENTERED);
	note_moves(news, old, fresh, STEAM_MEMBER_LEFT);
}

/* Takes `fresh` in, and says what is new. NULL in its place: it is from before we left. */
static struct lobby *supersede(struct news *news, struct lobby *old, struct lobby *fresh, uint64_t self)
{
	if (old->is_leaving && fresh->is_member)
		return NULL;
	fresh->is_listed = old->is_listed;
	if (!old->is_member || !fresh->is_member)
		return fresh;
	compare_members(news, old, fresh);
	if (old->owner == self && fresh->owner == self) {
		/* Nobody else sets what is ours, and what we have set may not have been there yet. */
		struct pairs said = fresh->data;
		fresh->data = old->data;
		old->data = said;
	} else {
		news->is_data_new = !pairs_equal(&old->data, &fresh->data);
	}
	return fresh;
}

static void take(struct news *news, struct lobby *fresh, uint64_t self)
{
	struct lobby **link = link_to(fresh->id);
	struct lobby *old = *link;
	if (old != NULL && supersede(news, old, fresh, self) == NULL) {
		free_lobby(fresh);
		return;
	}
	fresh->next = old == NULL ? NULL : old->next;
	*link = fresh;
	if (old != NULL)
		free_lobby(old);
}

bool replica_take(const unsigned char *body, uint32_t bytes)
{
	struct lobby *fresh = read_state(body, bytes);
	if (fresh == NULL)
		return false;
	uint64_t self = client_steam_id();
	struct news news = { .lobby = fresh->id };
	pthread_mutex_lock(&lock);
	take(&news, fresh, self);
	pthread_mutex_unlock(&lock);
	for (uint32_t i = 0; i < news.move_count; i++)
		callbacks_post(STEAM_LOBBY_CHAT_UPDATE, &news.moves[i], sizeof news.moves[i], 1);
	free(news.moves);
	if (news.is_data_new) {
		struct steam_lobby_data_update param = { news.lobby, news.lobby, 1 };
		callbacks_post(STEAM_LOBBY_DATA_UPDATE, &param, sizeof param, 1);
	}
	return true;
}

void replica_list(const uint64_t *ids, uint32_t count)
{
	pthread_mutex_lock(&lock);
	for (struct lobby **link = &lobbies; *link != NULL;) {
		struct lobby *lobby = *link;
		lobby->is_listed = false;
		for (uint32_t i = 0; i < count && !lobby->is_listed; i++)
			lobby->is_listed = ids[i] == lobby->id;
		if (lobby->is_listed || lobby->is_member || lobby->is_leaving)
			link = &lobby->next;
		else
			forget(link);
	}
	pthread_mutex_unlock(&lock);
}

bool replica_is_member(uint64_t id)
{
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = *link_to(id);
	bool is_member = lobby != NULL && lobby->is_member;
	pthread_mutex_unlock(&lock);
	return is_member;
}

bool replica_is_owner(uint64_t id, uint64_t self)
{
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = *link_to(id);
	bool is_owner = lobby != NULL && lobby->is_member && lobby->owner == self;
	pthread_mutex_unlock(&lock);
	return is_owner;
}

void replica_set(uint64_t id, const char *key, const char *value)
{
	pthread_mutex_lock(&lock);
	struct lobby *lobby = *link_to(id);
	if (lobby != NULL)
		pairs_set(&lobby->data, key, value);
	pthread_mutex_unlock(&lock);
}

bool replica_leave(uint64_t id)
{
	pthread_mutex_lock(&lock);
	struct lobby *lobby = *link_to(id);
	bool was_member = lobby != NULL && lobby->is_member;
	if (was_member) {
		lobby->is_member = false;
		lobby->is_leaving = true;
		lobby->owner = 0;
		lobby->member_count = 0;
		lobby->count--;
	}
	pthread_mutex_unlock(&lock);
	return was_member;
}

void replica_clear(void)
{
	pthread_mutex_lock(&lock);
	while (lobbies != NULL)
		forget(&lobbies);
	pthread_mutex_unlock(&lock);
}

int SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(void *self, uint64_t id)
{
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	int count = lobby == NULL ? 0 : lobby->count;
	pthread_mutex_unlock(&lock);
	return count;
}

uint64_t SteamAPI_ISteamMatchmaking_GetLobbyMemberByIndex(void *self, uint64_t id, int index)
{
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	uint64_t user = lobby == NULL || index < 0 || index >= lobby->member_count ? 0 : lobby->members[index];
	pthread_mutex_unlock(&lock);
	return user;
}

int SteamAPI_ISteamMatchmaking_GetLobbyMemberLimit(void *self, uint64_t id)
{
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	int limit = lobby == NULL ? 0 : lobby->limit;
	pthread_mutex_unlock(&lock);
	return limit;
}

uint64_t SteamAPI_ISteamMatchmaking_GetLobbyOwner(void *self, uint64_t id)
{
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	uint64_t owner = lobby == NULL ? 0 : lobby->owner;
	pthread_mutex_unlock(&lock);
	return owner;
}

static void copy_text(char *to, size_t bytes, const char *text)
{
	size_t length = strlen(text);
	if (bytes == 0)
		return;
	if (length > bytes - 1)
		length = bytes - 1;
	memcpy(to, text, length);
	to[length] = '\0';
}

const char *SteamAPI_ISteamMatchmaking_GetLobbyData(void *self, uint64_t id, const char *key)
{
	/* The hub may change the data while the caller still reads. */
	static _Thread_local char text[MOST_VALUE_BYTES + 1];
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	const char *value = lobby == NULL ? NULL : pairs_find(&lobby->data, key);
	copy_text(text, sizeof text, value == NULL ? "" : value);
	pthread_mutex_unlock(&lock);
	return text;
}

int SteamAPI_ISteamMatchmaking_GetLobbyDataCount(void *self, uint64_t id)
{
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	int count = lobby == NULL ? 0 : (int)lobby->data.count;
	pthread_mutex_unlock(&lock);
	return count;
}

bool SteamAPI_ISteamMatchmaking_GetLobbyDataByIndex(void *self, uint64_t id, int index, char *key, int key_bytes, char *value,
						    int value_bytes)
{
	(void)self;
	pthread_mutex_lock(&lock);
	const struct lobby *lobby = find_known(id);
	bool found = lobby != NULL && index >= 0 && (uint32_t)index < lobby->data.count && key_bytes >= 0 && value_bytes >= 0;
	if (found) {
		copy_text(key, (size_t)key_bytes, lobby->data.first[index].key);
		copy_text(value, (size_t)value_bytes, lobby->data.first[index].value);
	}
	pthread_mutex_unlock(&lock);
	return found;
}
