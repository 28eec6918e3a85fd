import { type Control, decodeControl } from '../wire/control.ts';
import type { Connections } from './Connections.ts';
import type { SessionContext } from './context.ts';
import type { EventDetails, EventName } from './EventLog.ts';
import { refusal } from './failures.ts';
import type { Heartbeat } from './Heartbeat.ts';
import type { Requests } from './Requests.ts';
import type { ConnectionEvents } from './types.ts';

/** What takes the control frames of a session, and what the session does for it. */
export interface ControlReceiverContext extends Pick<SessionContext, 'options' | 'responder' | 'now'> {
  readonly peer: bigint;
  readonly heartbeat: Heartbeat;
  readonly requests: Requests;
  readonly connections: Connections;
  send(control: Control): void;
  log(what: EventName, details?: EventDetails): void;
  countRejected(): void;
}

/** The control frames of one session on their way in: each goes to what it is for. */
export class ControlReceiver {
  readonly #context: ControlReceiverContext;

  constructor(context: ControlReceiverContext) {
    this.#context = context;
  }

  /** False when it cannot be right. */
  receive(payload: Uint8Array, now: number): boolean {
    const { peer, heartbeat, requests, connections, options } = this.#context;
    const control = decodeControl(payload);
    if (control === undefined) return false;
    switch (control.type) {
      case 'ping':
        this.#context.send({ type: 'pong', token: control.token });
        return true;
      case 'pong':
        heartbeat.pong(control.token, now);
        return true;
      case 'pause':
        this.#receivePause(control.ms, now);
        return true;
      case 'request':
        if (control.content.length > options.maxMessageBytes) return false;
        this.#receiveRequest(control.id, control.content);
        return true;
      case 'response':
        return control.content.length <= options.maxMessageBytes && requests.receiveResponse(control.id, control.content);
      case 'requestFailed':
        requests.receiveFailure(control.id, refusal(peer, control.code, control.reason));
        return true;
      case 'open':
        return connections.receiveOpen(control, (...offer) => requests.receiveOffer(...offer));
      default:
        if (!connections.receive(control)) this.#context.countRejected();
        return true;
    }
  }

  #receivePause(ms: number, now: number): void {
    const { heartbeat, log, options } = this.#context;
    const pauseMs = Math.min(ms, options.maxPauseMs);
    heartbeat.excuse(now, pauseMs);
    log(pauseMs > 0 ? 'peer-paused' : 'peer-resumed', pauseMs > 0 ? { reason: `for ${pauseMs} ms at most` } : {});
  }

  #receiveRequest(id: number, content: Uint8Array): void {
    const { connections, requests, responder, now } = this.#context;
    const offer = (target: string, events: ConnectionEvents) => connections.open(target, events, id);
    requests.receiveRequest(id, content, responder, offer, now());
  }
}
