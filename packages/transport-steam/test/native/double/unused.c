/*
 * What the addon imports and no test of ours needs: there, so that it loads, and without harm when called. Arguments are ignored: a
 * caller of x86-64 may pass more than a function takes, and 0 in its register is false, 0 and the invalid call alike.
 */
#include "steam.h"

#include <string.h>

#define INTERFACE(name) \
	STEAM_API void *name(void); \
	void *name(void) \
	{ \
		static char there; \
		return &there; \
	}

#define EMPTY_TEXT(name) \
	STEAM_API const char *name(void); \
	const char *name(void) \
	{ \
		return ""; \
	}

#define NOTHING(name) \
	STEAM_API uint64_t name(void); \
	uint64_t name(void) \
	{ \
		return 0; \
	}

INTERFACE(SteamAPI_SteamApps_v008)
INTERFACE(SteamAPI_SteamFriends_v017)
INTERFACE(SteamAPI_SteamInput_v006)
INTERFACE(SteamAPI_SteamMatchmaking_v009)
INTERFACE(SteamAPI_SteamNetworking_v006)
INTERFACE(SteamAPI_SteamRemoteStorage_v016)
INTERFACE(SteamAPI_SteamUGC_v020)
INTERFACE(SteamAPI_SteamUserStats_v012)
INTERFACE(SteamAPI_SteamUser_v023)
INTERFACE(SteamAPI_SteamUtils_v010)

EMPTY_TEXT(SteamAPI_ISteamApps_GetAvailableGameLanguages)
EMPTY_TEXT(SteamAPI_ISteamApps_GetCurrentGameLanguage)
EMPTY_TEXT(SteamAPI_ISteamRemoteStorage_GetFileNameAndSize)

NOTHING(SteamAPI_ISteamApps_BIsAppInstalled)
NOTHING(SteamAPI_ISteamApps_BIsCybercafe)
NOTHING(SteamAPI_ISteamApps_BIsDlcInstalled)
NOTHING(SteamAPI_ISteamApps_BIsLowViolence)
NOTHING(SteamAPI_ISteamApps_BIsSubscribed)
NOTHING(SteamAPI_ISteamApps_BIsSubscribedApp)
NOTHING(SteamAPI_ISteamApps_BIsSubscribedFromFreeWeekend)
NOTHING(SteamAPI_ISteamApps_BIsVACBanned)
NOTHING(SteamAPI_ISteamApps_GetAppBuildId)
NOTHING(SteamAPI_ISteamApps_GetAppInstallDir)
NOTHING(SteamAPI_ISteamApps_GetAppOwner)
NOTHING(SteamAPI_ISteamApps_GetCurrentBetaName)

NOTHING(SteamAPI_ISteamFriends_ActivateGameOverlay)
NOTHING(SteamAPI_ISteamFriends_ActivateGameOverlayToStore)
NOTHING(SteamAPI_ISteamFriends_ActivateGameOverlayToUser)
NOTHING(SteamAPI_ISteamFriends_ActivateGameOverlayToWebPage)

NOTHING(SteamAPI_ISteamInput_ActivateActionSet)
NOTHING(SteamAPI_ISteamInput_GetActionSetHandle)
NOTHING(SteamAPI_ISteamInput_GetAnalogActionHandle)
NOTHING(SteamAPI_ISteamInput_GetConnectedControllers)
NOTHING(SteamAPI_ISteamInput_GetDigitalActionData)
NOTHING(SteamAPI_ISteamInput_GetDigitalActionHandle)
NOTHING(SteamAPI_ISteamInput_GetInputTypeForHandle)
NOTHING(SteamAPI_ISteamInput_Init)
NOTHING(SteamAPI_ISteamInput_Shutdown)

NOTHING(SteamAPI_ISteamNetworkingSockets_CloseConnection)
NOTHING(SteamAPI_ISteamNetworkingSockets_CloseListenSocket)

