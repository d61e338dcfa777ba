import { z } from 'zod'
import type { Json } from '../database/json.ts'
import type { LedgerEntry } from './entry.ts'
import { LedgerFault } from './faults.ts'

// A ledger that was rebuilt has an identity of its own. Its first entry names those in whose place it is, and how far each of them is
// known to have gone; each entry that was taken over, which place it had there.

/** A place in a former ledger. */
export type Former = { ledger?: string; sequence: number; hash?: string }

const shape = z.array(z.object({ ledger: z.string().optional(), sequence: z.number(), hash: z.string().optional() }))

/** What an entry says of former ledgers. */
export function formerOf({ body }: Pick<LedgerEntry, 'body'>): Former[] {
  const { data = [] } = shape.safeParse(body['former'])
  return data.map(({ ledger, sequence, hash }) => ({
    sequence,
    ...(ledger !== undefined && { ledger }),
    ...(hash !== undefined && { hash }),
  }))
}

/** The same, as it is written. */
export const asBody = (former: readonly Former[]): { former: Json } => ({ former: former.map((one) => ({ ...one })) })

/**
 * Of how many entries a rebuilt ledger is at least, as its first entry says. Undefined for others. With fewer its rebuilding was
 * interrupted: whoever went on from there would go another way than the rest that is still to come.
 */
export function leastOf({ kind, body }: Pick<LedgerEntry, 'kind' | 'body'>): number | undefined {
  const { entries } = body
  return kind === 'rebuilt' && typeof entries === 'number' ? entries : undefined
}

/** What is wrong with one that has fewer. */
export const interrupted = (place: string, has: number, least: number): LedgerFault =>
  new LedgerFault(
    'stale',
    place,
    `its rebuilding was interrupted after entry ${has} of ${least}: call "lethe ledger rebuild" again, where it was called before.`,
  )

/** How far each ledger of these places goes. */
export function furthest(places: readonly Former[]): Former[] {
  const far = new Map<string, number>()
  for (const { ledger, sequence } of places) {
    if (ledger !== undefined) far.set(ledger, Math.max(far.get(ledger) ?? 0, sequence))
  }
  return [...far].map(([ledger, sequence]) => ({ ledger, sequence }))
}
