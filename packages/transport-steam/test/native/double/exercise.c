/*
 * Uses the double as the addon does, and as it does not, and prints what it saw: one fact a line. It runs under the sanitizers, which
 * Node does not. Who it is and where Steam is comes from the environment.
 *   exercise alice <SteamID of bob>  whatever there is to send, then shuts down and comes back, until Steam dies
 *   exercise bob                     takes it, until Steam dies
 *   exercise solo                    what a test does to one process; a line that begins with `cue` asks for it
 *   exercise owner                   makes a lobby, until Steam dies
 *   exercise guest <lobby>           visits it, until Steam dies
 */
#include "exercise.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOBODY (UINT64_C(76561197960265728) + 4000000000u)

enum { MEBIBYTE = 1048576, BLOCK = 65536, FLOOD = 128, THREAD_PACKETS = 2000, COMEBACKS = 20 };

static unsigned char buffer[MEBIBYTE];

struct seen seen;

void fact(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	vprintf(format, values);
	va_end(values);
	putchar('\n');
	fflush(stdout);
}

void sleep_ms(long ms)
{
	struct timespec duration = { ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&duration, NULL);
}

static void on_callback(const struct steam_callback *callback)
{
	switch (callback->id) {
	case STEAM_SESSION_REQUEST:
		seen.requests++;
		memcpy(&seen.requester, callback->param, sizeof seen.requester);
		break;
	case STEAM_SESSION_CONNECT_FAIL:
		seen.failures++;
		memcpy(&seen.failure, callback->param, sizeof seen.failure);
		break;
	case STEAM_SERVERS_CONNECTED:
		seen.connected++;
		break;
	case STEAM_SERVERS_DISCONNECTED:
		seen.disconnected++;
		memcpy(&seen.disconnect_result, callback->param, sizeof seen.disconnect_result);
		break;
	case STEAM_SESSION_TICKET_RESPONSE:
		memcpy(&seen.session_ticket, callback->param, sizeof seen.session_ticket);
		break;
	case STEAM_WEB_TICKET_RESPONSE: {
		const struct steam_web_ticket_response *response = (const void *)callback->param;
		seen.web_ticket = response->ticket;
		seen.web_ticket_result = response->result;
		break;
	}
	case STEAM_CALL_COMPLETED:
		memcpy(&seen.call, callback->param, sizeof seen.call);
		break;
	case STEAM_LOBBY_CHAT_UPDATE:
		seen.lobby_moves++;
		memcpy(&seen.lobby_move, callback->param, sizeof seen.lobby_move);
		break;
	case STEAM_LOBBY_DATA_UPDATE:
		seen.lobby_updates++;
		memcpy(&seen.lobby_update, callback->param, sizeof seen.lobby_update);
		break;
	case STEAM_GAME_LOBBY_JOIN_REQUESTED:
		seen.lobby_requests++;
		memcpy(&seen.lobby_request, callback->param, sizeof seen.lobby_request);
		break;
	default:
		seen.others++;
		seen.other_id = callback->id;
		seen.other_bytes = callback->param_bytes;
		if (callback->param_bytes >= 4)
			memcpy(&seen.other_value, callback->param, sizeof seen.other_value);
	}
}

void run_callbacks(void)
{
	int32_t pipe = SteamAPI_GetHSteamPipe();
	struct steam_callback callback;
	SteamAPI_ManualDispatch_RunFrame(pipe);
	while (SteamAPI_ManualDispatch_GetNextCallback(pipe, &callback)) {
		on_callback(&callback);
		SteamAPI_ManualDispatch_FreeLastCallback(pipe);
	}
}

void next_frame(int *frames, const char *awaited)
{
	if (++*frames > PATIENCE_MS) {
		fact("never: %s", awaited);
		exit(1);
	}
	sleep_ms(1);
	run_callbacks();
}

static bool post(uint64_t to, const void *data, uint32_t bytes, int type, int channel)
{
	return SteamAPI_ISteamNetworking_SendP2PPacket(NULL, to, data, bytes, type, channel);
}

