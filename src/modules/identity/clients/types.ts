import type { Builder } from '../../../graphql/builder.ts'
import { guardedLookUp } from '../../../graphql/look-up.ts'
import { pageById } from '../../../graphql/page-by-id.ts'

/** The GraphQL types around clients, for the mutations that return them. */
export type ClientTypes = ReturnType<typeof addClientTypes>

const auth = { read: 'identity.clients' }

/** Adds clients, for those who manage them. */
export function addClientTypes(builder: Builder) {
  const kind = builder.enumType('ClientKind', {
    description: 'What a client is. It says what to expect of it, and allows nothing by itself.',
    values: {
      PARTNER: { value: 'partner', description: 'A website or app of somebody else.' },
      AUTOMATION: { value: 'automation', description: 'A program of our own that runs without anybody.' },
    } as const,
  })
  const keyKind = addKeyKind(builder)
  addScope(builder)
  const key = addKey(builder, keyKind)
  const client = builder.prismaNode('Client', {
    description: 'A program that calls on its own behalf, with keys of its own: a partner’s website, or an automation.',
    auth,
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp('identity.clients'),
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'Its name for people; also in the audit log.' }),
      description: t.exposeString('description', {
        nullable: false,
        description: 'What it is for; empty if nobody said.',
      }),
      kind: t.field({
        type: kind,
        nullable: false,
        description: 'What it is.',
        select: { kind: true },
        resolve: ({ kind: stored }) => (stored === 'partner' ? 'partner' : 'automation'),
      }),
      origins: t.exposeStringList('origins', {
        nullable: false,
        description: 'The origins whose pages may call with its publishable keys: `https://shop.example`.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was made.' }),
      disabledAt: t.expose('disabledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when none of its keys is good for anything.',
      }),
      scopes: t.relation('scopes', {
        nullable: false,
        description: 'What it may do.',
        query: { orderBy: { right: 'asc' } },
      }),
      keys: t.relation('keys', {
        nullable: false,
        description: 'What it identifies itself with, the newest first; also those that are over.',
        query: { orderBy: { id: 'desc' } },
      }),
    }),
  })
  builder.queryField('clients', (t) =>
    t.connection(
      {
        type: client,
        nullable: true,
        description: 'All clients, the oldest first.',
        auth,
        resolve: (_parent, args, { database }) => pageById(args, (page) => database.client.findMany(page)),
      },
      { name: 'ClientConnection' },
      { name: 'ClientEdge' },
    ),
  )
  return { client, key, kind, keyKind }
}

const addKeyKind = (builder: Builder) =>
  builder.enumType('ClientKeyKind', {
    description: 'Where a key may be.',
    values: {
      PUBLISHABLE: {
        value: 'publishable',
        description:
          'In web pages of the client’s origins, for everybody to see. It gives, of the scopes, only what is open to such keys.',
      },
      SECRET: {
        value: 'secret',
        description: 'On servers alone: it gives all of the scopes, and is refused when a web page sends it.',
      },
    } as const,
  })

function addScope(builder: Builder) {
  return builder.prismaObject('ClientScope', {
    description: 'What a right names may be read or written by a client, or both.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its identity.' }),
      client: t.relation('client', { nullable: false, description: 'Whose it is.' }),
      right: t.exposeString('right', {
        nullable: false,
        description: '`contacts.email`, say; `*` stands for any number of parts.',
      }),
      read: t.exposeBoolean('read', { nullable: false, description: 'It may be read.' }),
      write: t.exposeBoolean('write', { nullable: false, description: 'It may be written.' }),
    }),
  })
}

function addKey(builder: Builder, kind: ReturnType<typeof addKeyKind>) {
  return builder.prismaNode('ClientKey', {
    description: 'What a client identifies itself with, as `Authorization: Bearer …`. The key itself is kept nowhere.',
    auth,
    id: { field: 'id', description: 'Its identity across the whole API.' },
    nullable: true,
    findUnique: guardedLookUp('identity.clients'),
    fields: (t) => ({
      client: t.relation('client', { nullable: false, description: 'Whose it is.' }),
      kind: t.field({
        type: kind,
        nullable: false,
        description: 'Where it may be.',
        select: { kind: true },
        resolve: ({ kind: stored }) => (stored === 'secret' ? 'secret' : 'publishable'),
      }),
      prefix: t.exposeString('prefix', {
        nullable: false,
        description: 'The beginning of a secret key, or the whole of a publishable one: to tell keys apart.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was made.' }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it is over; null: when somebody says so.',
      }),
      revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When somebody ended it.' }),
      lastUsedAt: t.expose('lastUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was used last, to the minute; null: never.',
      }),
    }),
  })
}
