/*
 * What of Steam's flat API this library answers with more than nothing: signatures and layouts as Linux on x86-64 has them.
 * `self` is the interface the caller got from an accessor; there is one of each, so nobody looks at it.
 */
#ifndef STEAM_DOUBLE_STEAM_H
#define STEAM_DOUBLE_STEAM_H

#include <stdbool.h>
#include <stdint.h>

/* Everything else is hidden, so that the library exports what the addon imports and no more. */
#define STEAM_API __attribute__((visibility("default")))

#define STEAM_MESSAGE_BYTES 1024

enum steam_init { STEAM_INIT_OK, STEAM_INIT_FAILED_GENERIC, STEAM_INIT_NO_CLIENT, STEAM_INIT_VERSION_MISMATCH };

enum steam_result { STEAM_RESULT_OK = 1, STEAM_RESULT_FAIL = 2, STEAM_RESULT_NO_CONNECTION = 3 };

enum steam_send { STEAM_SEND_UNRELIABLE, STEAM_SEND_UNRELIABLE_NO_DELAY, STEAM_SEND_RELIABLE, STEAM_SEND_RELIABLE_WITH_BUFFERING };

enum { STEAM_UNRELIABLE_BYTES = 1200, STEAM_RELIABLE_BYTES = 1048576 };

/* Callbacks are packed to 4 bytes on Linux, whatever the platform's own rules are. A SteamID inside one is packed to 1. */
#pragma pack(push, 4)

struct steam_callback {
	int32_t user;
	int32_t id;
	unsigned char *param;
	int32_t param_bytes;
};

enum { STEAM_SERVERS_CONNECTED = 101 };

enum { STEAM_SERVERS_DISCONNECTED = 103 };
struct steam_servers_disconnected {
	int32_t result;
};

enum { STEAM_SESSION_TICKET_RESPONSE = 163 };
struct steam_session_ticket_response {
	uint32_t ticket;
	int32_t result;
};

enum { STEAM_WEB_TICKET_RESPONSE = 168, STEAM_WEB_TICKET_BYTES = 2560 };
struct steam_web_ticket_response {
	uint32_t ticket;
	int32_t result;
	int32_t bytes;
	unsigned char data[STEAM_WEB_TICKET_BYTES];
};

enum { STEAM_GAME_LOBBY_JOIN_REQUESTED = 333 };
struct steam_game_lobby_join_requested {
	uint64_t lobby;
	uint64_t friend;
};

enum { STEAM_LOBBY_ENTER = 504, STEAM_LOBBY_ENTER_SUCCESS = 1, STEAM_LOBBY_ENTER_ERROR = 5 };
struct steam_lobby_enter {
	uint64_t lobby;
	uint32_t permissions;
	bool locked;
	uint32_t response;
};

enum { STEAM_LOBBY_DATA_UPDATE = 505 };
struct steam_lobby_data_update {
	uint64_t lobby;
	/* The lobby's own id: it is about the data of the lobby. */
	uint64_t member;
	uint8_t success;
};

enum { STEAM_LOBBY_CHAT_UPDATE = 506, STEAM_MEMBER_ENTERED = 1, STEAM_MEMBER_LEFT = 2 };
struct steam_lobby_chat_update {
	uint64_t lobby;
	uint64_t changed;
	uint64_t changer;
	uint32_t change;
};

enum { STEAM_LOBBY_MATCH_LIST = 510 };
struct steam_lobby_match_list {
	uint32_t count;
};

enum { STEAM_LOBBY_CREATED = 513 };
struct steam_lobby_created {
	int32_t result;
	uint64_t lobby;
};

enum { STEAM_CALL_COMPLETED = 703 };
struct steam_call_completed {
	uint64_t call;
	int32_t callback;
	uint32_t bytes;
};

enum { STEAM_SESSION_REQUEST = 1202, STEAM_SESSION_CONNECT_FAIL = 1203 };
#pragma pack(push, 1)
struct steam_session_request {
	uint64_t remote;
};
struct steam_session_connect_fail {
	uint64_t remote;
	uint8_t error;
};
#pragma pack(pop)

#pragma pack(pop)

_Static_assert(sizeof(struct steam_callback) == 20, "layout of CallbackMsg_t");
_Static_assert(sizeof(struct steam_web_ticket_response) == 2572, "layout of GetTicketForWebApiResponse_t");
_Static_assert(sizeof(struct steam_session_connect_fail) == 9, "layout of P2PSessionConnectFail_t");
_Static_assert(sizeof(struct steam_lobby_enter) == 20, "layout of LobbyEnter_t");
_Static_assert(sizeof(struct steam_lobby_data_update) == 20, "layout of LobbyDataUpdate_t");
_Static_assert(sizeof(struct steam_lobby_chat_update) == 28, "layout of LobbyChatUpdate_t");
_Static_assert(sizeof(struct steam_lobby_created) == 12, "layout of LobbyCreated_t");
_Static_assert(sizeof(struct steam_call_completed) == 16, "layout of SteamAPICallCompleted_t");

