// The demo, on the real addon of steamworks.js and the test double of Valve's library: what main.ts starts inherits the environment.
import { doubleEnvironment } from '../../transport-steam/test/native/double.ts';

Object.assign(process.env, doubleEnvironment({ hub: { name: `demo-${process.pid}` } }), { STEAM_DRIVER: 'steamworks' });
await import('../src/main.ts');
