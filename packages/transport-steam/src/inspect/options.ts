import type { Inspection } from '../connection/inspection.ts';
import { describe } from '../driver/describe.ts';
import { type LinkConditions, resolveConditions } from '../sim/conditions.ts';

const INTERVAL_MS = { shortest: 50, longest: 10_000 } as const;

/** A simulated Steam whose network the page may change: `HubControl`, or `SimulatedSteam` in the same process. */
export interface InspectorNetwork {
  setConditions(conditions: LinkConditions): Promise<void> | void;
}

/** A button of the page. */
export interface InspectorAction {
  /** What is on the button. It may be another at any time: `plug in` after `unplug`. */
  readonly name: string;
  /**
   * The source that it is about, beside which it stands.
   * @default none: it stands above all
   */
  readonly source?: string;
  /** Called when the button is pressed. Text that it returns is shown; so is the message of what it throws or rejects with. */
  readonly run: () => unknown;
}

/** What {@link serveInspector} takes. */
export interface InspectorOptions {
  /**
   * What is shown, by name: a process, a player. Asked while somebody looks, each again when it has answered: `() => transport.inspect()`, or
   * the last snapshot that another process has sent. What it throws, and an answer that takes longer than a second, is shown above what it said last.
   *
   * Looked at anew each time: sources may be added and deleted while it is served.
   */
  readonly sources: Readonly<Record<string, () => Inspection | Promise<Inspection>>>;
  /**
   * The simulated network: the page has sliders for latency, jitter, loss and bandwidth of all links, which act at once on what is sent from
   * then on. Conditions of a single link, which were set elsewhere, stay.
   * @default none: no sliders
   */
  readonly network?: InspectorNetwork;
  /**
   * What the network is set to at the start. What the sliders do not have (bursts, reorder, duplicates) stays as it is here. Needs `network`.
   * @default nothing is set before a slider moves
   */
  readonly conditions?: LinkConditions;
  /**
   * Buttons. As `sources`, looked at anew each time; what is no action then is told on the page, and left out.
   * @default none
   */
  readonly actions?: readonly InspectorAction[];
  /**
   * Above the page, and in the browser's tab.
   * @default 'Steam network'
   */
  readonly title?: string;
  /**
   * On 127.0.0.1. 0: whichever is free.
   * @default 0
   */
  readonly port?: number;
  /**
   * From one snapshot to the next, 50 to 10 000. Unit: ms.
   * @default 250
   */
  readonly intervalMs?: number;
}

export const defaultInspectorOptions = {
  title: 'Steam network',
  port: 0,
  intervalMs: 250,
} as const satisfies Partial<InspectorOptions>;

/** With its defaults. */
export type ResolvedInspectorOptions = InspectorOptions & Required<Pick<InspectorOptions, keyof typeof defaultInspectorOptions>>;

/** @throws TypeError | RangeError naming the option, the value and what is allowed */
export function resolveInspectorOptions(options: InspectorOptions): ResolvedInspectorOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`serveInspector() needs options, at least { sources }, not ${describe(options)}`);
  const names = ['sources', 'network', 'conditions', 'actions', ...Object.keys(defaultInspectorOptions)];
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw new TypeError(`unknown option ${name}; the options of serveInspector are ${names.join(', ')}`);
  }
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as InspectorOptions;
  const resolved = { ...defaultInspectorOptions, ...given };
  const { sources, network, conditions, actions, title, port, intervalMs } = resolved;
  if (typeof sources !== 'object' || sources === null)
    throw new TypeError(`option sources must be an object of functions, not ${describe(sources)}`);
  for (const [name, source] of Object.entries(sources)) {
    if (typeof source !== 'function') throw new TypeError(`option sources: ${name} must be a function, not ${describe(source)}`);
  }
  if (network !== undefined && typeof network?.setConditions !== 'function')
    throw new TypeError(`option network must have setConditions(), as HubControl has, not ${describe(network)}`);
  if (conditions !== undefined && network === undefined)
    throw new TypeError('option conditions is for a simulated network: it needs option network');
  if (conditions !== undefined) resolveConditions(conditions);
  if (actions !== undefined && !Array.isArray(actions))
    throw new TypeError(`option actions must be an array, not ${describe(actions)}`);
  for (const action of actions ?? []) checkAction(action);
  if (typeof title !== 'string') throw new TypeError(`option title must be a string, not ${describe(title)}`);
  checkInteger('port', port, 0, 65_535);
  checkInteger('intervalMs', intervalMs, INTERVAL_MS.shortest, INTERVAL_MS.longest);
  return resolved;
}

/** Gives it back. @throws TypeError naming what it is instead of an action */
export function checkAction(action: InspectorAction): InspectorAction {
  if (typeof action?.name !== 'string' || typeof action.run !== 'function')
    throw new TypeError(`option actions: each must be { name, run }, with a string and a function, unlike ${describe(action)}`);
  if (action.source !== undefined && typeof action.source !== 'string')
    throw new TypeError(`option actions: source of ${describe(action.name)} must be a string, not ${describe(action.source)}`);
  return action;
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number') throw new TypeError(`option ${name} must be a number, not ${describe(value)}`);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`option ${name} must be a whole number from ${min} to ${max}, not ${value}`);
}