/* client.c */
STEAM_API int SteamAPI_InitFlat(char *message);
STEAM_API void SteamAPI_Shutdown(void);
STEAM_API bool SteamAPI_RestartAppIfNecessary(uint32_t app_id);
STEAM_API int32_t SteamAPI_GetHSteamPipe(void);
STEAM_API uint64_t SteamAPI_ISteamUser_GetSteamID(void *self);
STEAM_API const char *SteamAPI_ISteamFriends_GetPersonaName(void *self);
STEAM_API uint32_t SteamAPI_ISteamUtils_GetAppID(void *self);
STEAM_API uint32_t SteamAPI_ISteamUtils_GetServerRealTime(void *self);
STEAM_API const char *SteamAPI_ISteamUtils_GetIPCountry(void *self);

/* callbacks.c */
STEAM_API void SteamAPI_ManualDispatch_Init(void);
STEAM_API void SteamAPI_ManualDispatch_RunFrame(int32_t pipe);
STEAM_API bool SteamAPI_ManualDispatch_GetNextCallback(int32_t pipe, struct steam_callback *callback);
STEAM_API void SteamAPI_ManualDispatch_FreeLastCallback(int32_t pipe);

/* calls.c */
STEAM_API bool SteamAPI_ManualDispatch_GetAPICallResult(int32_t pipe, uint64_t call, void *result, int result_bytes,
							int expected_id, bool *failed);

/* networking.c */
STEAM_API bool SteamAPI_ISteamNetworking_SendP2PPacket(void *self, uint64_t remote, const void *data, uint32_t bytes,
						       int send_type, int channel);
STEAM_API bool SteamAPI_ISteamNetworking_IsP2PPacketAvailable(void *self, uint32_t *bytes, int channel);
STEAM_API bool SteamAPI_ISteamNetworking_ReadP2PPacket(void *self, void *data, uint32_t data_bytes, uint32_t *bytes,
						       uint64_t *remote, int channel);
STEAM_API bool SteamAPI_ISteamNetworking_AcceptP2PSessionWithUser(void *self, uint64_t remote);

/* lobbies.c */
STEAM_API uint64_t SteamAPI_ISteamMatchmaking_CreateLobby(void *self, int type, int max_members);
STEAM_API uint64_t SteamAPI_ISteamMatchmaking_JoinLobby(void *self, uint64_t lobby);
STEAM_API uint64_t SteamAPI_ISteamMatchmaking_RequestLobbyList(void *self);
STEAM_API uint64_t SteamAPI_ISteamMatchmaking_GetLobbyByIndex(void *self, int index);
STEAM_API void SteamAPI_ISteamMatchmaking_LeaveLobby(void *self, uint64_t lobby);
STEAM_API bool SteamAPI_ISteamMatchmaking_SetLobbyData(void *self, uint64_t lobby, const char *key, const char *value);
STEAM_API bool SteamAPI_ISteamMatchmaking_DeleteLobbyData(void *self, uint64_t lobby, const char *key);
STEAM_API bool SteamAPI_ISteamMatchmaking_SetLobbyJoinable(void *self, uint64_t lobby, bool joinable);

/* replica.c */
STEAM_API int SteamAPI_ISteamMatchmaking_GetNumLobbyMembers(void *self, uint64_t lobby);
STEAM_API uint64_t SteamAPI_ISteamMatchmaking_GetLobbyMemberByIndex(void *self, uint64_t lobby, int index);
STEAM_API int SteamAPI_ISteamMatchmaking_GetLobbyMemberLimit(void *self, uint64_t lobby);
STEAM_API uint64_t SteamAPI_ISteamMatchmaking_GetLobbyOwner(void *self, uint64_t lobby);
STEAM_API const char *SteamAPI_ISteamMatchmaking_GetLobbyData(void *self, uint64_t lobby, const char *key);
STEAM_API int SteamAPI_ISteamMatchmaking_GetLobbyDataCount(void *self, uint64_t lobby);
STEAM_API bool SteamAPI_ISteamMatchmaking_GetLobbyDataByIndex(void *self, uint64_t lobby, int index, char *key, int key_bytes,
							      char *value, int value_bytes);

/* presence.c */
STEAM_API bool SteamAPI_ISteamFriends_SetRichPresence(void *self, const char *key, const char *value);
STEAM_API void SteamAPI_ISteamFriends_ActivateGameOverlayInviteDialog(void *self, uint64_t lobby);

/* tickets.c */
STEAM_API uint32_t SteamAPI_ISteamUser_GetAuthSessionTicket(void *self, void *ticket, int ticket_bytes, uint32_t *bytes,
							    const void *identity);
STEAM_API uint32_t SteamAPI_ISteamUser_GetAuthTicketForWebApi(void *self, const char *identity);
STEAM_API void SteamAPI_ISteamUser_CancelAuthTicket(void *self, uint32_t ticket);

#endif
