import type { Builder } from '../../../graphql/builder.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import { addSortDirection } from '../../fields/inputs.ts'
import { countDocuments, type DocumentOrder, documentsOfContact, findDocument, listDocuments } from '../list.ts'
import { addDocumentFilter, type FilterInput } from './filter.ts'
import type { DocumentTypes } from './types.ts'

const auth = { read: 'documents.documents' }

type Direction = 'ASC' | 'DESC' | null | undefined
type OrderInput = { createdAt?: Direction; updatedAt?: Direction }

/** `document`, `documents`, `documentTypes` and `Contact.documents`. */
export function addQueries(builder: Builder, types: DocumentTypes): void {
  const direction = addSortDirection(builder)
  const filter = addDocumentFilter(builder, types)
  const order = builder.inputRef<OrderInput>('DocumentOrder').implement({
    description: 'What to sort by.',
    auth,
    isOneOf: true,
    fields: (t) => ({
      createdAt: t.field({ type: direction, description: 'When they came.' }),
      updatedAt: t.field({ type: direction, description: 'When they last changed.' }),
    }),
  })
  const edge = builder.edgeObject({ type: types.document, name: 'DocumentEdge', description: 'One of a page.' })
  const connection = builder.connectionObject(
    { type: types.document, name: 'DocumentConnection', description: 'A page of documents.' },
    edge,
  )
  builder.queryFields((t) => ({
    document: t.field({
      type: types.document,
      nullable: true,
      auth,
      description:
        'One document, or null. Who is bound to purposes sees those of contacts that they see, and those that belong to nobody.',
      args: { id: t.arg.id({ required: true, description: 'The document.' }) },
      resolve: (_root, { id }, context) => findDocument(context, id),
    }),
    documents: t.connection(
      {
        type: types.document,
        nullable: true,
        auth,
        description:
          'Documents, page by page, the newest first; of contacts that you see, and those that belong to nobody.',
        args: {
          filter: t.arg({ type: filter, description: 'Default: all.' }),
          orderBy: t.arg({ type: order, description: 'Default: the newest first.' }),
        },
        resolve: (_root, { filter: given, orderBy, ...page }, context) =>
          listDocuments(context, chosen(given), ordering(orderBy), page),
      },
      connection,
      edge,
    ),
    documentCount: t.int({
      nullable: true,
      auth,
      description: 'How many documents there are, of those that `documents` lists.',
      args: { filter: t.arg({ type: filter, description: 'Default: all.' }) },
      resolve: (_root, { filter: given }, context) => countDocuments(context, chosen(given)),
    }),
    documentTypes: t.field({
      type: [types.type],
      nullable: true,
      auth,
      description: 'The kinds of documents, by their keys.',
      resolve: (_root, _args, { database }) => database.documentType.findMany({ orderBy: { key: 'asc' }, take: 1000 }),
    }),
  }))
  builder.prismaObjectField('Contact', 'documents', (t) =>
    t.connection(
      {
        type: types.document,
        nullable: true,
        auth,
        description: 'The documents that belong to the contact, the newest first.',
        resolve: ({ id }, page, context) => documentsOfContact(context, id, page),
      },
      connection,
      edge,
    ),
  )
}

const chosen = (given: FilterInput | null | undefined) => {
  const { contact, ...rest } = given ?? {}
  return { ...rest, ...(typeof contact === 'string' && { contactId: contactIdOf(contact) }) }
}

const ordering = (order: OrderInput | null | undefined): DocumentOrder =>
  order?.updatedAt
    ? { by: 'updatedAt', descending: order.updatedAt === 'DESC' }
    : { by: 'createdAt', descending: order?.createdAt !== 'ASC' }
