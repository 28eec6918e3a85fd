import type { ChannelTraffic, PeerStats } from './types.ts';

const PREFIX = 'colyseus_steam_';

type Labels = readonly (readonly [name: string, value: string])[];
type Labelled<T> = readonly (readonly [labels: Labels, of: T])[];

interface Metric<T> {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Undefined: not known yet. */
  value(of: T): number | undefined;
}

const ofPeer: readonly Metric<PeerStats>[] = [
  gauge('established', '1 when the peer has said hello, 0 before', ({ state }) => (state === 'established' ? 1 : 0)),
  gauge('connections', 'Connections to the peer', ({ connections }) => connections),
  gauge('rtt_seconds', 'Smoothed round trip of the reliable stream', ({ rttMs }) => (rttMs < 0 ? undefined : rttMs / 1_000)),
  gauge('jitter_seconds', 'Smoothed variation of the round trip', ({ rttMs, jitterMs }) =>
    rttMs < 0 ? undefined : jitterMs / 1_000,
  ),
  gauge('loss_ratio', 'Smoothed share of unreliable packets from the peer that do not arrive', ({ loss }) =>
    loss < 0 ? undefined : loss,
  ),
  gauge('queued_bytes', 'Reliable bytes that Steam has not taken', ({ queuedBytes }) => queuedBytes),
  gauge('queued_unreliable', 'Unreliable packets and latest messages that Steam has not taken', (peer) => peer.queuedUnreliable),
  gauge('held_bytes', 'Bytes of messages of which parts are still to come', ({ heldBytes }) => heldBytes),
  counter('sent_packets_total', 'Packets given to Steam', ({ sent }) => sent.packets),
  counter('sent_bytes_total', 'Bytes of packets given to Steam', ({ sent }) => sent.bytes),
  counter('received_packets_total', 'Packets from Steam', ({ received }) => received.packets),
  counter('received_bytes_total', 'Bytes of packets from Steam', ({ received }) => received.bytes),
  counter(
    'dropped_total',
    'Unreliable packets thrown away for want of room, and messages that came too late',
    (peer) => peer.dropped,
  ),
  counter('replaced_total', 'Messages that a newer one replaced before they went', ({ replaced }) => replaced),
  counter('retries_total', 'Sends that Steam refused, and that were tried again', ({ retries }) => retries),
  counter(
    'rejected_total',
    'What was refused: stale or malformed packets, and requests beyond the limits',
    ({ rejected }) => rejected,
  ),
];

const ofTraffic: readonly Metric<ChannelTraffic>[] = [
  counter('sent_messages_total', 'Messages sent', ({ sent }) => sent.messages),
  counter('sent_packets_total', 'Frames of messages sent', ({ sent }) => sent.packets),
  counter('sent_bytes_total', 'Bytes of messages sent', ({ sent }) => sent.bytes),
  counter('received_messages_total', 'Messages received', ({ received }) => received.messages),
  counter('received_packets_total', 'Frames of messages received', ({ received }) => received.packets),
  counter('received_bytes_total', 'Bytes of messages received', ({ received }) => received.bytes),
  counter('dropped_total', 'Frames thrown away for want of room, and messages that came too late', ({ dropped }) => dropped),
  counter('replaced_total', 'Messages that a newer one replaced before they went', ({ replaced }) => replaced),
  counter('retries_total', 'Sends that Steam refused, and that were tried again', ({ retries }) => retries),
];

/**
 * Statistics in the text format of Prometheus 0.0.4, for a `/metrics` page: `prometheusText(endpoint.stats())`.
 *
 * Labels: `peer`, a SteamID; `channel` and `type` for what is counted by channel and by type of message. A player at his own host has two
 * ends with one SteamID: the second one is told by `end="2"`.
 */
export function prometheusText(stats: readonly PeerStats[]): string {
  const peers = labelled(stats);
  return [
    ...ofPeer.map((metric) => family(metric, '', `${metric.help}.`, peers)),
    ...familiesOf('channel', 'by channel', peers, ({ channels }) => channels),
    ...familiesOf('type', 'by type', peers, ({ types }) => types),
  ].join('');
}

function familiesOf(
  label: 'channel' | 'type',
  words: string,
  peers: Labelled<PeerStats>,
  rowsOf: (peer: PeerStats) => Readonly<Record<string, ChannelTraffic>>,
): string[] {
  const rows = peers.flatMap(([labels, peer]) =>
    Object.entries(rowsOf(peer)).map(([name, row]): [Labels, ChannelTraffic] => [[...labels, [label, name]], row]),
  );
  return ofTraffic.map((metric) => family(metric, `${label}_`, `${metric.help}, ${words}.`, rows));
}

function labelled(stats: readonly PeerStats[]): Labelled<PeerStats> {
  const seen = new Map<bigint, number>();
  return stats.map((peer) => {
    const end = (seen.get(peer.peer) ?? 0) + 1;
    seen.set(peer.peer, end);
    const label = ['peer', String(peer.peer)] as const;
    return [end === 1 ? [label] : [label, ['end', String(end)]], peer];
  });
}

/** Nothing at all for a metric without a sample. */
function family<T>(metric: Metric<T>, infix: string, help: string, rows: Labelled<T>): string {
  const name = `${PREFIX}${infix}${metric.name}`;
  const lines = rows.flatMap(([labels, row]) => {
    const value = metric.value(row);
    return value === undefined ? [] : `${name}{${labels.map(text).join(',')}} ${value}\n`;
  });
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help}\n# TYPE ${name} ${metric.type}\n${lines.join('')}`;
}

/** Backslash, quote and line feed are what the format escapes in a value. */
function text([name, value]: readonly [string, string]): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `${name}="${escaped}"`;
}

function gauge<T>(name: string, help: string, value: Metric<T>['value']): Metric<T> {
  return { name, type: 'gauge', help, value };
}

function counter<T>(name: string, help: string, value: Metric<T>['value']): Metric<T> {
  return { name, type: 'counter', help, value };
}
