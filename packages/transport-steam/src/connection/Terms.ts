import { Compression } from '../wire/compression.ts';
import { encodeHello, type Hello } from '../wire/hello.ts';
import { compressionCode } from './compressionOptions.ts';
import { fingerprintOf } from './contract.ts';
import type { ResolvedOptions } from './options.ts';

/** What we say of ourselves in a hello, and how it goes together with what a peer says. */
export class Terms {
  readonly #options: ResolvedOptions;
  readonly #personaName: () => string;
  readonly #compression: Compression;

  constructor(
    options: ResolvedOptions,
    personaName: () => string,
    compression: Compression = compressionCode[options.compression.algorithm],
  ) {
    this.#options = options;
    this.#personaName = personaName;
    this.#compression = compression;
  }

  /** With ourselves: what never leaves the process is not made smaller. */
  withSelf(): Terms {
    return new Terms(this.#options, this.#personaName, Compression.None);
  }

  /** Our hello; with `echo`, the answer to that of the peer. */
  hello({ epoch, tag }: { readonly epoch: number; readonly tag: number }, echo: number | undefined): Uint8Array {
    const { maxMessageBytes, contract } = this.#options;
    return encodeHello({
      epoch,
      echo,
      tag,
      maxMessageBytes,
      fingerprint: fingerprintOf(contract),
      compression: this.#compression,
      personaName: this.#personaName(),
    });
  }

  hasOurDefinitions(hello: Hello): boolean {
    return hello.fingerprint === fingerprintOf(this.#options.contract);
  }

  /** What both compress with. */
  compressionWith(hello: Hello): Compression {
    return hello.compression === this.#compression ? this.#compression : Compression.None;
  }
}
