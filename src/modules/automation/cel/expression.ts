import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { Json } from '../../../database/json.ts'
import type { Fault } from '../../../graphql/errors.ts'
import type { EventDeclaration, ValueType } from '../contract.ts'
import type { AllOffers } from '../offers.ts'
import { ExpressionFault, linearMatches, restrain } from './cost.ts'
import { matchesPattern } from './patterns.ts'
import { celType, fromCel } from './values.ts'

/** An expression that was checked. */
export type Expression = {
  /** Computes it. Throws where it comes to nothing, such as for a key that isn't there. */
  evaluate: (variables: Record<string, unknown>) => Json
  /** What it is whatever happens, if it is written out: a text, a number. */
  constant: Json | undefined
  /** What evaluating it costs, as in `cost.ts`. */
  cost: number
  /** The variables that it names, and their fields: `contact`, `contact.emails`. */
  names: readonly string[]
}

/** How long an expression may be, in characters. */
export const longest = 4000

const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 4 }

/** What the variable `event` has besides `data`. */
export const eventFields = {
  name: { type: 'string', description: 'Of the event, as in `events`.' },
  at: { type: 'timestamp', description: 'When it happened.' },
  actor: { type: 'string', description: 'Who did it: `user`, `client`, `rule`, `operator` or `system`.' },
  operation: { type: 'string', description: 'The mutation by which it happened.' },
  changed: { type: 'list<string>', description: 'The names of the fields that changed.' },
} as const satisfies Record<string, { type: ValueType; description: string }>

/** What expressions of rules on these events may name: typed, so that faults show when a rule is saved. */
export function environmentFor({ facts }: AllOffers, events: readonly EventDeclaration[]): Environment {
  const [only, ...others] = events
  const data = only && others.length === 0 ? types(only.data) : 'map<string, dyn>'
  const known = Object.fromEntries(Object.entries(eventFields).map(([name, { type }]) => [name, celType[type]]))
  const values = { old: 'map<string, dyn>', new: 'map<string, dyn>' }
  const environment = new Environment({ limits, homogeneousAggregateLiterals: false })
    .registerFunction(`string.${linearMatches}(string): bool`, matchesPattern)
    .registerFunction('string(google.protobuf.Timestamp): string', (time: Date) => time.toISOString())
    .registerVariable('event', { schema: { ...known, ...values, data } })
  for (const [name, { fields }] of facts) {
    if (fields === 'dynamic') environment.registerVariable(name, 'map<string, dyn>')
    else
      environment.registerVariable(name, {
        schema: types(Object.fromEntries(Object.entries(fields).map(([field, { type }]) => [field, type]))),
      })
  }
  return environment
}

const types = (declared: Readonly<Record<string, ValueType>>) =>
  Object.fromEntries(Object.entries(declared).map(([name, type]) => [name, celType[type]]))

/**
 * Reads and checks an expression: its grammar, what it names, its type, what it may cost. Adds a fault, with the place, and
 * returns nothing where that is not in order.
 */
export function readExpression(
  environment: Environment,
  text: string,
  { type, field }: { type: ValueType; field: string },
  faults: Fault[],
): Expression | undefined {
  try {
    if (text.length > longest) throw new ExpressionFault(`Use at most ${longest} characters.`, longest)
    const parsed = byLibrary(() => environment.parse(text), text)
    const cost = restrain(parsed.ast)
    const is = byLibrary(() => {
      const { valid, type: checked, error } = parsed.check()
      if (!valid) throw error ?? new ExpressionFault('This is not in order.', 0)
      return checked ?? 'dyn'
    }, text)
    const wanted = celType[type]
    if (wanted !== 'dyn' && ![wanted, 'dyn', ...(wanted.startsWith('list') ? emptyLists : [])].includes(is)) {
      throw new ExpressionFault(`It has to come to ${wanted}, and comes to ${is}.`, parsed.ast.start)
    }
    const evaluate = (variables: Record<string, unknown>) => fromCel(byLibrary(() => parsed(variables), text))
    const constant = isWrittenOut(parsed.ast) ? evaluate({}) : undefined
    return { evaluate, constant, cost, names: namesIn(parsed.ast) }
  } catch (error) {
    faults.push({ field, message: messageOf(error, text) })
    return undefined
  }
}

/** What went wrong with an expression, in one line, with the place if one is known. */
export function messageOf(error: unknown, text: string): string {
  if (error instanceof ExpressionFault) return `${error.message} ${placeIn(text, error.at)}`
  if (isCelError(error)) {
    const what = withoutValues(error.summary.replaceAll(linearMatches, 'matches'), text).replace(/[^.!?]$/, '$&.')
    return error.range ? `${what} ${placeIn(text, error.range.start)}` : what
  }
  throw error
}

/** What the library throws besides its own errors is about the expression, too: there is no such time zone, say. */
function byLibrary<T>(run: () => T, text: string): T {
  try {
    return run()
  } catch (error) {
    if (isCelError(error) || error instanceof ExpressionFault || !(error instanceof Error)) throw error
    throw new ExpressionFault(`It comes to nothing: ${withoutValues(error.message, text)}.`, 0)
  }
}

/** What a message names after a colon may be a value of the contact, unless it stands in the expression itself. */
function withoutValues(message: string, text: string): string {
  const [what = '', ...named] = message.split(': ')
  return named.length === 0 || text.includes(named.join(': ')) ? message : what
}

type CelError = Pick<ParseError, 'summary' | 'range'>

const isCelError = (error: unknown): error is Error & CelError =>
  error instanceof ParseError ||
  (error instanceof Error && ['TypeError', 'EvaluationError'].includes(error.name) && 'summary' in error)

function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  return `(line ${before.length}, column ${column})`
}

/** Fields of variables, also of those of macros: there may be too many, never too few. */
function namesIn(node: ASTNode): string[] {
  const found = new Set<string>()
  const visit = (part: unknown) => {
    if (Array.isArray(part)) for (const one of part) visit(one)
    if (!isNode(part)) return
    if (part.op === 'id') found.add(part.args)
    if (part.op === '.' && part.args[0].op === 'id') found.add(`${part.args[0].args}.${part.args[1]}`)
    const key = part.op === '[]' ? part.args[1] : undefined
    if (part.op === '[]' && part.args[0].op === 'id' && key?.op === 'value')
      found.add(`${part.args[0].args}.${key.args}`)
    visit(part.args)
  }
  visit(node)
  return [...found]
}

// Of elements whose type isn't known.
const emptyLists = ['list<T>', 'list<dyn>']

const isWrittenOut = (node: ASTNode): boolean =>
  node.op === 'value' || (node.op === 'list' && node.args.every(isWrittenOut))

const isNode = (part: unknown): part is ASTNode =>
  typeof part === 'object' && part !== null && 'op' in part && 'args' in part
