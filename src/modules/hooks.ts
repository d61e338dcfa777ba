import type { Transaction } from '../database/transact.ts'
import type { WorkContext } from '../graphql/context.ts'
import { offersOf } from './automation/offers.ts'
import { restrictedBy } from './contacts/sight.ts'
import { holdersOf } from './erasure/engine/holder.ts'
import type { Module } from './module.ts'
import { namesOf } from './names.ts'

/** What modules do for others, for the context that these work in. */
export function hooksOf(
  modules: readonly Module[],
): Pick<
  WorkContext,
  | 'bases'
  | 'restrictions'
  | 'unknownPurposes'
  | 'merging'
  | 'basisImport'
  | 'basisListeners'
  | 'tellings'
  | 'fieldProposals'
  | 'requestErasure'
  | 'resumeErasures'
  | 'withdrawErasures'
  | 'readmission'
  | 'offers'
  | 'holders'
  | 'erasureHolds'
  | 'beforeErasures'
  | 'names'
> {
  const [basisImport] = modules.flatMap((module) => module.basisImport ?? [])
  const [fieldProposals] = modules.flatMap((module) => module.fieldProposals ?? [])
  const [readmission] = modules.flatMap((module) => module.readmission ?? [])
  const [unknownPurposes] = modules.flatMap((module) => module.unknownPurposes ?? [])
  const [resumeErasures] = modules.flatMap((module) => module.resumeErasures ?? [])
  const [withdrawErasures] = modules.flatMap((module) => module.withdrawErasures ?? [])
  const [requestErasure] = modules.flatMap((module) => module.requestErasure ?? [])
  const restrictions = modules.flatMap(({ restriction }) => restriction ?? [])
  const restricted = restrictions.length > 0 ? restrictedBy(restrictions) : undefined
  return {
    bases: modules.flatMap(({ basis }) =>
      basis ? [(purposes, but = restricted, few) => basis(purposes, but, few)] : [],
    ),
    restrictions,
    merging: modules.flatMap(({ merging }) => merging ?? []),
    tellings: modules.flatMap(({ tellings }) => tellings ?? []),
    basisListeners: modules.flatMap(({ basisListener }) => basisListener ?? []),
    offers: offersOf(modules),
    holders: holdersOf(modules),
    erasureHolds: modules.flatMap(({ erasureHold }) => erasureHold ?? []),
    beforeErasures: modules.flatMap(({ beforeErasure }) => beforeErasure ?? []),
    names: namesOf(modules),
    ...(basisImport && { basisImport }),
    ...(fieldProposals && { fieldProposals }),
    ...(requestErasure && { requestErasure }),
    ...(resumeErasures && { resumeErasures }),
    ...(withdrawErasures && { withdrawErasures }),
    ...(readmission && { readmission }),
    ...(unknownPurposes && { unknownPurposes }),
  }
}

/** Makes what modules have from the start. */
export const beginningOf =
  (modules: readonly Module[]) =>
  async (tx: Transaction): Promise<void> => {
    for (const { begin } of modules) await begin?.(tx)
  }