NOTHING(SteamAPI_ISteamRemoteStorage_FileDelete)
NOTHING(SteamAPI_ISteamRemoteStorage_FileExists)
NOTHING(SteamAPI_ISteamRemoteStorage_FileReadAsync)
NOTHING(SteamAPI_ISteamRemoteStorage_FileReadAsyncComplete)
NOTHING(SteamAPI_ISteamRemoteStorage_FileWriteStreamClose)
NOTHING(SteamAPI_ISteamRemoteStorage_FileWriteStreamOpen)
NOTHING(SteamAPI_ISteamRemoteStorage_FileWriteStreamWriteChunk)
NOTHING(SteamAPI_ISteamRemoteStorage_GetFileCount)
NOTHING(SteamAPI_ISteamRemoteStorage_GetFileSize)
NOTHING(SteamAPI_ISteamRemoteStorage_IsCloudEnabledForAccount)
NOTHING(SteamAPI_ISteamRemoteStorage_IsCloudEnabledForApp)

NOTHING(SteamAPI_ISteamUGC_AddExcludedTag)
NOTHING(SteamAPI_ISteamUGC_AddRequiredTag)
NOTHING(SteamAPI_ISteamUGC_CreateItem)
NOTHING(SteamAPI_ISteamUGC_CreateQueryAllUGCRequestPage)
NOTHING(SteamAPI_ISteamUGC_CreateQueryUGCDetailsRequest)
NOTHING(SteamAPI_ISteamUGC_CreateQueryUserUGCRequest)
NOTHING(SteamAPI_ISteamUGC_DownloadItem)
NOTHING(SteamAPI_ISteamUGC_GetItemDownloadInfo)
NOTHING(SteamAPI_ISteamUGC_GetItemInstallInfo)
NOTHING(SteamAPI_ISteamUGC_GetItemState)
NOTHING(SteamAPI_ISteamUGC_GetItemUpdateProgress)
NOTHING(SteamAPI_ISteamUGC_GetNumSubscribedItems)
NOTHING(SteamAPI_ISteamUGC_GetQueryUGCPreviewURL)
NOTHING(SteamAPI_ISteamUGC_GetQueryUGCResult)
NOTHING(SteamAPI_ISteamUGC_GetQueryUGCStatistic)
NOTHING(SteamAPI_ISteamUGC_GetSubscribedItems)
NOTHING(SteamAPI_ISteamUGC_ReleaseQueryUGCRequest)
NOTHING(SteamAPI_ISteamUGC_SendQueryUGCRequest)
NOTHING(SteamAPI_ISteamUGC_SetAllowCachedResponse)
NOTHING(SteamAPI_ISteamUGC_SetItemContent)
NOTHING(SteamAPI_ISteamUGC_SetItemDescription)
NOTHING(SteamAPI_ISteamUGC_SetItemPreview)
NOTHING(SteamAPI_ISteamUGC_SetItemTags)
NOTHING(SteamAPI_ISteamUGC_SetItemTitle)
NOTHING(SteamAPI_ISteamUGC_SetItemVisibility)
NOTHING(SteamAPI_ISteamUGC_SetLanguage)
NOTHING(SteamAPI_ISteamUGC_SetMatchAnyTag)
NOTHING(SteamAPI_ISteamUGC_SetRankedByTrendDays)
NOTHING(SteamAPI_ISteamUGC_SetReturnAdditionalPreviews)
NOTHING(SteamAPI_ISteamUGC_SetReturnLongDescription)
NOTHING(SteamAPI_ISteamUGC_SetReturnMetadata)
NOTHING(SteamAPI_ISteamUGC_SetReturnOnlyIDs)
NOTHING(SteamAPI_ISteamUGC_SetReturnTotalOnly)
NOTHING(SteamAPI_ISteamUGC_SetSearchText)
NOTHING(SteamAPI_ISteamUGC_StartItemUpdate)
NOTHING(SteamAPI_ISteamUGC_SubmitItemUpdate)
NOTHING(SteamAPI_ISteamUGC_SubscribeItem)
NOTHING(SteamAPI_ISteamUGC_UnsubscribeItem)

