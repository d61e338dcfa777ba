import type { Document } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { deleteDocument, linkDocument, unlinkDocument, updateDocument } from '../change.ts'
import { removeFilesSoon } from '../housekeeping.ts'
import { findDocument } from '../list.ts'
import { announceUpload, type Upload } from '../tickets.ts'
import type { DocumentTypes } from './types.ts'

/** Uploads, and what becomes of documents. */
export function addMutations(builder: Builder, types: DocumentTypes): void {
  addUploads(builder, types)
  const { document, personal } = types
  const auth = { write: 'documents.documents' }
  const version = {
    required: true,
    description: 'The `version` that you read: `CONFLICT` if it changed since.',
  } as const
  const changes = builder.inputType('UpdateDocumentInput', {
    description: 'What becomes of a document. What is left out stays.',
    auth,
    fields: (t) => ({
      id: t.id({ required: true, description: 'The document.' }),
      version: t.int(version),
      title: t.string({ description: 'What it is called: at most 300 characters.' }),
      type: t.string({ description: 'The key of its type.' }),
      personal: t.field({
        type: personal,
        description: 'Whether it holds personal data. That you said so stands in the log, and with the document.',
      }),
    }),
  })
  builder.mutationFields((t) => {
    const link = {
      document: t.arg.id({ required: true, description: 'The document.' }),
      contact: t.arg.id({ required: true, auth: { read: 'contacts.contact' }, description: 'The contact.' }),
    }
    return {
      updateDocument: t.field({
        type: document,
        nullable: true,
        auth,
        description: 'Changes what is said of a document. `NOT_FOUND`, `CONFLICT`, `INVALID_INPUT`.',
        args: { input: t.arg({ type: changes, required: true, description: 'What becomes of it.' }) },
        resolve: (_root, { input: { id, version: read, title, type, personal: said } }, context) =>
          shown(
            context,
            updateDocument(context, {
              ...{ id, version: read, title: title ?? undefined, typeKey: type ?? undefined },
              personal: said ?? undefined,
            }),
          ),
      }),
      linkDocument: t.field({
        type: document,
        nullable: true,
        auth,
        description: 'Says that a document belongs to a contact, too. `NOT_FOUND`, `INVALID_INPUT`, `UNREADABLE`.',
        args: link,
        resolve: (_root, args, context) => shown(context, linkDocument(context, linkOf(args))),
      }),
      unlinkDocument: t.field({
        type: document,
        nullable: true,
        auth,
        description:
          'Says that a document doesn’t belong to a contact. The last contact of a document with personal data stays, and the last one that ' +
          'somebody sees who is bound to purposes: `INVALID_INPUT`.',
        args: link,
        resolve: (_root, args, context) => shown(context, unlinkDocument(context, linkOf(args))),
      }),
      deleteDocument: t.id({
        nullable: true,
        auth: { write: 'documents.deletion' },
        description:
          'Deletes a document for good, with all its versions. Returns its id. `INVALID_INPUT` before `retainUntil`; `NOT_FOUND`, `CONFLICT`.',
        args: {
          id: t.arg.id({ required: true, description: 'The document.' }),
          version: t.arg.int(version),
        },
        resolve: async (_root, args, context) => {
          const id = await deleteDocument(context, args)
          removeFilesSoon(context)
          return id
        },
      }),
    }
  })
}

function addUploads(builder: Builder, { personal }: DocumentTypes) {
  const auth = { write: 'documents.content' }
  const upload = builder.objectRef<Upload>('DocumentUpload').implement({
    description: 'Where a file is to be sent.',
    auth: { read: 'documents.documents' },
    fields: (t) => ({
      url: t.exposeString('url', {
        nullable: false,
        description:
          'Send the file there by POST, as it is, with Content-Length and your own credentials; once. The answer is JSON: ' +
          '`{"document": {"id", "version", "latestVersion"}}`, or errors as of GraphQL.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'Until when it may begin.' }),
      maximumSize: t.exposeFloat('maximumSize', { nullable: false, description: 'Bytes that the file may have.' }),
    }),
  })
  const input = builder.inputType('CreateDocumentUploadInput', {
    description: 'The document that a file will be.',
    auth,
    fields: (t) => ({
      title: t.string({ required: true, description: 'What it is called: at most 300 characters.' }),
      type: t.string({ required: true, description: 'The key of its type: `invoice`.' }),
      personal: t.field({
        type: personal,
        description: 'Whether it holds personal data, and of whom. Default: what the type says.',
      }),
      contacts: t.idList({
        auth: { read: 'contacts.contact' },
        description: 'The contacts that it belongs to: at least one if it holds personal data, at most 1000.',
      }),
      mediaType: t.string({
        description:
          'What the file is, as you know it: refused if the content says otherwise. Text needs it: `text/csv`.',
      }),
    }),
  })
  builder.mutationFields((t) => ({
    createDocumentUpload: t.field({
      type: upload,
      nullable: true,
      auth,
      description:
        'Announces a document, whose file is then sent to `url`. Nothing is stored before. `INVALID_INPUT`, `NOT_FOUND`.',
      args: { input: t.arg({ type: input, required: true, description: 'The document.' }) },
      resolve: (_root, { input: { title, type, personal: said, contacts, mediaType } }, context) =>
        announceUpload(context, {
          ...{ title, typeKey: type, personal: said ?? undefined, mediaType: mediaType ?? undefined },
          contacts: (contacts ?? []).map((id) => uuidOf('Contact', id)),
        }),
    }),
    createDocumentVersionUpload: t.field({
      type: upload,
      nullable: true,
      auth,
      description: 'Announces a new version of a document. The older ones stay. `NOT_FOUND`.',
      args: {
        document: t.arg.id({ required: true, description: 'The document.' }),
        mediaType: t.arg.string({ description: 'What the file is, as you know it.' }),
      },
      resolve: (_root, { document: documentId, mediaType }, context) =>
        announceUpload(context, { documentId, mediaType: mediaType ?? undefined }),
    }),
  }))
}

const linkOf = ({ document, contact }: { document: string; contact: string }) => ({
  documentId: document,
  contactId: uuidOf('Contact', contact),
})

const shown = async (context: Context, changed: Promise<Document>) => findDocument(context, (await changed).id)
