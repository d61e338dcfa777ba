import type { DocumentContact, DocumentType, DocumentVersion } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { actorKinds } from '../../../graphql/context.ts'
import { addActor } from '../../audit/actor-types.ts'
import { findContact, isBound } from '../../contacts/sight.ts'
import { addTextTypes, listed } from '../../lawfulness/texts.ts'
import { downloadUrl } from '../download.ts'
import type { ListedDocument } from '../list.ts'
import { linkLoader, mostShown, retentionLoader, typeLoader, versionLoader } from '../loaders.ts'
import { personalOf } from '../personal.ts'
import { retainUntil } from '../retention.ts'
import { receivedOfDocuments } from '../told.ts'

/** The GraphQL types of this module. */
export type DocumentTypes = ReturnType<typeof addTypes>

/** Adds them. */
export function addTypes(builder: Builder) {
  const enums = addEnums(builder)
  const type = addDocumentType(builder, enums)
  const version = addVersionType(builder)
  const link = addLinkType(builder)
  return { ...enums, type, document: addDocument(builder, { ...enums, type, version, link }) }
}

function addEnums(builder: Builder) {
  const personal = builder.enumType('DocumentPersonal', {
    description: 'Whether a document holds personal data, and of whom.',
    values: {
      NONE: { value: 'none', description: 'None. Who says so stands in the log.' },
      LINKED: { value: 'linked', description: 'Of the contacts that it belongs to, and of nobody else.' },
      OTHERS: { value: 'others', description: 'Of other persons, too: nobody gets a copy by Art. 15 GDPR unseen.' },
    } as const,
  })
  const onErasure = builder.enumType('DocumentOnErasure', {
    description: 'What becomes of documents without personal data when the last contact that they belong to is erased.',
    values: {
      ERASE: { value: 'erase', description: 'They are erased along.' },
      KEEP: { value: 'keep', description: 'They stay.' },
    } as const,
  })
  return { personal, onErasure }
}

function addDocumentType(builder: Builder, { personal, onErasure }: ReturnType<typeof addEnums>) {
  const { text } = addTextTypes(builder)
  return builder.objectRef<DocumentType>('DocumentType').implement({
    description: 'A kind of documents.',
    auth: { read: 'documents.documents' },
    fields: (t) => ({
      key: t.exposeString('key', { nullable: false, description: 'Names it for programs: `invoice`.' }),
      names: t.field({
        type: [text],
        nullable: false,
        description: 'What people call it, by language.',
        resolve: ({ names }) => listed(names),
      }),
      personal: t.field({
        type: personal,
        nullable: false,
        description: 'What such documents hold, unless somebody says otherwise of one.',
        resolve: (row) => personalOf(row.personal),
      }),
      mediaTypes: t.exposeStringList('mediaTypes', {
        nullable: false,
        description: 'The media types that are taken; empty: all that the product takes.',
      }),
      retentionClass: t.exposeString('retentionKey', {
        nullable: true,
        description: 'The key of the class that says how long they are kept, and by which law.',
      }),
      onErasure: t.field({
        type: onErasure,
        nullable: false,
        description: 'What becomes of those that hold no personal data when their contact is erased.',
        resolve: (row) => (row.onErasure === 'keep' ? 'keep' : 'erase'),
      }),
      retiredAt: t.expose('retiredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when it is given to no document any more.',
      }),
      version: t.exposeInt('version', { nullable: false, description: 'Goes up with each change.' }),
    }),
  })
}

