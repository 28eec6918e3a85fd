/*
 * A double of libsteam_api.so that needs no Steam: what Steam does is asked of the hub of the simulated Steam. One user a process,
 * set by variables:
 *   STEAM_DOUBLE_SOCKET    the hub's Unix socket; when nobody listens there, Steam is not running
 *   STEAM_DOUBLE_STEAM_ID  whom to log in; without it the hub chooses
 *   STEAM_DOUBLE_PERSONA   his name; without it the hub chooses
 *   STEAM_DOUBLE_FIFO      see fifo.c
 *   STEAM_DOUBLE_INIT      `generic:` or `version:` and a message: SteamAPI_InitFlat fails in that way
 */
#include "double.h"
#include "steam.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool running;
static atomic_uint app;
static atomic_uint_least64_t steam_id;
static char persona[PERSONA_BYTES];

void fail(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	fputs("steam double: ", stderr);
	vfprintf(stderr, format, values);
	fputc('\n', stderr);
	va_end(values);
	abort();
}

/* Reads a decimal number from 1 to `most`, with nothing behind it but white space. */
static bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
	char *end;
	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno == 0 && end[strspn(end, " \t\r\n")] == '\0' && *number > 0 && *number <= most;
}

static bool find_app(uint64_t *number)
{
	if (parse_number(getenv("SteamAppId"), UINT32_MAX, number))
		return true;
	char text[32] = "";
	FILE *file = fopen("steam_appid.txt", "re");
	if (file == NULL)
		return false;
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	return parse_number(text, UINT32_MAX, number);
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value == NULL ? "" : value;
}

static int failed(char *message, enum steam_init result, const char *why)
{
	if (message != NULL)
		snprintf(message, STEAM_MESSAGE_BYTES, "%s", why);
	return (int)result;
}

static int start(char *message)
{
	const char *asked = variable("STEAM_DOUBLE_INIT");
	if (strncmp(asked, "generic:", 8) == 0)
		return failed(message, STEAM_INIT_FAILED_GENERIC, asked + 8);
	if (strncmp(asked, "version:", 8) == 0)
		return failed(message, STEAM_INIT_VERSION_MISMATCH, asked + 8);

	uint64_t app_number;
	if (!find_app(&app_number))
		return failed(message, STEAM_INIT_FAILED_GENERIC,
			      "No appID found.  Either launch the game from Steam, or put the file steam_appid.txt containing "
			      "the correct appID in your game folder.");

	uint64_t wanted = 0;
	const char *id = variable("STEAM_DOUBLE_STEAM_ID");
	if (*id != '\0' && !parse_number(id, UINT64_MAX, &wanted))
		fail("STEAM_DOUBLE_STEAM_ID is %s, but must be a decimal number", id);

	struct hub_welcome welcome;
	switch (hub_open(variable("STEAM_DOUBLE_SOCKET"), wanted, variable("STEAM_DOUBLE_PERSONA"), &welcome)) {
	case HUB_ABSENT:
		return failed(message, STEAM_INIT_NO_CLIENT,
			      "Cannot create IPC pipe to Steam client process.  Steam is probably not running.");
	case HUB_REFUSED:
		return failed(message, STEAM_INIT_FAILED_GENERIC, "ConnectToGlobalUser failed.");
	case HUB_WELCOME:
		break;
	}
	atomic_store(&app, (unsigned)app_number);
	atomic_store(&steam_id, welcome.steam_id);
	memcpy(persona, welcome.persona, sizeof persona);
	networking_open(&welcome);
	const char *fifo = variable("STEAM_DOUBLE_FIFO");
	if (*fifo != '\0')
		fifo_open(fifo);
	hub_listen();
	running = true;
	return STEAM_INIT_OK;
}

int SteamAPI_InitFlat(char *message)
{
	if (message != NULL)
		*message = '\0';
	pthread_mutex_lock(&lock);
	int result = running ? STEAM_INIT_OK : start(message);
	pthread_mutex_unlock(&lock);
	return result;
}

void SteamAPI_Shutdown(void)
{
	pthread_mutex_lock(&lock);
	if (running) {
		hub_close();
		fifo_close();
		inbox_clear();
		callbacks_clear();
		calls_clear();
		lobbies_clear();
		atomic_store(&steam_id, 0);
		running = false;
	}
	pthread_mutex_unlock(&lock);
}

uint64_t client_steam_id(void)
{
	return atomic_load_explicit(&steam_id, memory_order_relaxed);
}

/* "Started by Steam, go on." */
bool SteamAPI_RestartAppIfNecessary(uint32_t app_id)
{
	(void)app_id;
	return false;
}

int32_t SteamAPI_GetHSteamPipe(void)
{
	return 1;
}

uint64_t SteamAPI_ISteamUser_GetSteamID(void *self)
{
	(void)self;
	return client_steam_id();
}

const char *SteamAPI_ISteamFriends_GetPersonaName(void *self)
{
	(void)self;
	return persona;
}

uint32_t SteamAPI_ISteamUtils_GetAppID(void *self)
{
	(void)self;
	return atomic_load(&app);
}

uint32_t SteamAPI_ISteamUtils_GetServerRealTime(void *self)
{
	(void)self;
	return (uint32_t)time(NULL);
}

/* A country that no place has (ISO 3166, for users). */
const char *SteamAPI_ISteamUtils_GetIPCountry(void *self)
{
	(void)self;
	return "XX";
}
