import type { Snapshot } from '../../src/inspect/messages.ts';

/** What the stream of an inspector says, as a page hears it. Ends it when the loop ends. */
export async function* snapshots(url: string): AsyncGenerator<Snapshot> {
  const stream = new AbortController();
  const response = await fetch(`${url}stream`, { signal: stream.signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
  let text = '';
  try {
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      text += part;
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) if (message.startsWith('data: ')) yield JSON.parse(message.slice(6)) as Snapshot;
    }
  } finally {
    stream.abort();
  }
}

/** The next one, of a stream of its own. */
export async function nextSnapshot(url: string): Promise<Snapshot> {
  for await (const snapshot of snapshots(url)) return snapshot;
  throw new Error('the stream ended');
}
