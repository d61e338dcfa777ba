import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { ErasureHold, Module, PersonalData } from '../../module.ts'

/** What a module holds about contacts. */
export type Holder = PersonalData & { module: string }

/** All that modules hold about contacts, in the order of the modules. */
export const holdersOf = (modules: readonly Pick<Module, 'name' | 'personalData'>[]): Holder[] =>
  modules.flatMap(({ name, personalData }) => (personalData === 'none' ? [] : [{ module: name, ...personalData }]))

/** Why some of these contacts may not be erased now. */
export async function holdsOn(
  tx: Transaction,
  { erasureHolds = [] }: Pick<WorkContext, 'erasureHolds'>,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, ErasureHold>> {
  const holds = new Map<string, ErasureHold>()
  for (const holdsAmong of erasureHolds) {
    for (const [contactId, hold] of await holdsAmong(tx, contactIds)) holds.set(contactId, hold)
  }
  return holds
}

/** A legal hold forbids the erasure for now: nothing happened. */
export class ErasureHeld extends Error {
  override readonly name = 'ErasureHeld'
  readonly holds: ReadonlyMap<string, ErasureHold>

  constructor(holds: ReadonlyMap<string, ErasureHold>) {
    super(`${holds.size} of the contacts may not be erased for now: a legal hold is on them.`)
    this.holds = holds
  }
}
