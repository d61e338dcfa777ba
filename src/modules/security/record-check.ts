import { v7 as uuidv7 } from 'uuid'
import type { SecurityCheck } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'
import { signedInUser } from '../identity/sign-in/confirm.ts'

/** Writes down that the caller looked whether a measure is in force and works, and what they found. */
export async function recordCheck(context: Context, measure: string, text: string): Promise<SecurityCheck> {
  const userId = signedInUser(context)
  const faults: Fault[] = []
  const note = checkText(text, 'note', { max: 2000, multiline: true }, faults)
  if (faults.length > 0) throw invalidInput(faults)
  const data = { id: uuidv7(), measure, userId, note, checkedAt: new Date() }
  return transact(context, 'recordSecurityCheck', (tx) => tx.securityCheck.create({ data }))
}
