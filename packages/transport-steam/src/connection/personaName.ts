/** Of a name that is shown, in characters. Steam's own have at most 32. */
const MAX_CHARACTERS = 64;

/**
 * Control characters, what turns the direction of the text around it, what nobody sees, and halves of surrogate pairs. The two joiners
 * stay: Persian and emoji are written with them.
 */
const UNFIT = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu;

const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** What a peer calls himself, fit to be shown on one line; undefined when nothing is left of it. His word, and never who he is. */
export function cleanPersonaName(text: string): string | undefined {
  const line = text.replaceAll(/\s/gu, ' ').replaceAll(UNFIT, '').replaceAll(/ +/g, ' ').trim();
  const name = Array.from(line).slice(0, MAX_CHARACTERS).join('').trim();
  return VISIBLE.test(name) ? name : undefined;
}
