#include "double.h"
#include "steam.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Public universe, individual account, desktop instance, account 0. */
#define STEAM_ID_BASE UINT64_C(76561197960265728)

/* Users that a process may ever have sent to; far more than the 250 of a lobby. */
enum { MOST_ACCOUNTS = 4096 };

/* What was sent to one peer, and what the hub said has left its queue. Both only grow. */
struct account {
	uint64_t peer;
	double sent;
	double released;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Never freed: a thread may have asked whether there is a Steam before it was shut down, and come here after. */
static struct account accounts[MOST_ACCOUNTS];
static size_t account_count;
static double queue_limit_bytes;
static atomic_uint channels;
static atomic_uint refusals;

static bool is_individual(uint64_t id)
{
	return id > STEAM_ID_BASE && id - STEAM_ID_BASE <= UINT32_MAX;
}

static struct account *find_account(uint64_t peer)
{
	for (size_t i = 0; i < account_count; i++) {
		if (accounts[i].peer == peer)
			return &accounts[i];
	}
	return NULL;
}

static struct account *open_account(uint64_t peer)
{
	struct account *account = find_account(peer);
	if (account != NULL || account_count == MOST_ACCOUNTS)
		return account;
	account = &accounts[account_count++];
	*account = (struct account){ .peer = peer };
	return account;
}

/* Counts what is on its way to the hub as well, so that the hub never has to refuse what was taken here with true. */
static bool takes(uint64_t peer, uint32_t bytes)
{
	pthread_mutex_lock(&lock);
	struct account *account = open_account(peer);
	bool room = account != NULL && account->sent - account->released + bytes <= queue_limit_bytes;
	if (room)
		account->sent += bytes;
	pthread_mutex_unlock(&lock);
	return room;
}

static bool is_refused(void)
{
	unsigned left = atomic_load(&refusals);
	while (left > 0 && !atomic_compare_exchange_weak(&refusals, &left, left - 1))
		;
	return left > 0;
}

void networking_open(const struct hub_welcome *welcome)
{
	pthread_mutex_lock(&lock);
	account_count = 0;
	queue_limit_bytes = welcome->queue_limit_bytes;
	pthread_mutex_unlock(&lock);
	atomic_store(&channels, welcome->channels);
	atomic_store(&refusals, 0);
}

void networking_released(uint64_t peer, double bytes)
{
	pthread_mutex_lock(&lock);
	struct account *account = find_account(peer);
	if (account != NULL)
		account->released = bytes;
	pthread_mutex_unlock(&lock);
}

void networking_refuse(uint32_t count)
{
	atomic_store(&refusals, count);
}

bool SteamAPI_ISteamNetworking_SendP2PPacket(void *self, uint64_t remote, const void *data, uint32_t bytes, int send_type,
					     int channel)
{
	(void)self;
	if (!hub_is_online() || !is_individual(remote))
		return false;
	if (send_type < STEAM_SEND_UNRELIABLE || send_type > STEAM_SEND_RELIABLE_WITH_BUFFERING)
		return false;
	uint32_t limit = send_type >= STEAM_SEND_RELIABLE ? STEAM_RELIABLE_BYTES : STEAM_UNRELIABLE_BYTES;
	if (bytes > limit || channel < 0 || (unsigned)channel >= atomic_load(&channels) || is_refused())
		return false;
	/* To oneself without the hub: a loop in which a benchmark measures the binding and nothing else. */
	if (remote == client_steam_id())
		return inbox_offer(remote, (uint8_t)channel, data, bytes);
	/* Steam carries empty packets, the hub does not: a test puts one in through the FIFO. */
	if (bytes == 0 || !takes(remote, bytes))
		return false;
	unsigned char head[10];
	memcpy(head, &remote, 8);
	head[8] = (unsigned char)send_type;
	head[9] = (unsigned char)channel;
	return hub_write(HUB_SEND, head, sizeof head, data, bytes);
}

bool SteamAPI_ISteamNetworking_IsP2PPacketAvailable(void *self, uint32_t *bytes, int channel)
{
	(void)self;
	return inbox_peek(channel, bytes);
}

bool SteamAPI_ISteamNetworking_ReadP2PPacket(void *self, void *data, uint32_t data_bytes, uint32_t *bytes, uint64_t *remote,
					     int channel)
{
	(void)self;
	return inbox_take(channel, data, data_bytes, bytes, remote);
}

bool SteamAPI_ISteamNetworking_AcceptP2PSessionWithUser(void *self, uint64_t remote)
{
	(void)self;
	return hub_is_online() && is_individual(remote) && hub_write(HUB_ACCEPT_SESSION, &remote, sizeof remote, NULL, 0);
}
