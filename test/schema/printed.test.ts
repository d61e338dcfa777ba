import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printSchema, buildSchema as readSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { buildSchema, printedSchema } from '../../src/graphql/schema.ts'
import { modules } from '../../src/modules/index.ts'
import { defineModule, type Module } from '../../src/modules/module.ts'

const committed = () => readFile(join(import.meta.dirname, '..', '..', 'schema.graphql'), 'utf8')

describe('schema.graphql', () => {
  it('is what the code says (npm run schema writes it anew)', async () => {
    expect(printedSchema(buildSchema(modules))).toBe(await committed())
  })

  it('reads back, with the directive and its uses', async () => {
    const text = await committed()
    const schema = readSchema(text)
    expect(schema.getDirective('auth')?.args.map((argument) => argument.name)).toEqual(['read', 'write'])
    expect(text).toContain('emails: [EmailAddress!] @auth(read: "contacts.email", write: "contacts.email")')
    expect(printSchema(schema)).toContain('type Contact implements Node')
  })

  it('names the right in the description of every field', async () => {
    const { getTypeMap } = readSchema(await committed())
    const fields = Object.values(getTypeMap.call(readSchema(await committed()))).flatMap((type) =>
      'getFields' in type && !type.name.startsWith('__')
        ? Object.values(type.getFields()).map((field) => ({
            name: `${type.name}.${field.name}`,
            description: field.description,
          }))
        : [],
    )
    expect(fields.length).toBeGreaterThan(100)
    expect(fields.filter(({ description }) => !/^Right: /m.test(description ?? '')).map(({ name }) => name)).toEqual([])
  })
})

describe('a schema that says nothing about rights', () => {
  const module = (schema: Module['schema']) =>
    defineModule({ name: 'probe', needs: [], rights: {}, personalData: 'none', schema })
  const build = (schema: Module['schema']) => () => buildSchema([module(schema)])

  it('does not build with a root field without one', () => {
    expect(build((builder) => builder.queryField('open', (t) => t.string({ resolve: () => '' })))).toThrow(
      'Query.open names no right',
    )
  })

  it('does not build with a type without one', () => {
    const schema: Module['schema'] = (builder) => {
      builder.objectRef<object>('Open').implement({ fields: (t) => ({ field: t.string({ resolve: () => '' }) }) })
    }
    expect(build(schema)).toThrow('Open.field names no right')
  })

  it('does not build with an input field without one', () => {
    const schema: Module['schema'] = (builder) => {
      const input = builder.inputType('OpenInput', { fields: (t) => ({ field: t.string() }) })
      builder.queryField('fine', (t) =>
        t.string({ auth: 'public', args: { input: t.arg({ type: input }) }, resolve: () => '' }),
      )
    }
    expect(build(schema)).toThrow('OpenInput.field names no right')
  })

  it('does not build with a field of its own right that can not be null', () => {
    const schema: Module['schema'] = (builder) => {
      builder.objectRef<object>('Strict').implement({
        auth: { read: 'probe.type' },
        fields: (t) => ({ field: t.string({ auth: { read: 'probe.field' }, nullable: false, resolve: () => '' }) }),
      })
    }
    expect(build(schema)).toThrow('it must be nullable')
  })

  it('does not build with a module before one that it needs', () => {
    expect(() => buildSchema([...modules].reverse())).toThrow('put that before it in the list')
  })
})
