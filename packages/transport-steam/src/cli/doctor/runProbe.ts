import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  PROBE_FD,
  type ProbeFailure,
  type ProbeLine,
  type ProbeOutcome,
  type ProbeRequest,
  type ProbeStep,
} from './probeProtocol.ts';

/** For all of its steps. Steam that is only just starting takes its time. Unit: ms. */
const PROBE_TIMEOUT_MS = 20_000;
/** From the end of the probe to the end of its output, at most. Unit: ms. */
const DRAIN_MS = 500;
/** Of what Steam writes to stderr. Unit: characters. */
const LAST_WORDS = 2_000;
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ProbeOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly request: ProbeRequest;
  /** The program, for tests. */
  readonly program?: string;
  readonly timeoutMs?: number;
}

/** Runs the probe and returns what it learnt, however it ends. Never rejects, and never takes much longer than `timeoutMs`. */
export function runProbe(options: ProbeOptions): Promise<ProbeOutcome> {
  const { cwd, env, request, program = probeFile(), timeoutMs = PROBE_TIMEOUT_MS } = options;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, JSON.stringify(request)], {
      cwd,
      env: { ...env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const untie = endWithUs(child);
    const lines = textOf(child, PROBE_FD);
    const noise = textOf(child, 2);
    let finish = (end: string): void => {
      finish = () => {};
      clearTimeout(timer);
      untie();
      resolve({ ...fold(lines()), end, lastWords: noise().trim().slice(-LAST_WORDS) });
    };
    const hangUp = (end: string): void => {
      for (const stream of child.stdio) stream?.destroy();
      child.unref();
      finish(end);
    };
    const timer = setTimeout(() => {
      // It may be stuck in the system, where nothing ends it: its end is not waited for.
      child.kill('SIGKILL');
      hangUp(`did not answer for ${timeoutMs / 1000} s`);
    }, timeoutMs);
    child.on('error', (error) => finish(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => finish(endOf(code, signal)));
    // What Steam starts from inside may hold the pipes open.
    child.on('exit', (code, signal) => setTimeout(() => hangUp(endOf(code, signal)), DRAIN_MS).unref());
  });
}

/** A step that hangs would go on for ever, at full load, when somebody ends us. Returns how to stop that. */
function endWithUs(child: ChildProcess): () => void {
  const end = (): void => void child.kill('SIGKILL');
  const endBoth = (signal: NodeJS.Signals): void => {
    end();
    untie();
    process.kill(process.pid, signal); // now it ends us, as it would have
  };
  const untie = (): void => {
    process.off('exit', end);
    for (const signal of ENDING_SIGNALS) process.off(signal, endBoth);
  };
  process.on('exit', end);
  for (const signal of ENDING_SIGNALS) process.on(signal, endBoth);
  return untie;
}

/** The program beside this file, in the same form: TypeScript source, ES module or CommonJS. */
function probeFile(): string {
  const self = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`./probe${extname(self)}`, import.meta.url));
}

/** What comes from a file of the child, so far. */
function textOf(child: ChildProcess, fd: number): () => string {
  const chunks: Buffer[] = [];
  child.stdio[fd]?.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {}); // 'close' follows
  return () => Buffer.concat(chunks).toString();
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `was ended by ${signal}`;
  // Windows has no signals: what ends a process there is a number such as 0xC0000409.
  return `ended with exit code ${code !== null && code > 255 ? `0x${code.toString(16).toUpperCase()}` : code}`;
}

function fold(text: string): Pick<ProbeOutcome, 'results' | 'failures' | 'unfinished'> {
  const results: Record<string, unknown> = {};
  const failures: Partial<Record<ProbeStep, ProbeFailure>> = {};
  let unfinished: ProbeStep | undefined = 'load'; // which comes first, also for a program that cannot even start
  for (const said of text.split('\n').slice(0, -1).flatMap(parse)) {
    if ('trying' in said) unfinished = said.trying;
    if ('done' in said) results[said.done] = said.result;
    if ('failed' in said) failures[said.failed] = said.failure;
    if ('finished' in said) unfinished = undefined;
  }
  return { results, failures, unfinished };
}

/** Nothing for a line that the probe did not write: libraries in its process may write anywhere. */
function parse(line: string): ProbeLine[] {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? [said as ProbeLine] : [];
  } catch {
    return [];
  }
}
