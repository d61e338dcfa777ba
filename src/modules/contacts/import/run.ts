import { setImmediate } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { LegalGround } from '#prisma/client.ts'
import { isUniqueViolation } from '../../../database/sql-errors.ts'
import { transact } from '../../../database/transact.ts'
import type { Rights } from '../../../graphql/auth/rights.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { checkDraft, checkNotEmpty, checkProvenance } from '../check.ts'
import { isBound } from '../sight.ts'
import { withoutBarred } from './barred.ts'
import { checkBases } from './bases.ts'
import { deniedFields } from './rights.ts'
import type { ImportFormat, ImportRow } from './row.ts'
import { rowFields } from './row-fields.ts'
import { countBatch, type ImportItem, writeBatch } from './write.ts'

/** What an import says about itself. Every import names its source and its ground (Art. 5(2), 6(1), 14(2)(f) GDPR). */
export type ImportStatement = {
  fileName: string
  format: ImportFormat
  /** Where the data came from: `Trade fair 2026`. */
  source: string
  /** When it was obtained. */
  sourceAt: Date
  ground: LegalGround
  /** Why that ground holds. */
  groundNote: string
  /** The key of a purpose: each contact gets the ground for it. */
  purpose?: string | undefined
}

export type ImportCounts = { created: number; changed: number; unchanged: number; rejected: number }

export type ImportOptions = {
  /** Check and count only; nothing is written. */
  dryRun?: boolean
  /** Whose rights hold for each field of each row. The command line has all. */
  rights?: Rights
  /** New contacts may lack custom fields that are required: such as made-up ones, for which not everything can be made up. */
  incomplete?: boolean
  /** Told each row that can't be imported, and why. Awaited, so that a writer can slow the import down. */
  onRejected?: (row: ImportRow, faults: readonly Fault[]) => void | Promise<void>
  /** Told after each batch. */
  onProgress?: (counts: ImportCounts) => void
}

// Large enough that round trips don't count, small enough that memory and a lost batch don't either.
const batchSize = 1000

const attempts = 5

/**
 * Imports rows, batch by batch: each batch is one transaction with its log entries, so an interrupted import leaves whole
 * batches, and can be repeated. Rows that were imported before only fill gaps. Rows with faults are handed out. Throws
 * FORBIDDEN for a caller who is bound to purposes.
 */
