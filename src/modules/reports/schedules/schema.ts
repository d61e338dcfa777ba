import type { Builder } from '../../../graphql/builder.ts'
import { addScheduleOperations } from './graphql/operations.ts'
import { addScheduleTypes } from './graphql/types.ts'

/** Reports by mail: when, which, and to whom. */
export function addSchedules(builder: Builder): void {
  addScheduleOperations(builder, addScheduleTypes(builder))
}