static bool is_available(int channel)
{
	uint32_t bytes;
	return SteamAPI_ISteamNetworking_IsP2PPacketAvailable(NULL, &bytes, channel);
}

/* Size of the next packet, read into the buffer; -1: there is none. */
static int take(int channel, uint32_t most, uint64_t *from)
{
	uint32_t bytes;
	if (!SteamAPI_ISteamNetworking_ReadP2PPacket(NULL, buffer, most, &bytes, from, channel))
		return -1;
	return (int)bytes;
}

static void init(const char *what)
{
	char message[STEAM_MESSAGE_BYTES];
	int result = SteamAPI_InitFlat(message);
	fact("init %s: %d %s", what, result, message);
	SteamAPI_ManualDispatch_Init();
}

static void init_with(const char *what, const char *variable, const char *value)
{
	const char *former = getenv(variable);
	char *kept = former == NULL ? NULL : strdup(former);
	if (value == NULL)
		unsetenv(variable);
	else
		setenv(variable, value, 1);
	init(what);
	if (kept == NULL)
		unsetenv(variable);
	else
		setenv(variable, kept, 1);
	free(kept);
}

void log_in(void)
{
	init("");
	fact("user %llu, %s, app %u", (unsigned long long)SteamAPI_ISteamUser_GetSteamID(NULL),
	     SteamAPI_ISteamFriends_GetPersonaName(NULL), SteamAPI_ISteamUtils_GetAppID(NULL));
}

void await_the_end(uint64_t peer)
{
	fact("cue end");
	UNTIL(seen.disconnected > 0);
	fact("steam lost: %u, result %d", seen.disconnected, seen.disconnect_result);
	fact("without steam: send %d, send to myself %d, accept %d, read %d", post(peer, "x", 1, STEAM_SEND_RELIABLE, 0),
	     post(SteamAPI_ISteamUser_GetSteamID(NULL), "x", 1, STEAM_SEND_RELIABLE, 0),
	     SteamAPI_ISteamNetworking_AcceptP2PSessionWithUser(NULL, peer), is_available(0));
	SteamAPI_Shutdown();
	SteamAPI_Shutdown();
}

/* Alice. */

static void fail_to_start(const char *bob)
{
	fact("before init: send %d, read %d", post(NOBODY, "x", 1, STEAM_SEND_RELIABLE, 0), is_available(0));
	SteamAPI_Shutdown();
	init_with("without an app", "SteamAppId", NULL);
	init_with("with an app that is none", "SteamAppId", "480x");
	init_with("without steam", "STEAM_DOUBLE_SOCKET", "/nowhere");
	init_with("as asked", "STEAM_DOUBLE_INIT", "version:too old");
	init_with("as bob", "STEAM_DOUBLE_STEAM_ID", bob);
}

static void break_rules(uint64_t bob)
{
	fact("unreliable over the limit: %d", post(bob, buffer, 1201, STEAM_SEND_UNRELIABLE, 0));
	fact("reliable over the limit: %d", post(bob, buffer, MEBIBYTE + 1, STEAM_SEND_RELIABLE, 0));
	fact("no person: %d %d", post(5, "x", 1, STEAM_SEND_RELIABLE, 0), SteamAPI_ISteamNetworking_AcceptP2PSessionWithUser(NULL, 5));
	fact("no channel: %d %d", post(bob, "x", 1, STEAM_SEND_RELIABLE, -1), post(bob, "x", 1, STEAM_SEND_RELIABLE, 256));
	fact("no send type: %d %d", post(bob, "x", 1, -1, 0), post(bob, "x", 1, 4, 0));
	fact("no channel to read from: %d %d", is_available(-1), is_available(256));
}

static void talk_to_myself(void)
{
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL), from = 0;
	uint32_t bytes = 99;
	fact("empty to myself: %d", post(me, NULL, 0, STEAM_SEND_RELIABLE, 0));
	bool available = SteamAPI_ISteamNetworking_IsP2PPacketAvailable(NULL, &bytes, 0);
	fact("available: %d, %u bytes", available, bytes);
	int read = take(0, 0, &from);
	fact("read: %d bytes, of mine %d", read, from == me);
	fact("five to myself: %d", post(me, "12345", 5, STEAM_SEND_UNRELIABLE, 0));
	memset(buffer, 0, 5);
	fact("read two: %d bytes", take(0, 2, &from));
	fact("had: %.5s", (const char *)buffer);
	fact("left: %d", take(0, 5, &from));
}

