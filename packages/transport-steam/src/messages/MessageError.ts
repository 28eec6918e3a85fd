/** What a message, or the bytes of one, was refused for: thrown at who sends it, and at who reads it. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  /** Name of the message. */
  readonly type: string;
  /** Path of the field, as `rows[3].score`; empty when it is the payload as a whole. */
  readonly field: string;
  /** What stands there. Undefined when it is bytes that are wrong. */
  readonly value: unknown;

  constructor(type: string, field: string, value: unknown, problem: string) {
    super(`${type}: ${problem}`);
    this.type = type;
    this.field = field;
    this.value = value;
  }
}

/** A fault on its way up from where it was found, gathering its path. Becomes a {@link MessageError} at the top. */
export class Fault extends Error {
  readonly value: unknown;
  /** Follows the path in the message: `must be …, not …`, or what is wrong with the bytes. */
  readonly problem: string;
  #path = '';

  constructor(problem: string, value?: unknown) {
    super(problem);
    this.problem = problem;
    this.value = value;
  }

  /** `value` stands where `due` belongs. */
  static misfit(due: string, value: unknown): Fault {
    return new Fault(`must be ${due}, not ${inWords(value)}`, value);
  }

  under(step: string): this {
    this.#path = this.#path === '' || this.#path.startsWith('[') ? `${step}${this.#path}` : `${step}.${this.#path}`;
    return this;
  }

  toMessageError(type: string): MessageError {
    return new MessageError(type, this.#path, this.value, `${this.#path || 'the payload'} ${this.problem}`);
  }
}

const SHOWN_CHARACTERS = 40;

/** A value as an error shows it: short, whatever it is. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > SHOWN_CHARACTERS
      ? `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}… (${value.length} characters)`
      : JSON.stringify(value);
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
  }
  return String(value);
}
