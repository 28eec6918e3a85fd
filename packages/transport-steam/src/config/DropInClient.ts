import { ColyseusSDK } from '@colyseus/sdk';
import { SteamSDK } from '../client/SteamSDK.ts';
import { createClient } from './createClient.ts';
import type { ServerTypes } from './ServerTypes.ts';

/**
 * `Client` of `@colyseus/sdk` for a game that changes no more than the line which imports it: `new Client(endpoint)` is
 * {@link createClient}, and everything else is the SDK's.
 */
export const Client: typeof ColyseusSDK = new Proxy(ColyseusSDK, {
  construct: (SDK, [endpoint, options]: ConstructorParameters<typeof ColyseusSDK>, made) =>
    // A class of the game that extends this one is the SDK's: it cannot be another one underneath.
    made === Client ? createClient(endpoint, options) : Reflect.construct(SDK, [endpoint, options], made),
  get: (SDK, name, receiver) => (name === 'selectByLatency' ? selectByLatency : Reflect.get(SDK, name, receiver)),
});
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults
export type Client<ServerType extends ServerTypes = any, UserData = any> = ColyseusSDK<ServerType, UserData>;

const selectByLatency: typeof ColyseusSDK.selectByLatency = async (endpoints, options, latencyOptions) => {
  const clients = endpoints.map((endpoint) => createClient(endpoint, options));
  const measured = await Promise.allSettled(
    clients.map(async (client) => ({ client, latency: await client.getLatency(latencyOptions) })),
  );
  const answers = measured.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [fastest] = answers.sort((a, b) => a.latency - b.latency);
  for (const client of clients) if (client !== fastest?.client && client instanceof SteamSDK) client.close();
  if (fastest === undefined) throw new Error('All endpoints failed to respond'); // in the SDK's words
  return fastest.client;
};
