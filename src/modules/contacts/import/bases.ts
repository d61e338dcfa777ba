import type { LegalGround } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'

/** A legal ground that a row brings, as it stood there: since when, or only that there is one. */
export type RowBasis = { purpose: string; ground: LegalGround; since: string }

/** The same, checked. */
export type ImportedBasis = { purpose: string; ground: LegalGround; since: Date }

/** A contact that a batch brought or completed, with the grounds of its rows. */
export type BasisHolder = { contactId: string; bases: readonly ImportedBasis[] }

/** How legal grounds are imported, by the module that keeps them. */
export type BasisImport = {
  /** Looks once at what purposes there are. The answer says what is against a ground, if something is. */
  begin: (context: WorkContext) => Promise<(basis: Pick<RowBasis, 'purpose' | 'ground'>) => string | undefined>
  /** Which contacts would get something, for a dry run. */
  count: (tx: Transaction, holders: readonly BasisHolder[]) => Promise<ReadonlySet<string>>
  /** Writes what fills a gap. Returns the contacts that got something. */
  write: (
    tx: Transaction,
    context: WorkContext,
    origin: { importId: string; source: string },
    holders: readonly BasisHolder[],
  ) => Promise<ReadonlySet<string>>
}

const yes = /^(yes|y|true|1|x|ja|j|wahr)$/i
const no = /^(no|n|false|0|-|nein|falsch|null)$/i

/** The grounds of a row, checked: `yes` means since the data was obtained, `no` none. Adds what is wrong to the faults. */
export function checkBases(
  bases: readonly RowBasis[],
  sourceAt: Date,
  objectionTo: ((basis: RowBasis) => string | undefined) | undefined,
  faults: Fault[],
): ImportedBasis[] {
  return bases.flatMap((basis) => {
    const { purpose, ground, since } = basis
    if (no.test(since)) return []
    const field = `${ground}:${purpose}`
    const objection = objectionTo ? objectionTo(basis) : 'Legal grounds are not kept here.'
    const date = yes.test(since) ? sourceAt : new Date(`${since}T00:00:00Z`)
    if (objection) faults.push({ field, message: objection })
    else if (Number.isNaN(date.getTime()) || date > new Date()) {
      faults.push({ field, message: 'Write since when, as a day that is not in the future, or yes or no.' })
    } else return [{ purpose, ground, since: date }]
    return []
  })
}
