#include "connection.h"
#include "double.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are little endian, and so are the copies made here");

enum {
	HEADER_BYTES = 5,
	MAX_FRAME_BYTES = 1048576 + 64,
	BUFFER_BYTES = 4 + MAX_FRAME_BYTES,
	/* Largest head of a frame that is written here: a hello. */
	MAX_HEAD_BYTES = 10,
};

/* A hub may have to wait for a processor, but one that does not read or answer for so long is none. Unit: ms. */
enum { PATIENCE_MS = 15000 };
/* What the hub may take to hang up after a goodbye. Unit: ms. */
enum { GOODBYE_MS = 2000 };

/* Whole frames go out one after the other, from any thread. Also guards `connection` and `said_goodbye`. */
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;
static int connection = -1;
/* Nothing follows it: a thread that is late would end the wait for the hub's own goodbye. */
static bool said_goodbye;

static struct {
	unsigned char *bytes;
	size_t start;
	size_t end;
} received;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether `descriptor` is ready for `events`, or at its end, before `deadline`. */
static bool wait_until(int descriptor, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd one = { .fd = descriptor, .events = events };
		int ready = poll(&one, 1, left > 0 ? (int)left : 0);
		if (ready > 0)
			return true;
		if (ready == 0 || errno != EINTR)
			return false;
	}
}

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	if (length == 0 || length >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, length);
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return -1;
	while (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
		if (errno == EINTR)
			continue;
		close(descriptor);
		return -1;
	}
	return descriptor;
}

bool connection_open(const char *path)
{
	int descriptor = dial(path);
	if (descriptor < 0)
		return false;
	pthread_mutex_lock(&write_lock);
	connection = descriptor;
	said_goodbye = false;
	pthread_mutex_unlock(&write_lock);
	received.start = received.end = 0;
	received.bytes = malloc(BUFFER_BYTES);
	if (received.bytes == NULL)
		fail("no memory to receive in");
	return true;
}

int connection_descriptor(void)
{
	return connection;
}

bool connection_receive(void)
{
	memmove(received.bytes, received.bytes + received.start, received.end - received.start);
	received.end -= received.start;
	received.start = 0;
	ssize_t bytes = recv(connection, received.bytes + received.end, BUFFER_BYTES - received.end, MSG_DONTWAIT);
	if (bytes < 0)
		return errno == EINTR || errno == EAGAIN;
	received.end += (size_t)bytes;
	return bytes > 0;
}

enum next_frame connection_next_frame(struct frame *frame)
{
	size_t bytes = received.end - received.start;
	const unsigned char *start = received.bytes + received.start;
	uint32_t length;
	if (bytes < HEADER_BYTES)
		return FRAME_NOT_YET;
	memcpy(&length, start, sizeof length);
	if (length < 1 || length > MAX_FRAME_BYTES)
		return FRAME_BROKEN;
	if (bytes < 4 + (size_t)length)
		return FRAME_NOT_YET;
	*frame = (struct frame){ .type = start[4], .bytes = length - 1, .body = start + HEADER_BYTES };
	received.start += 4 + (size_t)length;
	return FRAME_WHOLE;
}

enum next_frame connection_await_frame(struct frame *frame)
{
	enum next_frame next;
	int64_t deadline = now_ms() + PATIENCE_MS;
	while ((next = connection_next_frame(frame)) == FRAME_NOT_YET) {
		if (!wait_until(connection, POLLIN, deadline) || !connection_receive())
			break;
	}
	return next;
}

/* Writes all of `message`, which it changes. False: it cannot be written. */
static bool write_all(struct msghdr *message)
{
	int64_t deadline = 0;
	while (message->msg_iovlen > 0) {
		ssize_t written = sendmsg(connection, message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (written < 0 && errno == EAGAIN) {
			/* The hub reads whatever its clients do, so this is short; the reader's thread goes on meanwhile. */
			if (deadline == 0)
				deadline = now_ms() + PATIENCE_MS;
			if (!wait_until(connection, POLLOUT, deadline))
				return false;
			continue;
		}
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		size_t left = (size_t)written;
		while (message->msg_iovlen > 0 && left >= message->msg_iov->iov_len) {
			left -= message->msg_iov->iov_len;
			message->msg_iov++;
			message->msg_iovlen--;
		}
		if (message->msg_iovlen > 0) {
			message->msg_iov->iov_base = (unsigned char *)message->msg_iov->iov_base + left;
			message->msg_iov->iov_len -= left;
		}
	}
	return true;
}

bool hub_write(enum hub_request type, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
	unsigned char start[HEADER_BYTES + MAX_HEAD_BYTES];
	uint32_t length = (uint32_t)(1 + head_bytes + body_bytes);
	memcpy(start, &length, sizeof length);
	start[4] = (unsigned char)type;
	if (head_bytes > 0)
		memcpy(start + HEADER_BYTES, head, head_bytes);
	/* sendmsg() takes no pointer to const, and writes to none. */
	struct iovec parts[2] = { { start, HEADER_BYTES + head_bytes }, { (void *)(uintptr_t)body, body_bytes } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = body_bytes > 0 ? 2 : 1 };

	pthread_mutex_lock(&write_lock);
	bool open = connection >= 0 && !said_goodbye;
	bool written = open && write_all(&message);
	/* After a part of a frame no other can follow. */
	if (open && !written)
		shutdown(connection, SHUT_RDWR);
	said_goodbye = said_goodbye || type == HUB_BYE;
	pthread_mutex_unlock(&write_lock);
	return written;
}

void connection_hang_up(void)
{
	shutdown(connection, SHUT_RDWR);
}

void connection_drain(void)
{
	shutdown(connection, SHUT_WR);
	int64_t deadline = now_ms() + GOODBYE_MS;
	while (wait_until(connection, POLLIN, deadline)) {
		received.start = received.end;
		if (!connection_receive())
			break;
	}
}

void connection_close(void)
{
	pthread_mutex_lock(&write_lock);
	close(connection);
	connection = -1;
	pthread_mutex_unlock(&write_lock);
	free(received.bytes);
	received.bytes = NULL;
}
