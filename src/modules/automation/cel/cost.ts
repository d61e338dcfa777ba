import type { ASTNode } from '@marcbachmann/cel-js'
import { largestPattern, patternSize } from './patterns.ts'
import { elementOf, field, largest, listOf, memberOf, type Size, scalar, together, wholeOf } from './size.ts'

// What an expression may be, and what it may cost: told from its tree alone, before anything runs.

/** Something wrong with an expression, and where: a part of its text. */
export class ExpressionFault extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** What all expressions of a rule may cost together: evaluations of parts, roughly. A tenth of a second. */
export const mostCost = 1_000_000

/** The function that `matches` is replaced by. */
export const linearMatches = 'matches_re2'

const macros: readonly string[] = ['all', 'exists', 'exists_one', 'map', 'filter']

// What goes through a whole text, and what becomes of that.
const throughTexts: readonly string[] = ['contains', 'indexOf', 'lastIndexOf', 'lowerAscii', 'upperAscii', 'trim']
const sameSize: readonly string[] = ['lowerAscii', 'upperAscii', 'trim', 'substring', 'string', 'dyn']

/** What may be called. What builds long texts or lists out of short ones isn't among it, nor what is of no use here. */
const functions = new Set([
  ...macros,
  ...throughTexts,
  ...['has', 'size', 'startsWith', 'endsWith', 'matches', 'substring'],
  ...['string', 'int', 'double', 'bool', 'dyn', 'timestamp', 'duration'],
  ...['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear'],
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
])

/** Refuses what is not to be called or would take too long, and gives `matches` an engine that can't run away. Returns the cost. */
export function restrain(ast: ASTNode): number {
  const { cost: evaluating, size } = measure(ast, new Map())
  const cost = evaluating + wholeOf(size)
  if (cost > mostCost) throw new ExpressionFault(tooLong, ast.start)
  return cost
}

/** What is said of what costs too much. */
export const tooLong =
  'It would take too long: nest fewer all, exists, map and filter in each other, put less together, and search less.'

type Measure = { cost: number; size: Size }

/** The sizes of the variables of macros. */
type Scope = ReadonlyMap<string, Size>

function measure(node: ASTNode, scope: Scope): Measure {
  switch (node.op) {
    case 'value':
      return { cost: 1, size: typeof node.args === 'string' ? { ...scalar, characters: node.args.length } : scalar }
    case 'id':
      return { cost: 1, size: scope.get(node.args) ?? field }
    case '.':
    case '.?': {
      const { cost, size } = measure(node.args[0], scope)
      return { cost: 1 + cost, size: memberOf(size) }
    }
    case '!_':
    case '-_':
      return { cost: 1 + measure(node.args, scope).cost, size: scalar }
    case 'call':
      return measureCall(node, { name: node.args[0], parts: node.args[1] }, scope)
    case 'rcall': {
      const [name, receiver, parts] = node.args
      const measured = measureCall(node, { name, receiver, parts }, scope)
      if (name === 'matches') node.args[0] = linearMatches
      return measured
    }
    case 'list':
    case 'map': {
      const parts = node.args.flat().map((one) => measure(one, scope))
      return { cost: 1 + sum(parts), size: listOf(node.args.length, sizesOf(parts)) }
    }
    default: {
      const parts = node.args.map((one) => measure(one, scope))
      return operated(node.op, parts)
    }
  }
}

function operated(op: string, parts: readonly Measure[]): Measure {
  const [first = scalar, second = scalar, third = scalar] = sizesOf(parts)
  const cost = 1 + sum(parts)
  switch (op) {
    case '+': {
      const size = together(first, second)
      return { cost: cost + size.elements / 10 + size.characters / 20, size }
    }
    case '[]':
    case '[?]':
      return { cost, size: memberOf(first) }
    case '?:':
      return { cost, size: largest([second, third]) }
    case 'in':
      return { cost: cost + wholeOf(second) + second.elements * wholeOf(first), size: scalar }
    case '==':
    case '!=':
      return { cost: cost + Math.min(wholeOf(first), wholeOf(second)), size: scalar }
    default:
      return { cost, size: scalar }
  }
}

type Call = { name: string; receiver?: ASTNode; parts: readonly ASTNode[] }

function measureCall(node: ASTNode, { name, receiver, parts }: Call, scope: Scope): Measure {
  if (!functions.has(name)) {
    throw new ExpressionFault(`There is no function ${name} here. There are ${[...functions].join(', ')}.`, node.start)
  }
  const of = receiver && measure(receiver, scope)
  const [variable] = parts
  if (of && macros.includes(name) && variable?.op === 'id') {
    const inner = new Map(scope).set(variable.args, elementOf(of.size))
    const body = parts.slice(1).map((one) => measure(one, inner))
    const { elements } = of.size
    const results = { map: listOf(elements, sizesOf(body)), filter: of.size }
    const size = name === 'map' || name === 'filter' ? results[name] : scalar
    return { cost: 1 + of.cost + elements * (1 + sum(body)), size }
  }
  const given = parts.map((one) => measure(one, scope))
  const [about = scalar] = of ? [of.size] : sizesOf(given)
  const weight = throughTexts.includes(name)
    ? about.characters / 200
    : name === 'matches'
      ? about.characters * checkedPattern(parts) * perInstruction
      : 0
  const size = sameSize.includes(name) ? largest([about, scalar]) : scalar
  return { cost: 1 + weight + (of?.cost ?? 0) + sum(given), size }
}

// Of a character of the text and an instruction of the pattern.
const perInstruction = 0.15

const sum = (parts: readonly Measure[]) => parts.reduce((total, { cost }) => total + cost, 0)

const sizesOf = (parts: readonly Measure[]) => parts.map(({ size }) => size)

/** The size of a pattern that is in order. */
function checkedPattern([pattern]: readonly ASTNode[]): number {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
    throw new ExpressionFault('Write the pattern of matches out, as a text in quotes.', pattern?.start ?? 0)
  }
  const size = sizeOfPattern(pattern.args, pattern.start)
  if (size <= largestPattern) return size
  throw new ExpressionFault('This pattern stands for too much: repeat less in it.', pattern.start)
}

function sizeOfPattern(pattern: string, at: number): number {
  try {
    return patternSize(pattern)
  } catch (cause) {
    throw new ExpressionFault(`This is no pattern of RE2: ${cause instanceof Error ? cause.message : ''}`, at)
  }
}
