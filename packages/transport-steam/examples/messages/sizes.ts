import { getMessageBytes, Protocol } from '@colyseus/core';
import { messages } from './messages.ts';

export const packets = {
  move: { x: 512.25, y: 288.5 },
  shoot: { angle: 0.5, power: 80 },
  ready: undefined,
  chat: { text: 'gg, one more?' },
  score: { rows: ['Ann', 'Bob', 'Cleo', 'Dan'].map((name, i) => ({ name, points: 400 - 70 * i })) },
};

for (const [name, payload] of Object.entries(packets)) {
  const undeclared = getMessageBytes.raw(Protocol.ROOM_DATA, name, payload).length; // what Colyseus sends
  const declared = 1 + messages.get(name)!.encode(payload).length; // one byte says which message it is
  console.log(`${name}: ${undeclared} bytes undeclared, ${declared} declared`);
}
