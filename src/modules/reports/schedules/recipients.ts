import { v7 as uuidv7 } from 'uuid'
import type { ReportRecipient } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import { invalidInput } from '../../../graphql/errors.ts'

/** A recipient to be: a user, or an address that was allowed. */
export type RecipientDraft = {
  userId?: string | undefined
  addressId?: string | undefined
  language?: 'de' | 'en' | null | undefined
}

export const mostRecipients = 50

/** Who gets it from now on, and nobody else. Throws INVALID_INPUT for who isn't there, or is twice. */
export async function setRecipients(
  tx: Transaction,
  scheduleId: string,
  drafts: readonly RecipientDraft[],
): Promise<boolean> {
  await refuseUnknown(tx, drafts)
  const present = await tx.reportRecipient.findMany({ where: { scheduleId }, orderBy: { id: 'asc' } })
  const same = (row: ReportRecipient, draft: RecipientDraft) =>
    row.userId === (draft.userId ?? null) && row.addressId === (draft.addressId ?? null)
  const gone = present.filter((row) => !drafts.some((draft) => same(row, draft)))
  const come = drafts.filter((draft) => !present.some((row) => same(row, draft)))
  if (gone.length > 0) await tx.reportRecipient.deleteMany({ where: { id: { in: gone.map(({ id }) => id) } } })
  for (const row of present) {
    const draft = drafts.find((one) => same(row, one))
    const language = draft?.language ?? null
    if (draft && language !== row.language)
      await tx.reportRecipient.update({ where: { id: row.id }, data: { language } })
  }
  const data = come.map(({ userId, addressId, language }) => ({
    ...{ id: uuidv7(), scheduleId, userId: userId ?? null, addressId: addressId ?? null, language: language ?? null },
  }))
  if (data.length > 0) await tx.reportRecipient.createMany({ data })
  return come.length > 0
}

async function refuseUnknown(tx: Transaction, drafts: readonly RecipientDraft[]) {
  const keys = drafts.map(({ userId, addressId }) => userId ?? addressId ?? '')
  const users = drafts.flatMap(({ userId }) => userId ?? [])
  const addresses = drafts.flatMap(({ addressId }) => addressId ?? [])
  const mailboxes = new Map([
    ...(
      await tx.user.findMany({ where: { id: { in: users }, disabledAt: null }, select: { id: true, email: true } })
    ).map(({ id, email }) => [id, email] as const),
    ...(await tx.reportAddress.findMany({ where: { id: { in: addresses } }, select: { id: true, address: true } })).map(
      ({ id, address }) => [id, address] as const,
    ),
  ])
  const named = keys.map((key) => mailboxes.get(key))
  const faults = keys.flatMap((_key, index) => {
    const field = `input.recipients.${index}`
    const mailbox = named[index]
    if (mailbox === undefined)
      return [{ field, message: 'There is nobody who signs in, nor an address that was allowed, with this id.' }]
    return named.indexOf(mailbox) < index ? [{ field, message: 'Is named twice, or has the same address.' }] : []
  })
  if (drafts.length === 0) faults.push({ field: 'input.recipients', message: 'Name somebody who gets it.' })
  if (drafts.length > mostRecipients)
    faults.push({ field: 'input.recipients', message: `Must not be more than ${mostRecipients}.` })
  if (faults.length > 0) throw invalidInput(faults)
}
