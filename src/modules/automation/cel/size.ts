// How large values get, told without any: a text that is put together with itself again and again is soon larger than any
// memory, and so is a list.

/** How large a value may be: as a text, its characters; as a list or a map, its elements, and the largest of them. */
export type Size = { characters: number; elements: number; element?: Size }

/** A number, a moment, yes or no. */
export const scalar: Size = { characters: 30, elements: 0 }

/** In lists and among the keys of maps: a tag, an address. */
const item: Size = { characters: 200, elements: 100 }

/** What a contact or an event has: as large as the product lets it be (src/modules/fields/check-value.ts), or a list. */
export const field: Size = { characters: 20_000, elements: 100, element: item }

const known = [scalar, item, field]

/** What a macro goes through. */
export const elementOf = (size: Size): Size => size.element ?? (size === item ? item : scalar)

/** What stands under a key or at a place. */
export const memberOf = (size: Size): Size => (size === field ? field : elementOf(size))

/** The size of a list of these. */
export const listOf = (elements: number, sizes: readonly Size[]): Size => ({
  characters: 0,
  elements,
  element: largest(sizes),
})

/** The size of what is put together of two. */
export const together = (one: Size, other: Size): Size => ({
  characters: one.characters + other.characters,
  elements: one.elements + other.elements,
  element: larger(elementOf(one), elementOf(other)),
})

/** The size of what may be any of these. */
export const largest = (sizes: readonly Size[]): Size => sizes.reduce(larger, scalar)

/** What going through all of it costs: a list may hold the same long list many times. */
export function wholeOf(size: Size): number {
  if (size === field) return 200
  if (size === item || size === scalar) return 1
  return 1 + size.characters / 20 + size.elements * (size.element ? wholeOf(size.element) : 1)
}

function larger(one: Size, other: Size): Size {
  const [first, second] = [known.indexOf(one), known.indexOf(other)]
  if (first >= 0 && second >= 0) return first > second ? one : other
  return {
    characters: Math.max(one.characters, other.characters),
    elements: Math.max(one.elements, other.elements),
    element: larger(elementOf(one), elementOf(other)),
  }
}