static void open_session(uint64_t bob)
{
	uint64_t from;
	fact("at once or never: %d", post(bob, "never", 5, STEAM_SEND_UNRELIABLE_NO_DELAY, 0));
	/* Again and again: a machine that is busy may let the session time out before bob accepts. */
	for (int frames = 0; take(0, MEBIBYTE, &from) < 0; next_frame(&frames, "bob's answer")) {
		if (frames % 200 == 0)
			post(bob, "open", 4, STEAM_SEND_RELIABLE, 0);
	}
	fact("answer from bob: %d", from == bob);
}

static void send_everything(uint64_t bob)
{
	for (unsigned char type = STEAM_SEND_UNRELIABLE; type <= STEAM_SEND_RELIABLE_WITH_BUFFERING; type++)
		fact("send type %d: %d", type, post(bob, (unsigned char[]){ 't', type }, 2, type, 0));
	fact("on another channel: %d", post(bob, "c", 1, STEAM_SEND_RELIABLE, 1));
	for (uint32_t i = 0; i < MEBIBYTE; i++)
		buffer[i] = (unsigned char)(i * 31);
	/* As much as the queue takes: what went before must have left it. */
	UNTIL(post(bob, buffer, MEBIBYTE, STEAM_SEND_RELIABLE, 0));
	for (uint32_t i = 0; i < FLOOD; i++) {
		buffer[0] = 'f';
		memcpy(buffer + 1, &i, sizeof i);
		UNTIL(post(bob, buffer, BLOCK, STEAM_SEND_RELIABLE, 0));
	}
}

static void fill_a_queue(void)
{
	unsigned taken = 0;
	while (post(NOBODY, buffer, BLOCK, STEAM_SEND_RELIABLE, 0))
		taken++;
	fact("blocks for nobody: %u", taken);
	UNTIL(seen.failures > 0);
	fact("failed: %d, error %d", seen.failure.remote == NOBODY, seen.failure.error);
	UNTIL(post(NOBODY, buffer, BLOCK, STEAM_SEND_RELIABLE, 0));
}

static void take_tickets(void)
{
	uint32_t bytes = 99;
	uint32_t session = SteamAPI_ISteamUser_GetAuthSessionTicket(NULL, buffer, 1024, &bytes, NULL);
	fact("session ticket: %d, %u bytes", session != 0, bytes);
	uint32_t web = SteamAPI_ISteamUser_GetAuthTicketForWebApi(NULL, "somebody");
	UNTIL(seen.session_ticket.ticket == session && seen.web_ticket == web);
	fact("tickets are good: %d %d", seen.session_ticket.result, seen.web_ticket_result);
	SteamAPI_ISteamUser_CancelAuthTicket(NULL, session);
	SteamAPI_ISteamUser_CancelAuthTicket(NULL, web);
}

static void *send_from_a_thread(void *channel)
{
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL);
	for (uint32_t i = 0; i < THREAD_PACKETS; i++)
		while (!post(me, &i, sizeof i, STEAM_SEND_RELIABLE, *(int *)channel))
			sleep_ms(1);
	return NULL;
}

static void use_threads(void)
{
	int channels[2] = { 2, 3 };
	uint32_t next[2] = { 0, 0 };
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, send_from_a_thread, &channels[i]);
	while (next[0] < THREAD_PACKETS || next[1] < THREAD_PACKETS) {
		for (int i = 0; i < 2; i++) {
			uint64_t from;
			if (take(channels[i], sizeof(uint32_t), &from) < 0)
				continue;
			if (memcmp(buffer, &next[i], sizeof next[i]) != 0)
				fact("packet %u of thread %d is another", next[i], i);
			next[i]++;
		}
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fact("packets of two threads: %u %u", next[0], next[1]);
}

