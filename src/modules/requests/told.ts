import type { News, Telling } from '../recipients/told.ts'

/** Recipients are told that processing is restricted, and when it is no longer (Art. 18, 19 GDPR). */
export const restrictionTelling: Telling = {
  entities: ['SubjectRequest'],
  async news(tx, entries) {
    const asked = entries.filter(({ changes }) => changes['status'] || changes['liftedAt'])
    const granted = await tx.subjectRequest.findMany({
      where: {
        contactId: { in: asked.map(({ contactId }) => contactId) },
        id: { in: asked.map(({ entityId }) => entityId) },
        ...{ kind: 'restriction', status: 'fulfilled' },
      },
      select: { id: true, liftedAt: true },
    })
    const found = new Map(granted.map((request) => [request.id, request]))
    return asked.flatMap((entry): News<typeof entry>[] => {
      const request = found.get(entry.entityId)
      if (!request) return []
      const nothing = { entry, fields: [], record: '' }
      return [
        ...(entry.changes['status']?.new === 'fulfilled' ? [{ ...nothing, kind: 'restricted' as const }] : []),
        ...(entry.changes['liftedAt'] && request.liftedAt
          ? [{ ...nothing, kind: 'unrestricted' as const, from: request.liftedAt }]
          : []),
      ]
    })
  },
}
