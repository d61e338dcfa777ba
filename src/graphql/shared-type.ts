import type { Builder } from './builder.ts'

/** A type that several modules refer to: added to each schema once, by whichever asks first. */
export function sharedType<T>(add: (builder: Builder) => T): (builder: Builder) => T {
  const made = new WeakMap<Builder, { type: T }>()
  return (builder) => {
    const known = made.get(builder) ?? { type: add(builder) }
    made.set(builder, known)
    return known.type
  }
}
