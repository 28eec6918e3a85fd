#include "double.h"
#include "steam.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { TICKET_BYTES = 64 };

/* The answer comes from Steam's servers: never before the caller could register for it. Unit: frames. */
enum { ANSWER_FRAMES = 3 };

static atomic_uint last_handle;

/* Looks like a ticket: length, token, SteamID and time. It proves nothing to anybody. */
static void write_ticket(unsigned char ticket[TICKET_BYTES], uint32_t handle)
{
	uint32_t length = 20;
	uint64_t steam_id = client_steam_id();
	uint32_t time_of_issue = (uint32_t)time(NULL);
	memset(ticket, 0x5d, TICKET_BYTES);
	memcpy(ticket, &length, 4);
	memcpy(ticket + 4, &handle, 4);
	memcpy(ticket + 12, &steam_id, 8);
	memcpy(ticket + 20, &time_of_issue, 4);
}

static int32_t outcome(void)
{
	return hub_is_online() ? STEAM_RESULT_OK : STEAM_RESULT_NO_CONNECTION;
}

uint32_t SteamAPI_ISteamUser_GetAuthSessionTicket(void *self, void *ticket, int ticket_bytes, uint32_t *bytes,
						  const void *identity)
{
	(void)self, (void)identity;
	*bytes = 0;
	if (client_steam_id() == 0 || ticket_bytes < TICKET_BYTES)
		return 0;
	uint32_t handle = atomic_fetch_add(&last_handle, 1) + 1;
	write_ticket(ticket, handle);
	*bytes = TICKET_BYTES;
	struct steam_session_ticket_response param = { handle, outcome() };
	callbacks_post(STEAM_SESSION_TICKET_RESPONSE, &param, sizeof param, ANSWER_FRAMES);
	return handle;
}

uint32_t SteamAPI_ISteamUser_GetAuthTicketForWebApi(void *self, const char *identity)
{
	(void)self, (void)identity;
	if (client_steam_id() == 0)
		return 0;
	uint32_t handle = atomic_fetch_add(&last_handle, 1) + 1;
	struct steam_web_ticket_response param = { .ticket = handle, .result = outcome(), .bytes = TICKET_BYTES };
	write_ticket(param.data, handle);
	callbacks_post(STEAM_WEB_TICKET_RESPONSE, &param, sizeof param, ANSWER_FRAMES);
	return handle;
}

/* Nobody checks tickets here, so nothing is kept of one. */
void SteamAPI_ISteamUser_CancelAuthTicket(void *self, uint32_t ticket)
{
	(void)self, (void)ticket;
}