static void come_back(uint64_t bob)
{
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL);
	char message[STEAM_MESSAGE_BYTES];
	unsigned same = 0;
	post(me, "unread", 6, STEAM_SEND_RELIABLE, 0);
	for (int i = 0; i < COMEBACKS; i++) {
		SteamAPI_Shutdown();
		if (SteamAPI_ISteamUser_GetSteamID(NULL) == 0 && !is_available(0) && SteamAPI_InitFlat(message) == STEAM_INIT_OK)
			same += SteamAPI_ISteamUser_GetSteamID(NULL) == me;
	}
	fact("came back: %u times", same);
	fact("again: %d", post(bob, "again", 5, STEAM_SEND_RELIABLE, 0));
}

static void alice(const char *peer)
{
	uint64_t bob = strtoull(peer, NULL, 10);
	fail_to_start(peer);
	log_in();
	break_rules(bob);
	talk_to_myself();
	open_session(bob);
	send_everything(bob);
	fill_a_queue();
	take_tickets();
	use_threads();
	come_back(bob);
	await_the_end(bob);
	init("without steam");
}

/* Bob. */

static struct {
	unsigned types;
	bool channel;
	bool mebibyte;
	unsigned flood;
	bool again;
} got;

static void on_packet(int bytes)
{
	uint32_t index;
	if (bytes == MEBIBYTE) {
		got.mebibyte = true;
		for (uint32_t i = 0; i < MEBIBYTE; i++)
			got.mebibyte &= buffer[i] == (unsigned char)(i * 31);
		return;
	}
	switch (buffer[0]) {
	case 'o':
		break;
	case 't':
		got.types |= 1u << buffer[1];
		break;
	case 'f':
		memcpy(&index, buffer + 1, sizeof index);
		if (bytes != BLOCK || index != got.flood)
			fact("block %u is another", got.flood);
		got.flood++;
		/* A reader so slow that his inbox fills. */
		sleep_ms(1);
		break;
	case 'a':
		got.again = true;
		break;
	default:
		fact("a packet that nobody sent: %.*s", bytes < 20 ? bytes : 20, (const char *)buffer);
	}
}

static bool got_everything(void)
{
	uint64_t from;
	int bytes = take(0, MEBIBYTE, &from);
	if (bytes >= 0)
		on_packet(bytes);
	if (take(1, MEBIBYTE, &from) == 1)
		got.channel = true;
	return got.types == 0xf && got.channel && got.mebibyte && got.flood == FLOOD && got.again;
}

static void bob(void)
{
	log_in();
	fact("cue alice");
	UNTIL(seen.requests > 0);
	fact("request from %llu, readable %d", (unsigned long long)seen.requester, is_available(0));
	uint64_t other = seen.requester;
	fact("accept: %d", SteamAPI_ISteamNetworking_AcceptP2PSessionWithUser(NULL, other));
	UNTIL(is_available(0));
	fact("answer: %d", post(other, "welcome", 7, STEAM_SEND_RELIABLE, 0));
	UNTIL(got_everything());
	fact("got everything");
	await_the_end(other);
}

/* Solo. */

static void read_all(const char *what)
{
	uint64_t from = 0;
	int bytes;
	unsigned count = 0;
	UNTIL(is_available(0));
	while ((bytes = take(0, MEBIBYTE, &from)) >= 0)
		fact("%s %u: %d bytes from %llu", what, count++, bytes, (unsigned long long)from);
}

static atomic_bool thread_stops;

static void *send_on(void *argument)
{
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL);
	while (!atomic_load(&thread_stops)) {
		post(me, "x", 1, STEAM_SEND_RELIABLE, 4);
		post(NOBODY, "x", 1, STEAM_SEND_RELIABLE, 4);
	}
	return argument;
}

/* Begins when the shutdown does, so that the reader is woken in the middle of it. */
static void *read_on(void *argument)
{
	static unsigned char data[BLOCK];
	uint64_t from;
	uint32_t bytes;
	while (!atomic_load(&thread_stops) && SteamAPI_ISteamNetworking_AcceptP2PSessionWithUser(NULL, NOBODY))
		;
	while (!atomic_load(&thread_stops))
		SteamAPI_ISteamNetworking_ReadP2PPacket(NULL, data, sizeof data, &bytes, &from, 4);
	return argument;
}

