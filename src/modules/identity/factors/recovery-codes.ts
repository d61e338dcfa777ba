import { randomInt } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context, WorkContext } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { hashToken } from '../sign-in/sessions.ts'
import { changeFactors, hasFactor } from './changes.ts'

// 32 digits and letters, none of which looks like another (Crockford's base 32).
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
// 24 of them are 120 bits: nobody guesses that, so a plain hash is enough (ASVS 6.5.2, 6.5.3).
const groups = 6
const groupLength = 4

const howMany = 10

/** Gives new recovery codes; the former ones are worth nothing any more. Throws INVALID_INPUT without a second factor. */
export async function renewRecoveryCodes(context: Context): Promise<string[]> {
  return changeFactors(context, 'renewRecoveryCodes', async (tx, userId) => {
    if (!(await hasFactor(tx, userId))) {
      const message = 'They stand in for a second factor: add an authenticator app or a passkey first.'
      throw invalidInput([{ field: 'recoveryCodes', message }])
    }
    return replaceCodes(tx, userId)
  })
}

/** Call it after a factor was added. Gives codes where there are none left; otherwise an empty list. */
export async function codesForFirstFactor(tx: Transaction, userId: string): Promise<string[]> {
  const left = await tx.recoveryCode.count({ where: { userId, usedAt: null } })
  return left > 0 ? [] : replaceCodes(tx, userId)
}

/** Whether it is a recovery code of this user; then it is used up. Of several at once, one is right (ASVS 6.5.1). */
export async function takeRecoveryCode(context: WorkContext, userId: string, code: string): Promise<boolean> {
  const where = { userId, codeHash: hashOf(code), usedAt: null }
  const { count } = await transact({ ...context, actor: { kind: 'user', id: userId } }, 'useRecoveryCode', (tx) =>
    tx.recoveryCode.updateMany({ where, data: { usedAt: new Date() } }),
  )
  return count === 1
}

async function replaceCodes(tx: Transaction, userId: string) {
  const codes = Array.from({ length: howMany }, newCode)
  await tx.recoveryCode.deleteMany({ where: { userId } })
  await tx.recoveryCode.createMany({ data: codes.map((code) => ({ id: uuidv7(), userId, codeHash: hashOf(code) })) })
  return codes
}

function newCode() {
  const group = () => Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}

/** The same for a code however it is typed: in capitals, with other separators, with a letter for the digit it looks like. */
const hashOf = (code: string) =>
  hashToken(
    code
      .toLowerCase()
      .replaceAll(/[^0-9a-z]/g, '')
      .replaceAll('o', '0')
      .replaceAll(/[il]/g, '1'),
  )
