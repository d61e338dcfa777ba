import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Notice } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { checkTexts } from '../texts.ts'
import { requirePurpose } from './change-purposes.ts'

/**
 * Publishes the next version of what persons are told about a purpose, in one or more languages. It never changes, so that
 * whoever consented did so to this text (Art. 7(1) GDPR). Throws NOT_FOUND, or INVALID_INPUT with every fault.
 */
export async function publishNotice(
  context: WorkContext,
  purposeKey: string,
  texts: readonly { language: string; text: string }[],
): Promise<Notice[]> {
  const faults: Fault[] = []
  const checked = checkTexts(texts, 'texts', { max: 50_000, multiline: true, wanted: true }, faults)
  if (faults.length > 0) throw invalidInput(faults)
  return transact(
    context,
    'publishNotice',
    async (tx) => {
      const purpose = await requirePurpose(tx, purposeKey)
      const version = purpose.noticeVersion + 1
      // Of two that publish at once, one has to begin again, with the next version.
      await tx.purpose.update({ where: { key: purposeKey }, data: { noticeVersion: version } })
      const publishedAt = new Date()
      const rows = Object.entries(checked).map(([language, text]) => ({
        ...{ id: uuidv7(), purposeKey, version, language, text, publishedAt },
        sha256: createHash('sha256').update(text).digest('hex'),
      }))
      await tx.notice.createMany({ data: rows })
      return rows
    },
    { integrated: true },
  )
}