function addVersionType(builder: Builder) {
  const { actor } = addActor(builder)
  return builder.objectRef<DocumentVersion>('DocumentVersion').implement({
    description: 'One version of a document: a file.',
    auth: { read: 'documents.documents' },
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      number: t.exposeInt('number', { nullable: false, description: '1 is the first.' }),
      mediaType: t.exposeString('mediaType', { nullable: false, description: 'As the content says.' }),
      size: t.float({
        nullable: false,
        description: 'Bytes.',
        resolve: ({ size }) => Number(size),
      }),
      sha256: t.exposeString('sha256', { nullable: false, description: 'SHA-256 of the file, in hex.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it came.' }),
      createdBy: t.field({
        type: actor,
        nullable: false,
        description: 'Who brought it.',
        resolve: ({ actorKind, actorId }) => ({ kind: kindOf(actorKind), id: actorId }),
      }),
      url: t.string({
        nullable: true,
        auth: { read: 'documents.content' },
        description:
          'Where it can be downloaded, by GET and with your own credentials: the session’s cookie or a bearer token. ' +
          'Each download is logged.',
        resolve: ({ id }, _args, context) => downloadUrl(context, id),
      }),
    }),
  })
}

function addLinkType(builder: Builder) {
  return builder.objectRef<DocumentContact>('DocumentLink').implement({
    description: 'That a document belongs to a contact.',
    auth: { read: 'documents.documents' },
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whose it is.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      linkedAt: t.expose('linkedAt', { type: 'DateTime', nullable: false, description: 'Since when.' }),
    }),
  })
}

type Parts = ReturnType<typeof addEnums> & {
  type: ReturnType<typeof addDocumentType>
  version: ReturnType<typeof addVersionType>
  link: ReturnType<typeof addLinkType>
}

function addDocument(builder: Builder, { personal, type, version, link }: Parts) {
  const { actor } = addActor(builder)
  return builder.objectRef<ListedDocument>('Document').implement({
    description: 'A document, with all its versions. Its files are sealed.',
    auth: { read: 'documents.documents' },
    received: receivedOfDocuments,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      title: t.exposeString('title', { nullable: false, description: 'What it is called.' }),
      type: t.field({
        type,
        nullable: true,
        description: 'What kind of document it is.',
        resolve: ({ typeKey }, _args, context) => typeLoader(context).load(typeKey),
      }),
      personal: t.field({
        type: personal,
        nullable: false,
        description: 'Whether it holds personal data, and of whom.',
        resolve: (row) => personalOf(row.personal),
      }),
      declaredBy: t.field({
        type: actor,
        nullable: false,
        description: 'Who said so.',
        resolve: ({ declaredBy, declarerId }) => ({ kind: kindOf(declaredBy), id: declarerId }),
      }),
      declaredAt: t.expose('declaredAt', { type: 'DateTime', nullable: false, description: 'When they said so.' }),
      contactCount: t.int({
        nullable: false,
        description: 'To how many contacts it belongs, of those that you see.',
        resolve: async ({ id, contactCount }, _args, context) =>
          isBound(context) ? (await linkLoader(context).load(id)).length : contactCount,
      }),
      links: t.field({
        type: [link],
        nullable: true,
        description: 'The contacts that it belongs to, of those that you see; at most 1000.',
        resolve: ({ id }, _args, context) => linkLoader(context).load(id),
      }),
      latestVersion: t.exposeInt('latest', { nullable: false, description: 'The number of its newest version.' }),
      versions: t.field({
        type: [version],
        nullable: false,
        description: `Its versions, the newest first; at most ${mostShown}.`,
        resolve: ({ id }, _args, context) => versionLoader(context).load(id),
      }),
      retainUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Until when a law wants it kept, by its type; null where none does, or it isn’t known yet.',
        resolve: async ({ typeKey, createdAt }, _args, context) => {
          const kind = await typeLoader(context).load(typeKey)
          const retention = kind?.retentionKey ? await retentionLoader(context).load(kind.retentionKey) : undefined
          return retention ? retainUntil(retention, createdAt) : null
        },
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it came.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last changed.' }),
      version: t.exposeInt('version', {
        nullable: false,
        description: 'Goes up with each change: not that of its files.',
      }),
    }),
  })
}

/** As a column has it. */
const kindOf = (column: string) => actorKinds.find((kind) => kind === column) ?? 'system'