/* With a reader who waits until there is room, whom `read_on` then wakes. */
static void fill_inbox(void)
{
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL);
	for (uint32_t bytes = BLOCK; bytes > 0; bytes /= 2)
		while (post(me, buffer, bytes, STEAM_SEND_RELIABLE, 4))
			;
	fact("cue two packets too many");
	UNTIL(is_available(0));
}

/* As a game whose threads do not know that it ends: Steam is shut down, and started again, while one of them goes on. */
static void come_back_under(void *(*play)(void *), const char *what)
{
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL), from;
	char message[STEAM_MESSAGE_BYTES];
	unsigned same = 0;
	for (int i = 0; i < COMEBACKS; i++) {
		pthread_t thread;
		if (play == read_on)
			fill_inbox();
		atomic_store(&thread_stops, false);
		pthread_create(&thread, NULL, play, NULL);
		sleep_ms(1);
		SteamAPI_Shutdown();
		if (SteamAPI_InitFlat(message) == STEAM_INIT_OK)
			same += SteamAPI_ISteamUser_GetSteamID(NULL) == me;
		else
			fact("did not come back: %s", message);
		atomic_store(&thread_stops, true);
		pthread_join(thread, NULL);
		while (take(4, MEBIBYTE, &from) >= 0)
			;
	}
	fact("came back while a thread %s: %u times", what, same);
}

static void solo(void)
{
	log_in();
	uint64_t me = SteamAPI_ISteamUser_GetSteamID(NULL), from;

	fact("cue packets");
	UNTIL(is_available(3));
	read_all("packet");
	fact("on channel 3: %d bytes", take(3, MEBIBYTE, &from));

	fact("cue callback");
	UNTIL(seen.others > 0);
	fact("callback %d of %d bytes: %u", seen.other_id, seen.other_bytes, seen.other_value);
	for (int i = 1; i <= 3; i++)
		fact("send %d while two are refused: %d", i, post(me, "x", 1, STEAM_SEND_RELIABLE, 0));
	read_all("own");

	seen.others = 0;
	fact("cue many callbacks");
	/* The packet behind them says that all are here, without running any. */
	for (int ms = 0; !is_available(0) && ms < PATIENCE_MS; ms++)
		sleep_ms(1);
	run_callbacks();
	fact("callbacks kept: %u, the last is %u", seen.others, seen.other_value);
	read_all("behind them");

	unsigned blocks = 0;
	while (post(me, buffer, BLOCK, STEAM_SEND_RELIABLE, 0))
		blocks++;
	fact("blocks in a full inbox: %u", blocks);
	fact("cue a packet too many");
	for (unsigned block = 0; block < blocks; block++)
		take(0, MEBIBYTE, &from);
	read_all("when there was room");

	come_back_under(send_on, "sends");
	come_back_under(read_on, "reads");

	post(me, "unread", 6, STEAM_SEND_RELIABLE, 0);
	fact("cue lose");
	UNTIL(seen.disconnected > 0);
	fact("lost: result %d, readable %d, send %d", seen.disconnect_result, is_available(0),
	     post(me, "x", 1, STEAM_SEND_RELIABLE, 0));
	fact("cue restore");
	UNTIL(seen.connected > 0);
	fact("restored: send %d", post(me, "x", 1, STEAM_SEND_RELIABLE, 0));
	seen.disconnected = 0;
	await_the_end(me);
}

int main(int count, char **arguments)
{
	if (count == 3 && strcmp(arguments[1], "alice") == 0)
		alice(arguments[2]);
	else if (count == 2 && strcmp(arguments[1], "bob") == 0)
		bob();
	else if (count == 2 && strcmp(arguments[1], "solo") == 0)
		solo();
	else if (count == 2 && strcmp(arguments[1], "owner") == 0)
		own_a_lobby();
	else if (count == 3 && strcmp(arguments[1], "guest") == 0)
		visit_a_lobby(arguments[2]);
	else
		return 2;
	return 0;
}
