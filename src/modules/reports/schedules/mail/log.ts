import type { ReportRecipient, ReportSchedule } from '#prisma/client.ts'
import type { Context } from '../../../../graphql/context.ts'
import { logReads } from '../../../audit/log-reads.ts'
import { noteReachOf } from '../../files/reach.ts'
import type { OpenReport } from '../../running/open.ts'

type Mailed = {
  schedule: ReportSchedule
  recipient: ReportRecipient
  format: string
  rows: number
  reached: ReadonlySet<string>
}

/** Tells the log, before anything is sent, that somebody is about to get the rows of a report as a file. */
export const logMailed = async (
  owner: Context,
  { columns, source }: OpenReport,
  { schedule, recipient, format, rows, reached }: Mailed,
): Promise<void> =>
  logReads({ ...owner, actor: { kind: 'system', id: null } }, 'mailReport', [
    {
      ...{ entity: 'ReportSchedule', entityId: schedule.id, field: 'recipients' },
      what: {
        ...{ source: source.key, columns: columns.map(({ key }) => key), format, rows },
        ...(await noteReachOf(owner, reached)),
        recipient: recipient.userId ?? recipient.addressId,
      },
    },
  ])