NOTHING(SteamAPI_ISteamUserStats_ClearAchievement)
NOTHING(SteamAPI_ISteamUserStats_GetAchievement)
NOTHING(SteamAPI_ISteamUserStats_GetStatInt32)
NOTHING(SteamAPI_ISteamUserStats_RequestCurrentStats)
NOTHING(SteamAPI_ISteamUserStats_ResetAllStats)
NOTHING(SteamAPI_ISteamUserStats_SetAchievement)
NOTHING(SteamAPI_ISteamUserStats_SetStatInt32)
NOTHING(SteamAPI_ISteamUserStats_StoreStats)

NOTHING(SteamAPI_ISteamUser_GetPlayerSteamLevel)

NOTHING(SteamAPI_ISteamUtils_GetAPICallResult)
NOTHING(SteamAPI_ISteamUtils_GetEnteredGamepadTextInput)
NOTHING(SteamAPI_ISteamUtils_IsAPICallCompleted)
NOTHING(SteamAPI_ISteamUtils_IsSteamRunningOnSteamDeck)
NOTHING(SteamAPI_ISteamUtils_ShowFloatingGamepadTextInput)
NOTHING(SteamAPI_ISteamUtils_ShowGamepadTextInput)

/* Two registers hold this one. */
#pragma pack(push, 1)
struct analog_action_data {
	int32_t mode;
	float x;
	float y;
	bool is_active;
};
#pragma pack(pop)

STEAM_API struct analog_action_data SteamAPI_ISteamInput_GetAnalogActionData(void);
struct analog_action_data SteamAPI_ISteamInput_GetAnalogActionData(void)
{
	return (struct analog_action_data){ 0, 0, 0, false };
}

/*
 * Whom a ticket is for. The addon makes these without looking inside and hands them to us, who do not look inside either; but they
 * are its memory, and uninitialised.
 */
#define ADDRESS_BYTES 18
#define IDENTITY_BYTES 136

STEAM_API void SteamAPI_SteamNetworkingIPAddr_Clear(void *self);
void SteamAPI_SteamNetworkingIPAddr_Clear(void *self)
{
	memset(self, 0, ADDRESS_BYTES);
}

STEAM_API void SteamAPI_SteamNetworkingIPAddr_SetIPv4(void *self, uint32_t address, uint16_t port);
void SteamAPI_SteamNetworkingIPAddr_SetIPv4(void *self, uint32_t address, uint16_t port)
{
	(void)address, (void)port;
	memset(self, 0, ADDRESS_BYTES);
}

STEAM_API void SteamAPI_SteamNetworkingIPAddr_SetIPv6(void *self, const uint8_t *address, uint16_t port);
void SteamAPI_SteamNetworkingIPAddr_SetIPv6(void *self, const uint8_t *address, uint16_t port)
{
	(void)address, (void)port;
	memset(self, 0, ADDRESS_BYTES);
}

STEAM_API void SteamAPI_SteamNetworkingIdentity_Clear(void *self);
void SteamAPI_SteamNetworkingIdentity_Clear(void *self)
{
	memset(self, 0, IDENTITY_BYTES);
}

STEAM_API void SteamAPI_SteamNetworkingIdentity_SetIPAddr(void *self, const void *address);
void SteamAPI_SteamNetworkingIdentity_SetIPAddr(void *self, const void *address)
{
	(void)address;
	memset(self, 0, IDENTITY_BYTES);
}

STEAM_API void SteamAPI_SteamNetworkingIdentity_SetSteamID64(void *self, uint64_t steam_id);
void SteamAPI_SteamNetworkingIdentity_SetSteamID64(void *self, uint64_t steam_id)
{
	(void)steam_id;
	memset(self, 0, IDENTITY_BYTES);
}
