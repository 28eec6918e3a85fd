// The demo, on the real addon of steamworks.js and the test double of Valve's library: what main.ts starts inherits the environment.
import { doubleEnvironment } from '../../transport-steam/test/native/double.ts';

const name = process.env.STEAM_HUB ?? `demo-${process.pid}`;
Object.assign(process.env, doubleEnvironment({ hub: { name } }), { STEAM_DRIVER: 'steamworks' });
await import('../src/main.ts');
