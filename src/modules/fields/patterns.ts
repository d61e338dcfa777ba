import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'

// RE2's engine takes a time that grows with the text and the size of the pattern alone: nobody can stop the server with one.

const compiled = new LRUCache<string, RE2JS>({ max: 500 })

/** How long a pattern may be. */
export const longestPattern = 500

// For each character of a text, so many steps at most: a fraction of a second for the longest one.
const largestProgram = 1500

/** Whether the whole text matches a pattern. Throws for a text that is none. */
export function matches(pattern: string, text: string): boolean {
  const known = compiled.get(pattern) ?? RE2JS.compile(pattern)
  compiled.set(pattern, known)
  return known.testExact(text)
}

/** What is wrong with a pattern, if anything is. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > longestPattern) return `Must have at most ${longestPattern} characters.`
  try {
    if (RE2JS.compile(pattern).programSize() <= largestProgram) return undefined
    return 'Repeats too much, such as `.{0,1000}`: leave the length to `maxLength`.'
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `Must be a regular expression in the syntax of RE2 (no look-ahead, no back-references): ${reason}`
  }
}
