import { v7 as uuidv7 } from 'uuid'
import { isUniqueViolation } from '../../../database/sql-errors.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type DeniedInput, type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { findOwners } from '../../contacts/import/owners.ts'
import { isBound } from '../../contacts/sight.ts'
import { insertOrders, type NewOrder } from '../create.ts'
import { checkOrder } from '../draft.ts'
import { knownOrders, numberTaken, orderKey } from '../keys.ts'
import { deniedInOrder } from './rights.ts'
import type { OrderRow, ReadRow } from './row.ts'

export type OrderImport = {
  /** Which shop or system the numbers are of. */
  source: string
  /** Where the contacts were imported from, if they are named by ids of that system. */
  contactSource: string
  dryRun: boolean
}

/** A row that wasn't imported, and why. */
export type Rejected = { row: ReadRow; faults: readonly Fault[]; denied?: readonly DeniedInput[] }

export type OrderCounts = { created: number; unchanged: number; rejected: Rejected[] }

const batchSize = 200
const attempts = 5

type Read = { row: ReadRow; order: OrderRow }

/**
 * Imports orders, batch by batch, each in one unit of work. One that is known by its number at its source stays as it is, so that the
 * same file twice has one effect. Rows with faults are handed out. Throws FORBIDDEN for a caller who is bound to purposes.
 */
export async function importOrders(
  context: WorkContext,
  rows: Iterable<ReadRow>,
  { source, contactSource, dryRun }: OrderImport,
): Promise<OrderCounts> {
  if (isBound(context)) throw seesTooLittle()
  const faults: Fault[] = []
  checkText(source, 'source', { max: 100 }, faults)
  if (!source.trim()) faults.push({ field: 'source', message: 'Say which shop or system the orders are from.' })
  if (faults.length > 0) throw invalidInput(faults)
  const counts: OrderCounts = { created: 0, unchanged: 0, rejected: [] }
  const seen = new Set<string>()
  const readable: Read[] = []
  for (const row of rows) {
    if ('faults' in row) counts.rejected.push({ row, faults: row.faults })
    else readable.push({ row, order: row.order })
  }
  for (let start = 0; start < readable.length; start += batchSize) {
    const batch = readable.slice(start, start + batchSize)
    const came = await again(() =>
      transact(context, 'importOrders', (tx) => writeBatch(tx, context, batch, { source, contactSource, dryRun })),
    )
    // Nothing was written that would tell what came before.
    const repeated = dryRun ? came.created.filter((key) => seen.has(key)).length : 0
    for (const key of came.created) seen.add(key)
    counts.created += came.created.length - repeated
    counts.unchanged += came.unchanged + repeated
    counts.rejected.push(...came.rejected)
  }
  return counts
}

async function writeBatch(tx: Transaction, context: WorkContext, batch: readonly Read[], options: OrderImport) {
  const { source, contactSource, dryRun } = options
  const rejected: Rejected[] = []
  const ownerOf = await findOwners(
    tx,
    batch.map(({ order }) => order.contact),
    contactSource,
  )
  const known = await knownOrders(
    tx,
    batch.map(({ order: { number } }) => ({ source, number: number.normalize('NFC').trim() })),
  )
  const fresh = new Map<string, NewOrder>()
  let unchanged = 0
  for (const { row, order } of batch) {
    const denied = context.rights ? deniedInOrder(order, context.rights) : []
    const faults: Fault[] = denied.map(({ path, access, right }) => ({
      field: path,
      message: `You need the right to ${access} "${right}".`,
    }))
    const owner = denied.length > 0 ? undefined : ownerOf(order.contact)
    const checked = checkOrder({ ...order, source }, faults)
    if (typeof owner === 'object') faults.push(owner)
    const key = orderKey(checked.columns)
    const earlier = known.get(key) ?? fresh.get(key)
    if (earlier && typeof owner === 'string' && earlier.contactId !== owner) faults.push(numberTaken('number'))
    if (faults.length > 0 || typeof owner !== 'string') rejected.push({ row, faults, denied })
    else if (earlier) unchanged++
    else fresh.set(key, { contactId: owner, id: uuidv7(), order: checked })
  }
  if (!dryRun) await insertOrders(tx, [...fresh.values()])
  return { created: [...fresh.keys()], unchanged, rejected }
}

/** Orders are compared with those of all contacts. */
const seesTooLittle = () =>
  new LetheError(
    'FORBIDDEN',
    'An import looks for the contact of each order among all, and your roles let you see only some: have somebody import who sees all.',
  )

/** Another import claimed one of the numbers in the meantime: the next attempt finds it. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === attempts || !isUniqueViolation(error)) throw error
    }
  }
}
