import type { Room } from '@colyseus/sdk';
import type { ArenaRoom } from './shared/ArenaRoom.ts';
import { brain } from './shared/brain.ts';
import { ballPlace } from './shared/flight.ts';
import { STEP_RATE } from './shared/move.ts';
import { type Arena, SteeringInput } from './shared/state.ts';
import type { Stage } from './stage/Stage.ts';
import type { Link, Sight } from './stage/words.ts';

/** How often the director is told what is seen here. Unit: ms. */
const STATUS_MS = 200;

/** Plays as a bot until the director says that it is time to leave. It knows nothing of the transport. */
export async function play(room: Room<ArenaRoom, Arena>, stage: Stage, links: () => readonly Link[]): Promise<void> {
  await new Promise<void>((resolve) => {
    room.onStateChange.once(() => resolve());
  });
  stage.report({ report: 'joined', sessionId: room.sessionId, afterMs: performance.now() - stage.orderedAt });

  const input = room.input({ type: SteeringInput, mode: 'unreliable', historySize: 4 });
  const bot = brain(stage.part.seed);
  let isStanding = false;

  const steps = setInterval(() => {
    const steering = bot(room.state, room.sessionId);
    Object.assign(input.data, isStanding ? { ...steering, dx: 0, dy: 0, hold: false } : steering);
    input.send();
  }, 1000 / STEP_RATE);
  const statuses = setInterval(() => stage.report({ report: 'status', sight: sightOf(room.state), links: links() }), STATUS_MS);

  room.onMessage('chat', ({ from, text }) => stage.report({ report: 'heard', from, text }));
  room.onMessage('hit', () => {}); // the scores tell
  room.onDrop(() => stage.report({ report: 'dropped' }));
  room.onReconnect(() => stage.report({ report: 'back', sessionId: room.sessionId }));
  stage.on('say', ({ text }) => room.send('say', { text }));
  stage.on('stand', () => {
    isStanding = true;
  });

  const left = new Promise<number>((resolve) => {
    room.onLeave(resolve);
  });
  stage.on('leave', () => void room.leave());
  stage.report({ report: 'left', code: await left });
  clearInterval(steps);
  clearInterval(statuses);
}

function sightOf(state: Arena): Sight {
  return {
    players: [...state.players.values()].map(({ name, steamId, x, y, score, frozen, connected }) => ({
      name,
      steamId,
      x,
      y,
      score,
      frozen,
      connected,
    })),
    balls: [...state.balls.values()].map((ball) => ballPlace(ball, state.time - ball.born)),
    heaps: [...state.heaps].map(({ x, y }) => ({ x, y })),
    round: state.round,
  };
}
