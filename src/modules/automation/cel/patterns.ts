import { RE2JS } from 're2js'

// Patterns of `matches`: RE2, whose time is linear in the text, but also in what a pattern stands for when its repetitions are
// written out.

/** How many instructions a pattern may be. */
export const largestPattern = 300

/** How many instructions a pattern is. Throws for what is none. */
export const patternSize = (pattern: string): number => compiled(pattern).programSize()

/** Whether a text has what a pattern describes. Patterns are those of rules, so that there are few. */
export const matchesPattern = (text: string, pattern: string): boolean => compiled(pattern).matcher(text).find()

function compiled(pattern: string): RE2JS {
  const known = patterns.get(pattern)
  if (known) return known
  const fresh = RE2JS.compile(pattern)
  if (patterns.size >= mostPatterns) patterns.clear()
  patterns.set(pattern, fresh)
  return fresh
}

const patterns = new Map<string, RE2JS>()
const mostPatterns = 1000
