/** Returns `value`, or throws a RangeError that names the field, the value and the bound. */
export function checkNumber(field: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    const bound = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `from ${min} to ${max}`;
    throw new RangeError(`${field} is ${String(value)}, but must be a number ${bound}`);
  }
  return value;
}

/** Throws a TypeError that names the first field of `given` that `known` does not have. */
export function checkFields(what: string, given: object, known: object): void {
  for (const field of Object.keys(given)) {
    if (!(field in known)) {
      throw new TypeError(`${what} has no field '${field}'; it has ${Object.keys(known).join(', ')}`);
    }
  }
}
