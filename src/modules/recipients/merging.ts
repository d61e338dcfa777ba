import type { Merging } from '../contacts/merging.ts'

/** Who received the data of one of two contacts that are one person has to be told of both. What was received stays so. */
export const recipientMerging: Merging = {
  async merged(tx, _context, { targetId, sourceId }) {
    await tx.$executeRaw`
      INSERT INTO recipient_read (contact_id, id, client_id, field, record, first_at, last_at)
      SELECT ${targetId}::uuid, r.id, r.client_id, r.field, r.record, r.first_at, r.last_at
      FROM recipient_read r WHERE r.contact_id = ${sourceId}::uuid
      ON CONFLICT (contact_id, client_id, field, record) DO NOTHING`
  },
  async unmerged() {},
}
