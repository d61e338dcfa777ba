import pg from 'pg'
import { codeOf, inSpan, type Span } from './spans.ts'

const longest = 2000

/**
 * Tells of each statement that is a part of something that is told, wherever it is sent from. Returns what ends that.
 *
 * What `pg` offers no hook for: its one way to PostgreSQL is replaced, for as long as tracing is on.
 */
export function traceStatements(): () => void {
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const send = () => Reflect.apply(query, this, given)
    const text = textOf(given[0])
    if (text === undefined) return send()
    const called = given.at(-1)
    if (typeof called !== 'function') return inSpan(spanOf(text, this.database), send)
    const until = (span: Span) =>
      new Promise<void>((done) => {
        const callback = (error: unknown, ...rest: unknown[]) => {
          if (error) span.fail(codeOf(error))
          called(error, ...rest)
          done()
        }
        Reflect.apply(query, this, [...given.slice(0, -1), callback])
      })
    return inSpan(spanOf(text, this.database), until)
  }
  return () => {
    pg.Client.prototype.query = query
  }
}

function spanOf(text: string, database: string | undefined) {
  const told = withoutValues(text)
  const attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': database,
    'db.query.text': told.length > longest ? `${told.slice(0, longest)}…` : told,
  }
  return {
    name: /^\s*(\w+)/.exec(told)?.[1]?.toUpperCase() ?? 'SQL',
    kind: 'client' as const,
    attributes,
    within: true,
  }
}

// What PostgreSQL reads as a whole: names, comments, texts in each of their notations, numbers.
const parts = new RegExp(
  [
    '"(?:[^"]|"")*"',
    String.raw`--[^\n]*|/\*[\s\S]*?\*/`,
    String.raw`(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1`,
    String.raw`\b[Ee]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)`,
    "'(?:[^']|'')*(?:'|$)",
    String.raw`(?<![\w$])\d+(?:\.\d+)?(?!\w)`,
  ].join('|'),
  'g',
)

/** A statement without what stands in it as a value: parameters stay what they are, `$1`. */
export const withoutValues = (text: string): string =>
  text
    .replace(parts, (part) => (part.startsWith('"') ? part : /^(--|\/\*)/.test(part) ? ' ' : '?'))
    .replace(/\s+/g, ' ')
    .trim()

function textOf(first: unknown): string | undefined {
  if (typeof first === 'string') return first
  if (typeof first !== 'object' || first === null || 'submit' in first) return undefined
  return 'text' in first && typeof first.text === 'string' ? first.text : undefined
}
