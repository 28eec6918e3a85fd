/* What friends see, and the overlay. Who the friends are, and what they see, is the hub's. */
#include "double.h"
#include "pairs.h"
#include "steam.h"

#include <stdlib.h>

bool SteamAPI_ISteamFriends_SetRichPresence(void *self, const char *key, const char *value)
{
	(void)self;
	size_t length;
	unsigned char *pair = hub_is_online() ? pairs_write(key, value == NULL ? "" : value, &length) : NULL;
	bool written = pair != NULL && hub_write(HUB_RICH_PRESENCE, NULL, 0, pair, length);
	free(pair);
	return written;
}

void SteamAPI_ISteamFriends_ActivateGameOverlayInviteDialog(void *self, uint64_t lobby)
{
	(void)self;
	if (hub_is_online())
		hub_write(HUB_LOBBY_INVITE_DIALOG, &lobby, sizeof lobby, NULL, 0);
}
