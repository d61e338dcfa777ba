/** Milliseconds that only go forward, wherever the wall clock is set to. */
export type Clock = () => number

/** Remembers values for a short while, and never more than so many of them. */
export class Recent<Value> {
  readonly #entries = new Map<string, { value: Value; since: number }>()
  readonly #lifetime: number
  readonly #bound: number
  readonly #clock: Clock

  constructor(options: { lifetime: number; bound: number; clock: Clock }) {
    this.#lifetime = options.lifetime
    this.#bound = options.bound
    this.#clock = options.clock
  }

  /** The value, if it is younger than the lifetime. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    if (this.#clock() - entry.since < this.#lifetime) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear()
  }

  /** What it remembers, young or old. */
  *values(): Iterable<Value> {
    for (const { value } of this.#entries.values()) yield value
  }

  /** @param since When the value was true: before the question to the database, not after its answer. */
  set(key: string, value: Value, since: number = this.#clock()): void {
    this.#entries.delete(key)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= this.#bound && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, { value, since })
  }
}
