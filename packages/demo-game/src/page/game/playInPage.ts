import type { Room } from '@colyseus/sdk';
import type { ArenaRoom } from '../../shared/ArenaRoom.ts';
import type { Point } from '../../shared/arena.ts';
import type { Arena } from '../../shared/state.ts';
import './game.css';
import { Chat } from './Chat.ts';
import { Controls } from './Controls.ts';
import { FrameMeter } from './FrameMeter.ts';
import { Hud } from './Hud.ts';
import { Match } from './Match.ts';
import { make } from './make.ts';
import { Painter } from './Painter.ts';
import { Pilot } from './Pilot.ts';
import { Stage } from './Stage.ts';
import { Thumbs } from './Thumbs.ts';

export interface PlayOptions {
  /** A bot plays. @default false */
  readonly bot?: boolean;
  /** The player has taken over from the bot, by a key of the game, a click into it or a gamepad. */
  readonly onTaken?: () => void;
  /** The player is out of the room: code and reason of `room.onLeave`. The view goes on showing what was seen last. */
  readonly onEnd?: (code: number, reason?: string) => void;
}

export interface GameView {
  /** Whether a bot plays in the place of keys, mouse, gamepad and touch. */
  bot: boolean;
  /** What a frame takes of the page's script time: the median of the last 120. Unit: ms. */
  readonly frameMs: number;
  /** Where the player is shown. Undefined: a spectator, or before the first state. */
  readonly self: Point | undefined;
  /** All players, as they are shown. */
  readonly players: readonly (Point & { readonly id: string; readonly name: string; readonly score: number })[];
  /** Shows no more, and leaves `element` as it was. The room is not left. */
  stop(): void;
}

/** The game, in `element`, which it fills, and whose keys it takes while it has the focus. */
export function playInPage(room: Room<ArenaRoom, Arena>, element: HTMLElement, options: PlayOptions = {}): GameView {
  const root = make(element, 'div', 'game');
  const scores = make(root, 'ol', 'scores');
  const field = make(root, 'div', 'field');
  field.tabIndex = 0;
  const stopped = new AbortController();

  const match = new Match(room);
  const painter = new Painter(field);
  const controls = new Controls(field, () => pilot.take());
  const thumbs = new Thumbs(field);
  const hud = new Hud(room, field, scores);
  const chat = new Chat(room, field, stopped.signal);
  const stage = new Stage(match);
  const pilot = new Pilot(match, controls, painter, () => options.onTaken?.());
  const meter = new FrameMeter();
  pilot.bot = options.bot ?? false;

  const subscriptions = [
    room.onMessage('chat', (said) => chat.show(said)),
    room.onMessage('hit', (hit) => {
      stage.hit(hit);
      if (hit.froze) hud.froze(room.state.players.get(hit.by), room.state.players.get(hit.to));
    }),
  ];
  room.onDrop(() => {
    hud.badge = 'Connection lost. Reconnecting …';
  });
  room.onReconnect(() => {
    hud.badge = '';
  });
  room.onLeave((code, reason) => {
    hud.badge = 'Not connected';
    if (!stopped.signal.aborted) options.onEnd?.(code, reason);
  });

  let next = requestAnimationFrame(frame);
  function frame(now: number): void {
    next = requestAnimationFrame(frame);
    meter.measure(() => {
      if (room.state.players === undefined) return; // before the first state
      match.frame(now, () => pilot.steer());
      painter.draw(stage.scene(now, pilot.aim));
      hud.update(match.time, match.predicted?.snow, pilot.isNew);
      thumbs.show(controls.stick);
    });
  }

  return {
    get bot() {
      return pilot.bot;
    },
    set bot(bot) {
      pilot.bot = bot;
    },
    get frameMs() {
      return meter.medianMs;
    },
    get self() {
      return stage.actors.find(({ isSelf }) => isSelf);
    },
    get players() {
      return stage.actors.map(({ id, x, y, player: { name, score } }) => ({ id, x, y, name, score }));
    },
    stop() {
      if (stopped.signal.aborted) return;
      stopped.abort();
      cancelAnimationFrame(next);
      for (const unsubscribe of subscriptions) unsubscribe();
      controls.stop();
      painter.stop();
      match.dispose();
      root.remove();
    },
  };
}
