/*
 * The socket to the hub, in frames of `length (u32) | type (u8) | body`, little endian, `length` counting type and body. Frames are
 * received by one thread at a time, and written by any.
 */
#ifndef STEAM_DOUBLE_CONNECTION_H
#define STEAM_DOUBLE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

struct frame {
	uint8_t type;
	uint32_t bytes;
	/* Until more is received. */
	const unsigned char *body;
};

enum next_frame { FRAME_WHOLE, FRAME_NOT_YET, FRAME_BROKEN };

/* False: nobody listens there. */
bool connection_open(const char *path);
int connection_descriptor(void);
/* Takes what has come without waiting. False: nothing will come any more. */
bool connection_receive(void);
/* The next of what was received. FRAME_BROKEN: these are no frames. */
enum next_frame connection_next_frame(struct frame *frame);
/* Waits for one. FRAME_NOT_YET: it did not come, or the hub hung up. */
enum next_frame connection_await_frame(struct frame *frame);
/* Ends it both ways; the descriptor stays until connection_close. */
void connection_hang_up(void);
/* Says that nothing more is sent, and throws away what still comes until the hub hangs up too. */
void connection_drain(void);
void connection_close(void);

#endif
