import { v7 as uuidv7 } from 'uuid'
import type { ReportAddress, ReportProtection } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { isEmail, normaliseEmail } from '../../identity/access/users.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { personIn } from './change.ts'
import { type ProtectionDraft, protectionOf } from './protection/protection.ts'

/** An address that may get reports, of somebody who doesn't sign in here. */
export type AddressDraft = {
  address: string
  name: string
  language: 'de' | 'en'
  protection?: ProtectionDraft | null | undefined
}

const taken: Fault = { field: 'input.address', message: 'This address is allowed already.' }

/**
 * Allows an address; one that mails came back from, again: then they go there once more. Throws INVALID_INPUT for what is none, or is
 * allowed already.
 */
export async function allowAddress(context: Context, draft: AddressDraft): Promise<ReportAddress> {
  personIn(context)
  const faults: Fault[] = []
  const name = checkText(draft.name, 'input.name', { max: 200 }, faults)
  const address = normaliseEmail(draft.address)
  if (!isEmail(address)) faults.push({ field: 'input.address', message: 'Give one e-mail address.' })
  if (faults.length > 0) throw invalidInput(faults)
  const present = await context.database.reportAddress.findUnique({ where: { address } })
  const again = present?.undeliverableAt ? present : undefined
  const id = again?.id ?? uuidv7()
  const protection = draft.protection ? await protectionOf(context, id, draft.protection) : undefined
  return unlessTaken(taken, () =>
    transact(context, 'allowReportAddress', async (tx) => {
      const data = { address, name, language: draft.language, undeliverableAt: null }
      const made = again
        ? await tx.reportAddress.update({ where: { id }, data })
        : await tx.reportAddress.create({ data: { id, ...data, createdAt: new Date() } })
      if (protection) {
        await tx.reportProtection.deleteMany({ where: { recipientId: id } })
        await tx.reportProtection.create({ data: withBytes(protection) })
      }
      return made
    }),
  )
}

/** Forbids an address again: no schedule sends anything there any more. Throws NOT_FOUND. */
export async function forgetAddress(context: Context, id: string): Promise<void> {
  personIn(context)
  await transact(context, 'forgetReportAddress', async (tx) => {
    const found = await tx.reportAddress.findUnique({ where: { id } })
    if (!found) throw notFound('ReportAddress')
    await tx.reportRecipient.deleteMany({ where: { addressId: id } })
    await tx.reportProtection.deleteMany({ where: { recipientId: id } })
    await tx.reportAddress.delete({ where: { id } })
  })
}

/** Says by what the caller's own attachments are encrypted from now on; null: by nothing, so that none come. Throws INVALID_INPUT. */
export async function setOwnProtection(
  context: Context,
  draft: ProtectionDraft | null,
): Promise<ReportProtection | null> {
  const recipientId = personIn(context)
  const protection = draft && (await protectionOf(context, recipientId, draft))
  return transact(context, 'setReportProtection', async (tx) => {
    await tx.reportProtection.deleteMany({ where: { recipientId } })
    return protection ? create(tx, protection) : null
  })
}

const create = (tx: Transaction, protection: ReportProtection) =>
  tx.reportProtection.create({ data: withBytes(protection) })

const withBytes = ({ password, ...row }: ReportProtection) => ({
  ...row,
  password: password && new Uint8Array(password),
})
