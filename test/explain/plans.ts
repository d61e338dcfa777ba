import type pg from 'pg'
import type { Statement } from './capture.ts'

type Node = {
  'Node Type': string
  Operation?: string
  'Relation Name'?: string
  'Index Name'?: string
  'Parent Relationship'?: string
  Plans?: Node[]
}

/** How PostgreSQL would execute a statement. */
export type Plan = { root: Node; statement: Statement }

/** Plans a statement, without executing it. Undefined of what can't be planned, such as `BEGIN`. */
export async function planOf(client: pg.Client, statement: Statement): Promise<Plan | undefined> {
  if (!/^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b/i.test(statement.text)) return undefined
  const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${statement.text}`, [...statement.values])
  return { root: rows[0]['QUERY PLAN'][0].Plan, statement }
}

/** A plan without what changes from one run to the next: the kinds of nodes, and what they read, with which index. */
export const shapeOf = ({ root }: Plan): string => linesOf(root, 0).join('\n')

function linesOf(node: Node, depth: number): string[] {
  const { 'Node Type': type, Operation, 'Relation Name': relation, 'Index Name': index, Plans = [] } = node
  // How rows are put together without reading any is the planner's own affair.
  const isShown = !['Result', 'Memoize', 'Materialize'].includes(type)
  const parts = Plans.map((part) => linesOf(part, isShown ? depth + 1 : depth))
  // As many years as there are partitions for are read in the same way.
  const below = /Append/.test(type) ? [...new Set(parts.map((lines) => lines.join('\n')))] : parts.flat()
  if (!isShown) return below
  const using = index && `using ${yearless(index)}`
  const on = relation && `on ${yearless(relation)}`
  return ['  '.repeat(depth) + [Operation ?? type, using, on].filter(Boolean).join(' '), ...below]
}

// Partitions are called by their years.
const yearless = (name: string) => name.replace(/_(19|20)\d\d(?=_|$)/g, '_year')

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** The tables that a plan reads or changes. */
export const tablesOf = ({ root }: Plan): Set<string> =>
  new Set(nodesOf(root).flatMap((node) => node['Relation Name'] ?? []))

/** The indexes that it uses. */
export const indexesOf = ({ root }: Plan): Set<string> =>
  new Set(nodesOf(root).flatMap((node) => node['Index Name'] ?? []))

/** Whether it does no more than add rows. */
export const onlyAdds = ({ root }: Plan): boolean => root.Operation === 'Insert' && nodesOf(root).length <= 2
