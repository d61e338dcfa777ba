import { v7 as uuidv7 } from 'uuid'
import { comparable } from '../../database/text.ts'
import { transact } from '../../database/transact.ts'
import type { Context } from '../../graphql/context.ts'
import { invalidInput } from '../../graphql/errors.ts'
import { unknownPurpose } from '../contacts/sight.ts'
import { requireClient } from '../identity/clients/clients.ts'
import { mostWork } from './guard/work.ts'

/** Asks the pages of a client for a proof of work. Throws NOT_FOUND, INVALID_INPUT. */
export async function protectClient(context: Context, clientId: string, proofOfWork: number): Promise<void> {
  if (proofOfWork < 0 || proofOfWork > mostWork)
    throw invalidInput([{ field: 'proofOfWork', message: `From 0 to ${mostWork} bits.` }])
  await transact(context, 'protectClient', async (tx) => {
    await requireClient(tx, clientId)
    const known = await tx.clientProtection.findUnique({ where: { clientId } })
    if (known) await tx.clientProtection.update({ where: { clientId }, data: { proofOfWork } })
    else await tx.clientProtection.create({ data: { clientId, proofOfWork } })
  })
}

/** From which version on notices of a purpose count; null: the current one alone. Returns the oldest. Throws INVALID_INPUT. */
export const acceptNoticesSince = (context: Context, key: string, version: number | null): Promise<number> =>
  transact(context, 'acceptNoticesSince', async (tx) => {
    const purpose = await tx.purpose.findUnique({ where: { key: comparable(key) } })
    if (!purpose) throw unknownPurpose('purpose')
    if (version !== null && (version < 1 || version > purpose.noticeVersion))
      throw invalidInput([{ field: 'version', message: 'There is no such version of the notice of this purpose.' }])
    const where = { purposeKey: key }
    const known = await tx.acceptedNotices.findUnique({ where })
    if (version === null) {
      if (known) await tx.acceptedNotices.delete({ where })
      return purpose.noticeVersion
    }
    if (known) await tx.acceptedNotices.update({ where, data: { since: version } })
    else await tx.acceptedNotices.create({ data: { purposeKey: key, id: uuidv7(), since: version } })
    return version
  })
