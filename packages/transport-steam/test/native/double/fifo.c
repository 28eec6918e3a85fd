/*
 * Records of `kind (u32) | length (u32) | body`, little endian, by which a test has things happen that no hub does. A record is
 * 4096 bytes at most, so that a write of one is never cut or mixed with another.
 */
#include "double.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_BYTES = 8, MAX_RECORD_BYTES = PIPE_BUF };

enum record_kind {
	/* `callback (i32) | param` */
	RECORD_CALLBACK = 1,
	/* `from (u64) | channel (u8) | packet` */
	RECORD_PACKET = 2,
	/* `count (u32)` */
	RECORD_REFUSE_SENDS = 3,
	/* The Steam client dies. */
	RECORD_KILL_STEAM = 4,
	/* `type (u8) | body`, as if the hub sent it. */
	RECORD_FRAME = 5,
};

struct record {
	uint32_t kind;
	uint32_t bytes;
	const unsigned char *body;
};

static int descriptor = -1;
static unsigned char buffer[4 * MAX_RECORD_BYTES];
static size_t used;

void fifo_open(const char *path)
{
	/* Opened for writing as well, so that the last writer who leaves is no end of it. */
	descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (descriptor < 0)
		fail("cannot open the FIFO %s: %s", path, strerror(errno));
}

void fifo_close(void)
{
	if (descriptor >= 0)
		close(descriptor);
	descriptor = -1;
	used = 0;
}

int fifo_descriptor(void)
{
	return descriptor;
}

bool fifo_has_room(void)
{
	return used < sizeof buffer;
}

void fifo_receive(void)
{
	ssize_t bytes = read(descriptor, buffer + used, sizeof buffer - used);
	if (bytes > 0)
		used += (size_t)bytes;
}

static void require(const struct record *record, uint32_t bytes)
{
	if (record->bytes < bytes)
		fail("a FIFO record of kind %u has %u bytes, but needs %u", record->kind, record->bytes, bytes);
}

/* False: it has to wait. */
static bool run(const struct record *record)
{
	switch (record->kind) {
	case RECORD_CALLBACK: {
		int32_t id;
		require(record, 4);
		memcpy(&id, record->body, sizeof id);
		callbacks_post(id, record->body + 4, record->bytes - 4, 1);
		return true;
	}
	case RECORD_PACKET: {
		uint64_t from;
		require(record, 9);
		if (!inbox_has_room())
			return false;
		memcpy(&from, record->body, sizeof from);
		inbox_put(from, record->body[8], record->body + 9, record->bytes - 9);
		return true;
	}
	case RECORD_REFUSE_SENDS: {
		uint32_t count;
		require(record, 4);
		memcpy(&count, record->body, sizeof count);
		networking_refuse(count);
		return true;
	}
	case RECORD_KILL_STEAM:
		hub_die();
		return true;
	case RECORD_FRAME:
		require(record, 1);
		if (!hub_take_frame(record->body[0], record->body + 1, record->bytes - 1))
			fail("a FIFO record has a frame of type %u that is cut", record->body[0]);
		return true;
	default:
		fail("a FIFO record of unknown kind %u", record->kind);
	}
}

void fifo_run(void)
{
	size_t done = 0;
	while (used - done >= HEADER_BYTES) {
		struct record record = { .body = buffer + done + HEADER_BYTES };
		memcpy(&record.kind, buffer + done, 4);
		memcpy(&record.bytes, buffer + done + 4, 4);
		if (record.bytes > MAX_RECORD_BYTES - HEADER_BYTES)
			fail("a FIFO record of %u bytes, but %d is the most", record.bytes, MAX_RECORD_BYTES - HEADER_BYTES);
		if (used - done < HEADER_BYTES + record.bytes || !run(&record))
			break;
		done += HEADER_BYTES + record.bytes;
	}
	used -= done;
	memmove(buffer, buffer + done, used);
}
