import { once } from 'node:events'
import { request } from 'node:https'
import { Readable } from 'node:stream'
import type { Config } from '../../src/config.ts'
import { dataPath } from '../../src/config.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { startTestApp } from '../support/app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Archive = Awaited<ReturnType<typeof openArchive>>

export const documentFields = `id title personal contactCount latestVersion version declaredBy { kind } type { key } retainUntil
  links { contact { id } } versions { id number mediaType size sha256 url }`

const mutations = {
  announce:
    'mutation ($input: CreateDocumentUploadInput!) { createDocumentUpload(input: $input) { url expiresAt maximumSize } }',
  version:
    'mutation ($document: ID!, $mediaType: String) { createDocumentVersionUpload(document: $document, mediaType: $mediaType) { url } }',
}

/** The smallest file that is a PDF. */
export const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.7\n% ${text}\n%%EOF\n`)

/** A server, with short ways to bring and fetch files by real requests. */
export async function openArchive({ config }: { config?: Partial<Config> } = {}) {
  const app = await startTestApp({ ...(config && { config }) })
  const token = await app.signIn()
  const work: WorkContext = { ...app.work, ...hooksOf(modules), requestId: crypto.randomUUID() }
  const storage = app.config.bucket ? app.work.storage : openFolder(dataPath(app.config, 'storage'))

  const ask = async (query: string, variables: object = {}, by = token): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, by)
    if (errors) throw new Error(JSON.stringify(errors))
    return Object.values(data)[0]
  }
  const fail = async (query: string, variables: object = {}, by = token): Promise<Data> =>
    (await app.graphql(query, variables, by)).errors?.[0]?.extensions
  /** A real request; `body` as it comes. */
  const send = async (
    url: string,
    options: {
      method?: string
      headers?: Record<string, string>
      body?: Uint8Array | AsyncIterable<Uint8Array>
      by?: string
      /** Another server than the one of this process. */
      to?: string
    } = {},
  ) => {
    const { method = 'GET', headers = {}, body, by = token, to = app.url } = options
    const given = { ...(by && { authorization: `Bearer ${by}` }), ...headers }
    const sent = request(new URL(url.replace(/^https:\/\/[^/]+/, to)), {
      method,
      headers: given,
      ca: app.ca,
      agent: false,
    })
    const answered = once(sent, 'response')
    if (body instanceof Uint8Array) sent.end(body)
    else if (body) Readable.from(body).pipe(sent)
    else sent.end()
    const [response] = await answered
    const pieces: Buffer[] = []
    for await (const piece of response) pieces.push(piece)
    return {
      status: response.statusCode as number,
      headers: response.headers as Record<string, string>,
      body: Buffer.concat(pieces),
    }
  }
  const put = (
    url: string,
    content: Uint8Array,
    { by = token, headers = {} }: { by?: string; headers?: Record<string, string> } = {},
  ) =>
    send(url, { method: 'POST', body: content, by, headers: { 'content-length': String(content.length), ...headers } })

  const announce = async (input: object, by = token): Promise<Data> => ask(mutations.announce, { input }, by)
  let count = 0
  return {
    ...app,
    work,
    storage,
    token,
    ask,
    fail,
    send,
    put,
    announce,
    failAnnounce: (input: object, by = token) => fail(mutations.announce, { input }, by),
    /** A document that was uploaded; its id. */
    upload: async (input: object, content: Uint8Array): Promise<string> => {
      const { url } = await announce({ title: 'Contract', type: 'contract', ...input })
      const { status, body } = await put(url, content)
      if (status !== 201) throw new Error(`${status} ${body}`)
      return JSON.parse(String(body)).document.id
    },
    /** Why an upload was refused. */
    refused: async (input: object, content: Uint8Array): Promise<Data> => {
      const { url } = await announce({ title: 'Contract', type: 'contract', ...input })
      const { status, body } = await put(url, content)
      return { status, ...JSON.parse(String(body)).errors[0].extensions }
    },
    newVersion: async (document: string, content: Uint8Array) => {
      const { url } = await ask(mutations.version, { document })
      return put(url, content)
    },
    look: (id: string, by = token): Promise<Data> =>
      ask(`query ($id: ID!) { document(id: $id) { ${documentFields} } }`, { id }, by),
    /** The keys of all files that lie in the storage. */
    files: async (): Promise<string[]> => {
      const keys: string[] = []
      for await (const { key } of storage.list('')) keys.push(key)
      return keys
    },
    person: async (input: object = {}): Promise<{ id: string; uuid: string }> => {
      const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
      const { id } = await ask(create, { input: { givenName: 'Ida', familyName: `Muster ${++count}`, ...input } })
      return { id, uuid: Buffer.from(id, 'base64').toString().split(':')[1] ?? '' }
    },
    /** Somebody with these rights only, bound to purposes or not. */
    somebody: async (rights: readonly string[], purposes: readonly string[] = []): Promise<string> => {
      const key = `role-${++count}`
      await transact({ ...work, requestId: crypto.randomUUID() }, 'test', async (tx) => {
        const id = crypto.randomUUID()
        await tx.role.create({ data: { id, key, name: key, purposes: [...purposes] } })
        await tx.grant.createMany({ data: rights.map((right) => ({ roleId: id, right, read: true, write: true })) })
      })
      const { password } = await ask(
        'mutation ($email: String!, $roles: [String!]!) { createUser(input: { email: $email, roles: $roles }) { password } }',
        { email: `${key}@example.org`, roles: [key] },
      )
      const signIn =
        'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
      return (await ask(signIn, { email: `${key}@example.org`, password }, '')).token
    },
  }
}
