import type { WorkContext } from '../../../graphql/context.ts'
import { definitionsOf } from '../../fields/definitions.ts'
import { mayRead, mayWrite } from '../../fields/rights.ts'
import type { ImportFields } from './targets.ts'

/** The custom fields that columns of a table can go to, as far as whoever imports may know of them. */
export async function importFields(context: WorkContext): Promise<ImportFields> {
  const { all } = await definitionsOf(context)
  const known = all.filter((one) => !one.retiredAt && mayRead(context, one) && mayWrite(context, one))
  return { known, complete: !context.rights || context.rights.canRead('fields.definitions') }
}
