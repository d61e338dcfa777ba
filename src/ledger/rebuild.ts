import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { readIfThere, replaceFile } from '../files.ts'
import type { WorkContext } from '../graphql/context.ts'
import type { Signer, Verifier } from '../modules/audit/checkpoint/keys.ts'
import { writeEntries } from '../modules/audit/write.ts'
import { type BroughtUp, catchUp } from './bring-up.ts'
import { inspect } from './chain.ts'
import { type LedgerEntry, readEntry, writeEntry } from './entry.ts'
import { LedgerFault } from './faults.ts'
import { ledgerIn } from './ledger.ts'
import type { Place } from './places/place.ts'
import { positionIn, resetPosition } from './position.ts'
import { entriesOfDatabase, type Told } from './told.ts'
import { whileErasing } from './turn.ts'

/** What another ledger is made of. */
export type Rebuilding = {
  places: readonly Place[]
  signer: Signer
  /** All keys that entries of the former ledger may be signed with. */
  verifiers: readonly Verifier[]
  /** Why; it is kept in the first entry. No personal data. */
  reason: string
  /** Where the new ledger is written down as a whole before anything is moved: a rebuilding that is interrupted goes on from it. */
  draft: string
  say: (line: string) => void
}

/**
 * Makes another ledger in the place of one that is lost or damaged: of all entries of it that are rightly signed, wherever they
 * are, and of what the database knows to be erased. The former one is put aside. Then all of it is erased again.
 */
export const rebuildLedger = (context: WorkContext, rebuilding: Rebuilding): Promise<BroughtUp> =>
  whileErasing(context.database, async () => {
    const { places, signer, draft, say } = rebuilding
    const known = await readIfThere(draft)
    const texts = known?.split('\n').filter(Boolean) ?? (await compose(context, rebuilding))
    if (known === undefined) await replaceFile(draft, texts.map((text) => `${text}\n`).join(''), 0o600)
    else say('Going on with the rebuilding that was interrupted.')
    for (const place of places) await fill(place, texts, say)
    const first = readEntry([signer], texts[0] ?? '')
    if (typeof first === 'string') throw new LedgerFault('tampered', draft, 'remove it, and begin anew.')
    await note(context, first)
    const ledger = ledgerIn(places, signer, context.log)
    const brought = await catchUp({ ...context, ledger })
    await rm(draft)
    return brought
  })

/** In both stores, and in the audit log. */
async function note(context: WorkContext, first: LedgerEntry) {
  const { installation, body } = first
  const changes = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, { new: value }]))
  const entry = {
    action: 'created',
    operation: 'rebuildLedger',
    entity: 'ErasureLedger',
    entityId: installation,
  } as const
  await context.database.$transaction(async (tx) => {
    await resetPosition(tx, first)
    await writeEntries(tx, context, [{ ...entry, changes }])
  })
  await context.keys.resetLedger(first)
}

/** The texts of the new ledger. */
async function compose(context: WorkContext, { places, signer, verifiers, reason, say }: Rebuilding) {
  const noted = await positionIn(context.database)
  const { installation, told } = await gather(places, verifiers, noted?.installation, say)
  const former = new Set(told.map(({ key }) => key))
  const lost = (await entriesOfDatabase(context.database)).filter(({ key }) => !former.has(key))
  say(`${told.length} entries of the former ledger are right; ${lost.length} more are known to the database alone.`)
  const texts: string[] = []
  let last: LedgerEntry | undefined
  const add = (kind: LedgerEntry['kind'], body: LedgerEntry['body']) => {
    const written = writeEntry(signer, last, { kind, body, installation, at: new Date() })
    last = written.entry
    texts.push(written.text)
  }
  add('rebuilt', { reason, former: told.length, database: lost.length })
  for (const { kind, body } of [...told, ...lost]) add(kind, body)
  return texts
}

/** What entries of the former ledger tell, each once, in the order in which they were written. */
async function gather(
  places: readonly Place[],
  verifiers: readonly Verifier[],
  own: string | undefined,
  say: (line: string) => void,
) {
  const found = new Map<string, LedgerEntry>()
  for (const place of places) {
    for await (const { entry, fault } of inspect(place, verifiers)) {
      if (fault) say(fault.message)
      if (entry && (own === undefined || entry.installation === own)) found.set(entry.hash, entry)
    }
  }
  const entries = [...found.values()].toSorted((one, other) => one.sequence - other.sequence)
  const told: Told[] = entries
    .filter(({ kind }) => kind !== 'begun' && kind !== 'rebuilt')
    .map(({ kind, body }) => ({ kind, body, key: `${kind} ${String(body['erasureId'] ?? JSON.stringify(body))}` }))
  const once = [...new Map(told.map((one) => [one.key, one])).values()]
  return { installation: own ?? entries[0]?.installation ?? randomUUID(), told: once }
}

/** Puts the former ledger of a place aside, and the new one there. */
async function fill(place: Place, texts: readonly string[], say: (line: string) => void) {
  let own = 0
  let isOurs = true
  for await (const { sequence, text } of place.from(1)) {
    isOurs &&= sequence === own + 1 && texts[own] === text
    own++
  }
  if (!isOurs) {
    const aside = await place.putAside()
    if (aside) say(`The former ledger in ${place.name} is kept in ${aside}.`)
    own = 0
  }
  for (const [at, text] of texts.entries()) if (at >= own) await place.create(at + 1, text)
}
