import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { Fault } from '../../graphql/errors.ts'

/**
 * Keeps those out who objected and were erased, for whoever enters contacts. Only e-mail addresses and phone numbers count, as they are
 * stored.
 */
export type Readmission = {
  /** Which of these addresses are of somebody who may not be entered again. One statement. */
  barred: (
    tx: Transaction,
    context: Pick<WorkContext, 'secrets'>,
    addresses: readonly Address[],
  ) => Promise<ReadonlySet<Address>>
  /** Lets them be entered again, since they said so themself. Returns how many addresses were barred. */
  admit: (tx: Transaction, context: Pick<WorkContext, 'secrets'>, addresses: readonly Address[]) => Promise<number>
}

type Address = { kind: string; value: string }

const listOf: Readonly<Record<string, string>> = { email: 'emails', phone: 'phones' }

/** What is wrong with those addresses of a new contact that are barred; empty: nothing is. */
export async function barredFaults(
  tx: Transaction,
  { readmission, secrets }: Pick<WorkContext, 'readmission' | 'secrets'>,
  points: readonly Address[],
): Promise<Fault[]> {
  const barred = (await readmission?.barred(tx, { secrets }, points)) ?? new Set()
  return points.filter((point) => barred.has(point)).map((point) => barredFault(fieldOf(points, point)))
}

const fieldOf = (points: readonly Address[], point: Address) =>
  `${listOf[point.kind] ?? point.kind}.${points.filter(({ kind }) => kind === point.kind).indexOf(point)}`

/** What is wrong with an address that is barred. */
export const barredFault = (field: string): Fault => ({
  field,
  message:
    'Somebody with this address objected to the use of their data and was erased (Art. 21(3) GDPR). If they want to be entered again, ' +
    'let them confirm it themself (giveConsent), or lift it (liftErasureFingerprint).',
  rule: 'erased',
})
