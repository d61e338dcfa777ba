import { v7 as uuidv7 } from 'uuid'
import type { RetentionAction, RetentionClass, RetentionStart } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { isDuration } from '../duration.ts'
import { checkKey } from '../keys.ts'
import { checkTexts } from '../texts.ts'

/** What one may say about a retention class. Absent: as it is. */
export type RetentionDraft = {
  names?: readonly { language: string; text: string }[] | null | undefined
  period?: string | null | undefined
  start?: RetentionStart | null | undefined
  citation?: string | null | undefined
  action?: RetentionAction | null | undefined
}

/** Makes a retention class. Throws INVALID_INPUT with every fault. */
export async function createRetentionClass(
  context: WorkContext,
  key: string,
  draft: RetentionDraft & { start: RetentionStart; action: RetentionAction },
): Promise<RetentionClass> {
  const faults: Fault[] = []
  checkKey(key, 'key', faults)
  const {
    names = {},
    period = '',
    citation = '',
  } = checked({ ...draft, names: draft.names ?? [], period: draft.period ?? '' }, faults)
  const { start, action } = draft
  return unlessTaken({ field: 'key', message: 'Another retention class has this key already.' }, () =>
    transact(
      context,
      'createRetentionClass',
      (tx) =>
        tx.retentionClass.create({
          data: { key, id: uuidv7(), names, period, citation, start, action, createdAt: new Date() },
        }),
      { integrated: true },
    ),
  )
}

/** Changes a retention class. Throws NOT_FOUND, or INVALID_INPUT with every fault. */
export async function updateRetentionClass(
  context: WorkContext,
  key: string,
  draft: RetentionDraft,
): Promise<RetentionClass> {
  const data = checked(draft, [])
  return change(context, 'updateRetentionClass', key, data)
}

/** Takes a retention class out of use; what has it already keeps it. */
export async function retireRetentionClass(context: WorkContext, key: string): Promise<RetentionClass> {
  return change(context, 'retireRetentionClass', key, { retiredAt: new Date() })
}

const change = (
  context: WorkContext,
  operation: string,
  key: string,
  data: Partial<Omit<RetentionClass, 'names'>> & { names?: object },
) =>
  transact(
    context,
    operation,
    async (tx) => {
      const row = await tx.retentionClass.findUnique({ where: { key } })
      if (!row) throw notFound('RetentionClass')
      if (data.retiredAt && row.retiredAt) return row
      return tx.retentionClass.update({ where: { key }, data })
    },
    { integrated: true },
  )

function checked({ names, period, start, citation, action }: RetentionDraft, faults: Fault[]) {
  if (typeof period === 'string' && !isDuration(period)) {
    faults.push({ field: 'period', message: 'Write it as an ISO 8601 duration: `P6Y`, `P18M`, `P14D`.' })
  }
  const data = {
    ...(names && { names: checkTexts(names, 'names', { max: 200, wanted: true }, faults) }),
    ...(typeof period === 'string' && { period }),
    ...(start && { start }),
    ...(citation !== undefined && { citation: checkText(citation, 'citation', { max: 300 }, faults) }),
    ...(action && { action }),
  }
  if (faults.length > 0) throw invalidInput(faults)
  return data
}
