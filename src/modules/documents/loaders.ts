import DataLoader from 'dataloader'
import type { DocumentContact, DocumentType, DocumentVersion, RetentionClass } from '#prisma/client.ts'
import type { Context } from '../../graphql/context.ts'
import { isBound, seenAmong } from '../contacts/sight.ts'

declare module '../../graphql/context.ts' {
  interface Loaders {
    documentTypes?: DataLoader<string, DocumentType | undefined>
    documentRetention?: DataLoader<string, RetentionClass | undefined>
    documentVersions?: DataLoader<string, DocumentVersion[]>
    documentContacts?: DataLoader<string, DocumentContact[]>
  }
}

/** How many versions, and how many contacts, are shown of a document. */
export const mostShown = 100

/** The type of a document, by its key. */
export const typeLoader = ({ loaders, database }: Context) =>
  (loaders.documentTypes ??= new DataLoader(async (keys) => {
    const found = await database.documentType.findMany({ where: { key: { in: [...keys] } } })
    return keys.map((key) => found.find((type) => type.key === key))
  }))

/** The versions of a document, the newest first. */
export const versionLoader = ({ loaders, database }: Context) =>
  (loaders.documentVersions ??= new DataLoader(async (ids) => {
    const rows = await database.$queryRaw<DocumentVersion[]>`
      SELECT v.id, v.document_id AS "documentId", v.number, v.media_type AS "mediaType", v.size, v.sha256,
        v.sealed_hash AS "sealedHash", v.storage_key AS "storageKey", v.created_at AS "createdAt", v.actor_kind AS "actorKind",
        v.actor_id AS "actorId"
      FROM unnest(${[...ids]}::uuid[]) one (id), LATERAL (
        SELECT * FROM document_version v WHERE v.document_id = one.id ORDER BY v.number DESC LIMIT ${mostShown}) v`
    const byDocument = Map.groupBy(rows, ({ documentId }) => documentId)
    return ids.map((id) => byDocument.get(id) ?? [])
  }))

/** The links of a document to contacts that the caller sees, the oldest first. */
export const linkLoader = (context: Context) =>
  (context.loaders.documentContacts ??= new DataLoader(async (ids) => {
    const { database } = context
    const rows = await database.$queryRaw<DocumentContact[]>`
      SELECT l.contact_id AS "contactId", l.id, l.document_id AS "documentId", l.title, l.latest, l.linked_at AS "linkedAt"
      FROM unnest(${[...ids]}::uuid[]) one (id), LATERAL (
        SELECT * FROM document_contact l WHERE l.document_id = one.id ORDER BY l.id LIMIT 1000) l`
    const seen = isBound(context)
      ? await seenAmong(
          database,
          context,
          rows.map(({ contactId }) => contactId),
        )
      : undefined
    const byDocument = Map.groupBy(
      rows.filter(({ contactId }) => seen?.has(contactId) ?? true),
      ({ documentId }) => documentId,
    )
    return ids.map((id) => byDocument.get(id) ?? [])
  }))

/** The retention class of a type of documents, by its key. */
export const retentionLoader = ({ loaders, database }: Context) =>
  (loaders.documentRetention ??= new DataLoader(async (keys) => {
    const found = await database.retentionClass.findMany({ where: { key: { in: [...keys] } } })
    return keys.map((key) => found.find((one) => one.key === key))
  }))
