import type { ASTNode } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'

// What an expression may be, and what it may cost: told from its tree alone, before anything runs.

/** Something wrong with an expression, and where: a part of its text. */
export class ExpressionFault extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** Evaluations of parts of an expression, roughly: a tenth of a second. */
export const mostCost = 1_000_000

/** The function that `matches` is replaced by: RE2, whose time is linear in the text. */
export const linearMatches = 'matches_re2'

// What goes through a whole text costs more than what looks at one value.
const weights: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['contains', 'indexOf', 'lastIndexOf', 'lowerAscii', 'upperAscii', 'trim', 'substring'].map((name) => [name, 50]),
  ),
  [linearMatches]: 500,
}

// Lists are taken to be so long: tags, addresses and the like.
const usualLength = 100

const macros = ['all', 'exists', 'exists_one', 'map', 'filter']

/** What may be called. What builds long texts or lists out of short ones isn't among it, nor what is of no use here. */
const functions = new Set([
  ...macros,
  ...['has', 'size', 'startsWith', 'endsWith', 'contains', 'matches', 'lowerAscii', 'upperAscii', 'trim'],
  ...['indexOf', 'lastIndexOf', 'substring', 'string', 'int', 'double', 'bool', 'dyn', 'timestamp', 'duration'],
  ...['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear'],
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
])

/** Refuses what is not to be called or would take too long, and gives `matches` an engine that can't run away. */
export function restrain(ast: ASTNode): void {
  const cost = costOf(ast)
  if (cost > mostCost) {
    throw new ExpressionFault(
      'It would take too long: nest fewer all, exists, map and filter in each other.',
      ast.start,
    )
  }
}

function costOf(node: ASTNode): number {
  switch (node.op) {
    case 'value':
    case 'id':
      return 1
    case '.':
    case '.?':
    case '!_':
    case '-_':
      return 1 + costOf(node.op === '.' || node.op === '.?' ? node.args[0] : node.args)
    case 'call':
      return callCost(node, node.args[0], undefined, node.args[1])
    case 'rcall': {
      if (node.args[0] === 'matches') {
        checkPattern(node.args[2])
        node.args[0] = linearMatches
      }
      return callCost(node, node.args[0], node.args[1], node.args[2])
    }
    case 'list':
      return 1 + sum(node.args)
    case 'map':
      return 1 + sum(node.args.flat())
    default:
      return 1 + sum(node.args)
  }
}

function callCost(node: ASTNode, name: string, receiver: ASTNode | undefined, parts: readonly ASTNode[]): number {
  if (!functions.has(name) && name !== linearMatches) {
    throw new ExpressionFault(`There is no function ${name} here. There are ${[...functions].join(', ')}.`, node.start)
  }
  const before = receiver ? costOf(receiver) : 0
  const repeated = receiver && macros.includes(name) ? lengthOf(receiver) : 1
  return (weights[name] ?? 1) + before + repeated * (1 + sum(parts))
}

/** How many elements a list has, as far as its expression tells. */
function lengthOf(node: ASTNode): number {
  if (node.op === 'list') return node.args.length
  if (node.op === '+') return lengthOf(node.args[0]) + lengthOf(node.args[1])
  if (node.op === '?:') return Math.max(lengthOf(node.args[1]), lengthOf(node.args[2]))
  if (node.op === 'rcall' && macros.includes(node.args[0])) return lengthOf(node.args[1])
  return usualLength
}

const sum = (nodes: readonly ASTNode[]) => nodes.reduce((total, node) => total + costOf(node), 0)

function checkPattern([pattern]: readonly ASTNode[]) {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
    throw new ExpressionFault('Write the pattern of matches out, as a text in quotes.', pattern?.start ?? 0)
  }
  try {
    compiled(pattern.args)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new ExpressionFault(`This is no pattern of RE2: ${why}`, pattern.start)
  }
}

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
