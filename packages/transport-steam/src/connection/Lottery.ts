/**
 * Users of whom not all can have their turn. Who comes when it is full takes the place of one who is drawn out, and who has his turn is drawn as
 * well: neither the first nor the loudest is better off.
 */
export class Lottery {
  readonly #max: number;
  readonly #random: () => number;
  readonly #users: bigint[] = [];
  readonly #placeOf = new Map<bigint, number>();

  /** `random`: from 0 to 1, as `Math.random`. */
  constructor(max: number, random: () => number) {
    this.#max = max;
    this.#random = random;
  }

  get size(): number {
    return this.#users.length;
  }

  has(user: bigint): boolean {
    return this.#placeOf.has(user);
  }

  /** False when another one has lost his place over it. */
  add(user: bigint): boolean {
    if (this.#placeOf.has(user)) return true;
    const hadRoom = this.#users.length < this.#max;
    if (!hadRoom) this.draw();
    this.#placeOf.set(user, this.#users.push(user) - 1);
    return hadRoom;
  }

  /** Takes one out, whoever it is. */
  draw(): bigint | undefined {
    const drawn = this.#users[Math.floor(this.#random() * this.#users.length)];
    if (drawn !== undefined) this.delete(drawn);
    return drawn;
  }

  delete(user: bigint): void {
    const place = this.#placeOf.get(user);
    if (place === undefined) return;
    this.#placeOf.delete(user);
    const last = this.#users.pop() as bigint;
    if (last === user) return;
    this.#users[place] = last;
    this.#placeOf.set(last, place);
  }

  clear(): void {
    this.#users.length = 0;
    this.#placeOf.clear();
  }
}
