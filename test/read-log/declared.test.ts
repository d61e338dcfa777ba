import { describe, expect, test } from 'vitest'
import type { Builder } from '../../src/graphql/builder.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { modules } from '../../src/modules/index.ts'
import { defineModule } from '../../src/modules/module.ts'

/** The product with a module whose type `Dossier` is sensitive. */
const building = (add: (builder: Builder, dossier: ReturnType<typeof addDossier>) => void) => () =>
  buildSchema([
    ...modules,
    defineModule({
      name: 'dossiers',
      needs: [],
      rights: {},
      personalData: 'none',
      schema: (builder) => add(builder, addDossier(builder)),
    }),
  ])

const addDossier = (builder: Builder) =>
  builder.objectRef<{ text: string }>('Dossier').implement({
    auth: 'public',
    sensitive: true,
    fields: (t) => ({ text: t.exposeString('text', { nullable: false }) }),
  })

describe('The schema does not build', () => {
  test('with a field that leads to what is sensitive and does not log that', () => {
    const build = building((builder, type) =>
      builder.queryField('dossier', (t) => t.field({ type, auth: 'public', nullable: true, resolve: () => null })),
    )
    expect(build).toThrow('Query.dossier leads to what is sensitive, so it needs a "readLog"')
  })

  test('with a list, a page or a wrapper of it that does not', () => {
    const list = building((builder, type) =>
      builder.mutationField('dossiers', (t) =>
        t.field({ type: [type], auth: 'public', nullable: true, resolve: () => [] }),
      ),
    )
    expect(list).toThrow('Mutation.dossiers leads')
    const page = building((builder, type) =>
      builder.prismaObjectField('Contact', 'dossiers', (t) =>
        t.connection({ type, auth: { read: 'audit.history' }, nullable: true, resolve: () => null }),
      ),
    )
    expect(page).toThrow('Contact.dossiers leads')
    const wrapper = building((builder, type) => {
      const payload = builder.objectRef<object>('DossierPayload').implement({
        auth: 'public',
        fields: (t) => ({ dossier: t.field({ type, nullable: true, resolve: () => null }) }),
      })
      builder.queryField('dossier', (t) =>
        t.field({ type: payload, auth: 'public', nullable: true, resolve: () => ({}) }),
      )
    })
    expect(wrapper).toThrow('DossierPayload.dossier leads')
  })

  test('with a union of it, or with an interface that it has', () => {
    const union = building((builder, type) => {
      const either = builder.unionType('Either', { types: [type], resolveType: () => 'Dossier' })
      builder.queryField('either', (t) =>
        t.field({ type: either, auth: 'public', nullable: true, resolve: () => null }),
      )
    })
    expect(union).toThrow('Either leads to what is sensitive')
    const node = building((builder) => {
      builder.node(builder.objectRef<{ id: string }>('Secret'), {
        auth: 'public',
        sensitive: true,
        id: { resolve: ({ id }) => id },
        fields: () => ({}),
      })
    })
    expect(node).toThrow('"node" would lead to it without a log')
  })
})

test('The schema builds with a page of it that logs who reads', () => {
  const build = building((builder, type) =>
    builder.prismaObjectField('Contact', 'dossiers', (t) =>
      t.connection({
        type,
        auth: { read: 'audit.history' },
        nullable: true,
        readLog: ({ id }, { first }) => ({ contactId: id, ...(first && { what: { first } }) }),
        resolve: () => null,
      }),
    ),
  )
  expect(build).not.toThrow()
})

test('What leads to the log, or to a report, is sensitive in the product', () => {
  const schema = buildSchema(modules)
  const logged = Object.values(schema.getTypeMap()).flatMap((type) =>
    'getFields' in type
      ? Object.values(type.getFields()).flatMap((field) =>
          field.extensions['readLog'] ? [`${type.name}.${field.name}`] : [],
        )
      : [],
  )
  expect(logged.sort()).toEqual(expect.arrayContaining(['Contact.history', 'Query.auditLog', 'Query.securityReview']))
})
