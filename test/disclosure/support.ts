import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { expect } from 'vitest'
import { type Entry, fromBufferPromise } from 'yauzl'
import type { Config } from '../../src/config.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { contentOf } from '../../src/modules/disclosure/produce.ts'
import { makeNext } from '../../src/modules/disclosure/worker.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { addUser } from '../../src/modules/identity/access/users.ts'
import { modules as productModules } from '../../src/modules/index.ts'
import type { Module } from '../../src/modules/module.ts'
import { startTestApp } from '../support/app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Data = any

export const disclosing =
  'mutation ($input: DiscloseContactInput!) { discloseContact(input: $input) { id state recordsDone language } }'

export type Office = Awaited<ReturnType<typeof openOffice>>

/** An app with an administrator, where packages are made when the test says so. */
export async function openOffice({
  modules = productModules,
  config = {},
}: {
  modules?: readonly Module[]
  config?: Partial<Config>
} = {}) {
  const app = await startTestApp({ modules, config })
  const token = await app.signIn()
  const ask = async (query: string, variables: object = {}, as: string = token): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, as)
    expect(errors).toBeUndefined()
    return data
  }
  const fail = async (query: string, variables: object = {}, as: string = token): Promise<Data> =>
    (await app.graphql(query, variables, as)).errors?.[0]?.extensions
  const work = {
    ...app.work,
    ...hooksOf(modules),
    organisation: app.config.organisation,
    packages: app.config.packages,
  }
  const order = async (contactId: string, input: object = {}): Promise<string> =>
    (await ask(disclosing, { input: { contactId, ...input } })).discloseContact.id
  const make = () => makeNext(work, modules)
  const contentsOf = async (id: string) => {
    const found = await app.database.accessPackage.findFirstOrThrow({ where: { id: uuidOf('AccessPackage', id) } })
    return buffer(contentOf(work, found))
  }
  return {
    ...app,
    token,
    ask,
    fail,
    work,
    modules,
    order,
    make,
    contentsOf,
    contact: async (input: object = { givenName: 'Ida' }): Promise<string> =>
      (await ask('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', { input }))
        .createContact.id,
    uuid: (id: string) => uuidOf('Contact', id),
    /** Orders a package, makes it, and opens it. */
    packageOf: async (contactId: string, input: object = {}) => {
      const id = await order(contactId, input)
      await make()
      expect(app.logged.filter(({ packageId }) => packageId)).toEqual([])
      return { id, files: await unzip(await contentsOf(id)) }
    },
    /** A user with these rights, signed in. */
    user: async (rights: readonly string[], write = true): Promise<string> => {
      const key = `role-${randomUUID().slice(0, 8)}`
      const { createRole } = await ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }', {
        input: { key, name: key, purposes: [] },
      })
      for (const right of rights) {
        await ask(
          'mutation ($r: ID!, $right: String!, $write: Boolean!) { grantRight(role: $r, right: $right, read: true, write: $write) { id } }',
          { r: createRole.id, right, write },
        )
      }
      const email = `${key}@example.org`
      const password = 'correct horse battery staple'
      await addUser({ ...work, requestId: randomUUID() }, { name: key, email, password, roles: [key] })
      const { signIn } = (
        await app.graphql(
          'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }',
          { email, password },
        )
      ).data
      return signIn.token
    },
  }
}

/** What is in a ZIP, by path. */
export async function unzip(content: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(content)
  const files = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
  }
  return files
}

/** A file as JSON. */
export const jsonIn = (files: Map<string, Buffer>, path: string): Data => JSON.parse(files.get(path)?.toString() ?? '')

/** The text of a PDF, without the spaces and breaks that layout makes. */
export async function textOfPdf(content: Buffer): Promise<string> {
  const document = await getDocument({ data: new Uint8Array(content), verbosity: 0 }).promise
  const pages: string[] = []
  for (let number = 1; number <= document.numPages; number++) {
    const { items } = await (await document.getPage(number)).getTextContent()
    pages.push(items.map((item) => ('str' in item ? item.str : '')).join(''))
  }
  await document.loadingTask.destroy()
  return pages.join('').replaceAll(/[\s\u200b]/g, '')
}

/** All PDFs of a package, as text. */
export const reportText = async (files: Map<string, Buffer>): Promise<string> =>
  (
    await Promise.all([...files].filter(([path]) => /^report.*\.pdf$/.test(path)).map(([, pdf]) => textOfPdf(pdf)))
  ).join('')
