import { styleText } from 'node:util';

export type Format = Parameters<typeof styleText>[0];

/** Gives text a colour, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string;

export const plainPaint: Paint = (_, text) => text;

/** As the stream can, and as `NO_COLOR` and `FORCE_COLOR` say. */
export function paintFor(stream: { hasColors?(): boolean }): Paint {
  if (!stream.hasColors?.()) return plainPaint;
  return (format, text) => styleText(format, text, { validateStream: false });
}

const colours = ['green', 'cyan', 'magenta', 'yellow', 'blue'] as const;

/** Everybody's own colour, by his place on the bill. */
export function colourOf(cast: readonly { readonly name: string }[], name: string): Format {
  const index = cast.findIndex((one) => one.name === name);
  return colours[index % colours.length] ?? 'white';
}
