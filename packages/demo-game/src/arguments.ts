import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run demo [-- options]

  (none)             in a browser: three Steam users on a simulated Steam
  --websocket        the same game over WebSocket
  --steam            one player, on Steam itself: needs a Steam client that is logged in. More players on other machines
  --headless         in the terminal: a match that plays itself

  --port <number>    of the page; else whichever is free
  --no-open          only prints the address of the page
  --help             prints this`;

export interface Arguments {
  readonly isHeadless: boolean;
  readonly carrier: 'simulated' | 'steam' | 'websocket';
  /** 0: whichever is free. */
  readonly port: number;
  /** Whether to open the page. */
  readonly opens: boolean;
  /** With what Steam starts a game: `+connect_lobby` and an id. */
  readonly ofSteam: readonly string[];
}

/** @throws Error saying which argument is wrong */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      headless: { type: 'boolean' },
      websocket: { type: 'boolean' },
      steam: { type: 'boolean' },
      port: { type: 'string' },
      'no-open': { type: 'boolean' },
    },
  });
  const { headless = false, websocket = false, steam = false, port = '0' } = values;
  const modes = [...(headless ? ['--headless'] : []), ...(websocket ? ['--websocket'] : []), ...(steam ? ['--steam'] : [])];
  if (modes.length > 1) throw new Error(`${modes.join(' and ')} exclude each other`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error(`--port must be from 0 to 65535, not ${port}`);
  if (headless && values.port !== undefined) throw new Error('--headless has no page that --port could be of');
  if (steam && positionals[0] === '+connect_lobby' && positionals.length === 1)
    throw new Error('+connect_lobby needs the id of a lobby');
  const ofSteam = steam && positionals[0] === '+connect_lobby' && positionals.length === 2 ? positionals : [];
  const [unknown] = positionals.slice(ofSteam.length);
  if (unknown !== undefined) throw new Error(`unknown argument ${unknown}`);
  const carrier = steam ? 'steam' : websocket ? 'websocket' : 'simulated';
  return { isHeadless: headless, carrier, port: Number(port), opens: !values['no-open'], ofSteam };
}
