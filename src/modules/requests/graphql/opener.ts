import type { Context } from '../../../graphql/context.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { keyOf } from '../../audit/opening.ts'

/** The key that opens what is sealed; undefined where nothing is left to open. */
export async function openerFor(context: Context, row: { contactId: string }): Promise<ContactKey | undefined> {
  const key = await keyOf(context, row)
  return key === 'destroyed' ? undefined : key
}
