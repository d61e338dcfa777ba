import { encodeGlobalID } from '@pothos/plugin-relay'
import type { ClientScope, Contact, ContactPoint, RecipientNotice } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Json, JsonObject } from '../../database/json.ts'
import { rightsOf } from '../../graphql/auth/rights.ts'
import { contactFieldList } from '../contacts/fields.ts'
import { pointKindList } from '../contacts/points.ts'

/**
 * What a recipient is told: which fields of which contact were rectified, and how they are now, as far as it may read them; of custom
 * fields and of records only that they changed, since what partners get of those depends on more; or that processing is restricted.
 */
export async function noticeBody(database: Database, notice: RecipientNotice): Promise<string> {
  const scopes = notice.clientId ? await database.clientScope.findMany({ where: { clientId: notice.clientId } }) : []
  const contact = await database.contact.findUnique({
    where: { id: notice.contactId },
    include: { points: { orderBy: [{ primary: 'desc' }, { id: 'asc' }] } },
  })
  return JSON.stringify({
    type: `contact.${notice.kind}`,
    timestamp: notice.changedAt.toISOString(),
    data: {
      id: notice.id,
      contact: encodeGlobalID('Contact', notice.contactId),
      ...(notice.kind === 'rectified' && { record: notice.record || null, fields: notice.fields }),
      ...(notice.kind === 'rectified' && { values: contact ? valuesFor(scopes, contact, notice.fields) : {} }),
    },
  })
}

type WithPoints = Contact & { points: ContactPoint[] }

function valuesFor(scopes: readonly ClientScope[], contact: WithPoints, fields: readonly string[]): JsonObject {
  const rights = rightsOf(scopes)
  if (!rights.canRead('contacts.contact')) return {}
  const values: JsonObject = {}
  for (const { name, right, type } of contactFieldList) {
    if (!fields.includes(name) || !rights.canRead(right)) continue
    const value = contact[name]
    if (value instanceof Date) values[name] = type === 'date' ? value.toISOString().slice(0, 10) : value.toISOString()
    else if (typeof value === 'string') values[name] = value || null
    else values[name] = value
  }
  for (const { kind, field, right, attributes } of pointKindList) {
    if (!fields.includes(field) || !rights.canRead(right)) continue
    values[field] = contact.points
      .filter((point) => point.kind === kind)
      .map(
        (point): Json => Object.fromEntries(Object.entries(attributes).map(([name, column]) => [name, point[column]])),
      )
  }
  return values
}
