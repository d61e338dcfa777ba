import type { Fault } from '../../../graphql/errors.ts'

/** Why a component is not imported. */
export class Rejected extends Error {
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super('rejected')
    this.faults = faults
  }
}
