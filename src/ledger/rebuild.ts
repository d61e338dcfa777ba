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
import { asBody, type Former, formerOf, furthest } from './former.ts'
import { ledgerIn } from './ledger.ts'
import type { Place } from './places/place.ts'
import { type NotedPosition, positionIn, resetPosition } from './position.ts'
import { bodyOfReturned, erasuresIn, executedIn, returnedIn } from './told.ts'
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
 * are, and of what the database knows to be erased. The former one is put aside. Then what the database hasn't done is.
 */
export const rebuildLedger = (context: WorkContext, rebuilding: Rebuilding): Promise<BroughtUp> =>
  whileErasing(context.database, async () => {
    const { places, signer, draft, say } = rebuilding
    const interrupted = await readIfThere(draft)
    if (interrupted !== undefined) say('Going on with the rebuilding that was interrupted.')
    const texts = interrupted?.split('\n').filter(Boolean) ?? (await compose(context, rebuilding))
    if (interrupted === undefined) await replaceFile(draft, texts.map((text) => `${text}\n`).join(''), 0o600)
    for (const place of places) await fill(place, texts, say)
    await note(
      context,
      texts.map((text) => entryOf(text, signer, draft)),
    )
    const brought = await catchUp({ ...context, ledger: ledgerIn(places, signer, context.log) })
    await rm(draft)
    return brought
  })

function entryOf(text: string, signer: Signer, draft: string): LedgerEntry {
  const entry = readEntry([signer], text)
  if (typeof entry === 'string') throw new LedgerFault('tampered', draft, 'it was altered: remove it, and begin anew.')
  return entry
}

/** How far both stores are, by the new ledger, and in the audit log that there is another one. */
async function note(context: WorkContext, entries: readonly LedgerEntry[]) {
  const [first] = entries
  if (!first) throw new Error('a ledger has a first entry')
  const executed = await executedIn(context.database)
  const undone = entries.findIndex((entry) => entry !== first && !isDone(entry, executed))
  const done = (undone < 0 ? entries.at(-1) : entries[undone - 1]) ?? first
  const changes = Object.fromEntries(Object.entries(first.body).map(([name, value]) => [name, { new: value }]))
  const what = { action: 'created', operation: 'rebuildLedger', entity: 'ErasureLedger', changes } as const
  await context.database.$transaction(async (tx) => {
    await resetPosition(tx, done)
    await writeEntries(tx, context, [{ ...what, entityId: first.installation }])
  })
  // Keys may be destroyed any number of times.
  await context.keys.resetLedger(first)
}

/** Erasing chosen categories again would erase what came since. */
const isDone = ({ body }: Pick<LedgerEntry, 'body'>, executed: ReadonlySet<string>) =>
  executed.has(String(body['erasureId']))

/** The texts of the new ledger: first what the database has done. */
async function compose(
  context: WorkContext,
  { places, signer, verifiers, reason, say }: Rebuilding,
): Promise<string[]> {
  const noted = await positionIn(context.database)
  const { told, former } = await gather(places, verifiers, noted, say)
  const known = new Set(told.map(({ body }) => body['erasureId']))
  const lost: Told[] = []
  for await (const body of erasuresIn(context.database)) {
    if (!known.has(body['erasureId'] ?? null)) lost.push({ kind: 'erased', body })
  }
  const gone = new Set(
    [...told, ...lost].flatMap(({ body: { contactIds } }) => (Array.isArray(contactIds) ? contactIds : [])),
  )
  const returned: Told[] = []
  for await (const contactIds of returnedIn(context)) {
    const unknown = contactIds.filter((contactId) => !gone.has(contactId))
    if (unknown.length > 0) returned.push({ kind: 'erased', body: bodyOfReturned(unknown) })
  }
  say(
    `${told.length} entries of the former ledger are right; ${lost.length} erasures more are known to the database alone, and ` +
      `${returned.length} entries are of contacts whose keys were destroyed.`,
  )
  const executed = await executedIn(context.database)
  const [done, others] = [told.filter((one) => isDone(one, executed)), told.filter((one) => !isDone(one, executed))]
  const entries = 1 + told.length + lost.length + returned.length
  const first: Told = { kind: 'rebuilt', body: { reason, entries, ...asBody(former) } }
  const installation = randomUUID()
  const texts: string[] = []
  let last: LedgerEntry | undefined
  for (const one of [first, ...done, ...lost, ...others, ...returned]) {
    const { entry, text } = writeEntry(signer, last, { ...one, installation, at: new Date() })
    texts.push(text)
    last = entry
  }
  return texts
}

type Told = Pick<LedgerEntry, 'kind' | 'body'>

/** What entries of the former ledger tell, each once, in the order in which they were written; and in whose place the new one is. */
async function gather(
  places: readonly Place[],
  verifiers: readonly Verifier[],
  noted: NotedPosition | undefined,
  say: (line: string) => void,
): Promise<{ told: Told[]; former: Former[] }> {
  const found = new Map<string, LedgerEntry>()
  for (const place of places) {
    for await (const { entry, fault } of inspect(place, verifiers)) {
      if (fault) say(fault.message)
      if (entry) found.set(entry.hash, entry)
    }
  }
  const entries = [...found.values()].toSorted((one, other) => one.sequence - other.sequence)
  const own = noted && [
    ...furthest(entries.flatMap(formerOf)),
    { ledger: noted.installation, sequence: noted.sequence },
  ]
  const isOwn = ({ installation }: LedgerEntry) =>
    !noted ||
    installation === noted.installation ||
    entries.some((entry) => entry.installation === installation && knows(entry, noted))
  const right = entries.filter(isOwn)
  if (right.length < entries.length) say(`${entries.length - right.length} entries are of another installation.`)
  const placeOf = ({ installation, sequence, hash }: LedgerEntry): Former => ({ ledger: installation, sequence, hash })
  const told = right
    .filter(({ kind }) => kind !== 'begun' && kind !== 'rebuilt')
    .map((entry) => ({ kind: entry.kind, body: { ...entry.body, ...asBody([placeOf(entry), ...formerOf(entry)]) } }))
  const keyOf = ({ kind, body: { former: _, ...body } }: Told) =>
    `${kind} ${String(body['erasureId'] ?? JSON.stringify(body))}`
  const once = [...new Map(told.map((one) => [keyOf(one), one])).values()]
  return {
    told: once,
    former: furthest([...(own ?? []), ...right.flatMap((entry) => [placeOf(entry), ...formerOf(entry)])]),
  }
}

/** Whether it is the first entry of a ledger in the place of this one. */
const knows = (entry: LedgerEntry, { installation }: NotedPosition) =>
  entry.kind === 'rebuilt' && formerOf(entry).some(({ ledger }) => ledger === installation)

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