export async function importContacts(
  context: WorkContext,
  rows: AsyncIterable<ImportRow>,
  statement: ImportStatement,
  options: ImportOptions = {},
): Promise<ImportCounts & { importId: string | null }> {
  if (isBound(context)) throw seesTooLittle()
  const faults: Fault[] = []
  const { source = '', sourceAt = null } = checkProvenance(statement, faults)
  if (!source && faults.length === 0) faults.push({ field: 'source', message: 'Say where the data came from.' })
  checkText(statement.fileName, 'fileName', { max: 255 }, faults)
  checkText(statement.groundNote, 'groundNote', { max: 2000, multiline: true }, faults)
  const { purpose, ground, ...about } = statement
  const objectionTo = await context.basisImport?.begin(context)
  const objection =
    purpose !== undefined && (objectionTo ? objectionTo({ purpose, ground }) : 'Legal grounds are not kept here.')
  if (objection) faults.push({ field: 'purpose', message: objection })
  if (faults.length > 0) throw invalidInput(faults)
  const obtainedAt = sourceAt ?? new Date()
  const counts = { created: 0, changed: 0, unchanged: 0, rejected: 0 }
  const importId = options.dryRun
    ? null
    : await beginImport(context, { ...about, ground, purposeKey: purpose ?? null, source })
  const seen = new Set<string>() // Only a dry run needs it: otherwise the database remembers.
  const provenance = { source, sourceAt, ...(importId && { importId }) }

  const recheck = rowFields(context, options)
  const flush = async (items: readonly ImportItem[]) => {
    const result = await again(() =>
      transact(context, 'importContacts', async (tx) => {
        const { fits, misfits } = await recheck.again(tx, items)
        const { admitted, barred } = await withoutBarred(tx, context, fits)
        const batch = importId
          ? await writeBatch(tx, context.keys, statement, provenance, admitted, async (holders) =>
              context.basisImport ? context.basisImport.write(tx, context, { importId, source }, holders) : new Set(),
            )
          : await countBatch(tx, statement, admitted, seen, async (holders) =>
              context.basisImport ? context.basisImport.count(tx, holders) : new Set(),
            )
        const written = { ...batch, refused: [...misfits, ...barred, ...batch.refused] }
        // With each batch, so that an import that is cut off tells what came of it.
        if (importId) await tx.import.update({ where: { id: importId }, data: add(counts, written) })
        return written
      }),
    )
    Object.assign(counts, add(counts, result))
    for (const { row, faults: found } of result.refused) await options.onRejected?.(row, found)
    options.onProgress?.({ ...counts })
  }

  let batch: ImportItem[] = []
  let writing = Promise.resolve() // One batch is written while the next one is read and checked.
  let read = 0
  for await (const row of rows) {
    if (++read % 200 === 0) await setImmediate() // Others want to be served, too.
    const { contact, faults } = checkDraft(row.draft, { defaultCountry: context.country })
    const fields = await recheck.plan(row, faults)
    const empty = faults.length + row.faults.length === 0 ? checkNotEmpty(contact) : undefined
    const bases = checkBases(row.bases ?? [], obtainedAt, objectionTo, faults)
    const denied = options.rights ? deniedFields({ ...row.draft, bases: row.bases }, options.rights) : []
    const all = [...row.faults, ...faults, ...(empty ? [empty] : []), ...denied]
    if (all.length > 0) {
      counts.rejected++
      await options.onRejected?.(row, all)
      continue
    }
    // What a column says of the purpose itself counts before what the import says of all.
    const said = bases.some((basis) => basis.purpose === purpose && basis.ground === ground)
    if (purpose !== undefined && !said) bases.push({ purpose, ground, since: obtainedAt })
    batch.push({ contact: { ...contact, ...fields }, externalId: row.externalId, bases, row })
    if (batch.length < batchSize) continue
    await writing
    writing = flush(batch)
    writing.catch(() => undefined) // Heard at the next `await writing`, however long reading takes until then.
    batch = []
  }
  await writing
  if (batch.length > 0) await flush(batch)
  options.onProgress?.({ ...counts })
  if (importId) await endImport(context, importId, counts)
  return { ...counts, importId }
}

/** Rows are compared with all contacts: what came of them would tell who else is there, or fill the gaps of those. */
const seesTooLittle = () =>
  new LetheError(
    'FORBIDDEN',
    'An import compares each row with every contact, and your roles let you see only some: have somebody import who sees all.',
  )

type Batch = Omit<ImportCounts, 'rejected'> & { refused: readonly unknown[] }

const add = (counts: ImportCounts, batch: Batch): ImportCounts => ({
  created: counts.created + batch.created,
  changed: counts.changed + batch.changed,
  unchanged: counts.unchanged + batch.unchanged,
  rejected: counts.rejected + batch.refused.length,
})

async function beginImport(
  context: WorkContext,
  statement: Omit<ImportStatement, 'purpose'> & { purposeKey: string | null },
) {
  const id = uuidv7()
  const { kind, id: actorId } = context.actor
  await transact(context, 'importContacts', (tx) =>
    tx.import.create({ data: { id, ...statement, actorKind: kind, actorId } }),
  )
  return id
}

async function endImport(context: WorkContext, id: string, counts: ImportCounts) {
  await transact(context, 'importContacts', (tx) =>
    tx.import.update({ where: { id }, data: { ...counts, finishedAt: new Date() } }),
  )
}

/** Another import claimed one of the same persons in the meantime: the next attempt finds them. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === attempts || !isUniqueViolation(error)) throw error
    }
  }
}
