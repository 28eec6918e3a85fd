import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Manifest, readManifest } from './manifest.ts';

/** The nearest folder with a package.json. */
export interface Home {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Those of a project, each read once. Folders are paths from that of the project, which is ''. */
export class Manifests {
  readonly #folder: string;
  readonly #read = new Map<string, Promise<Manifest | undefined>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  in(folder: string): Promise<Manifest | undefined> {
    const present = this.#read.get(folder);
    if (present !== undefined) return present;
    const file = join(this.#folder, folder, 'package.json');
    const read = existsSync(file) ? readManifest(readFileSync(file, 'utf8')) : Promise.resolve(undefined);
    this.#read.set(folder, read);
    return read;
  }

  async homeOf(file: string): Promise<Home> {
    for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder)) {
      const manifest = await this.in(folder);
      if (manifest !== undefined) return { folder, manifest };
    }
    return { folder: '', manifest: (await this.in('')) as Manifest };
  }
}
