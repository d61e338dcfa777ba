import type { RecipientNotice } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { present } from '../lawfulness/audited.ts'
import { defineModule } from '../module.ts'
import { addRecipientOperations } from './graphql/operations.ts'
import { addRecipientTypes } from './graphql/types.ts'
import { recipientMerging } from './merging.ts'
import { recipientData } from './personal-data.ts'
import { notices } from './state.ts'
import { startTellingRecipients } from './worker.ts'

/**
 * Who received data of contacts, and that they are told when it is rectified, or its processing restricted (Art. 19 GDPR). In parts:
 *
 * - `received.ts`: which partner gets which field, noted before it does
 * - `told.ts`: what other modules say of theirs, so that it is told, too
 * - `rectified.ts`, `notices.ts`: what happened, from the log, and who has to be told; `tell.ts`: by webhook
 * - `record.ts`: by staff
 */
export const recipients = defineModule({
  name: 'recipients',
  needs: ['contacts', 'audit', 'lawfulness', 'fields', 'deliveries'],
  rights: {
    'recipients.notices':
      'Who has to be told that data was rectified or restricted, and was: seeing it, and noting that you told them.',
  },
  personalData: recipientData,
  merging: recipientMerging,
  queues: [notices],
  audited: { RecipientNotice: describeNotice },
  workers: [{ name: 'notices', start: ({ work, grace }) => startTellingRecipients(work, { grace }) }],
  schema(builder) {
    addRecipientOperations(builder, addRecipientTypes(builder))
  },
})

function describeNotice(row: Partial<RecipientNotice> & { contactId: string; id: string }): AuditedRow {
  const { contactId, id, kind, recipient, record, fields, changedAt, state, how, toldAt, fault } = row
  return {
    ...{ contactId, entity: 'RecipientNotice', entityId: id },
    values: present({ kind, recipient, record, fields, changedAt, state: state?.toUpperCase(), how, toldAt, fault }),
  }
}
