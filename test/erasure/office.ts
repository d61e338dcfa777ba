import { buffer } from 'node:stream/consumers'
import type { Config } from '../../src/config.ts'
import { eraseNext } from '../../src/modules/erasure/worker.ts'
import { openOffice } from '../requests/support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Data = any

export type Office = Awaited<ReturnType<typeof openErasureOffice>>

/** What tests read of erasures. */
export const fields = `id isSet state ground categories contacts contactsDone contactsHeld fingerprints requestId requestedAt
  requestedBy { kind name } approvals approvalsNeeded approvedAt decidedAt article toldAt toldHow executedAt
  counts { module model erased anonymised kept reason } retained { model citation until count } ledgerSequence ledgerHash replays
  recipientsToTell certificateUrl fault`

/** An app that sends mails, where erasures are executed when the test says so, and short ways to ask for them and decide. */
export async function openErasureOffice(config: Partial<Config> = {}) {
  const office = await openOffice(config)
  const { ask, fail, graphql, token } = office
  const work = () => ({ ...office.system(), erasure: office.config.erasure })
  const request = `mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { ${fields} } }`
  const requestSet = `mutation ($input: RequestErasureOfSetInput!) { requestErasureOfSet(input: $input) { ${fields} } }`
  const step = (name: string, types = '', given = '') =>
    `mutation ($id: ID!${types}) { ${name}(id: $id${given}) { ${fields} } }`
  const steps: Record<string, string> = {
    approve: step('approveErasure'),
    refuse: step(
      'refuseErasure',
      ', $because: ErasureRefusal!, $law: String, $reason: String',
      ', because: $because, law: $law, reason: $reason',
    ),
    cancel: step('cancelErasure'),
    execute: step('executeErasure', ', $letterSent: Boolean', ', letterSent: $letterSent'),
    recipientsTold: step('noteErasureRecipientsTold'),
  }
  const preview = `query ($input: PreviewErasureInput!) { previewErasure(input: $input) { contacts previewed
    counts { module model erased anonymised kept reason } retained { model citation until count } held { contactId reason } } }`
  const as = async (key: string, query: string, variables: object): Promise<Data> => {
    const { data, errors } = await graphql(query, variables, key)
    if (errors) throw new Error(JSON.stringify(errors))
    return Object.values(data)[0]
  }
  return {
    ...office,
    erasing: work,
    previewQuery: preview,
    request: async (input: object, key = token): Promise<Data> => as(key, request, { input }),
    requestSet: async (input: object, key = token): Promise<Data> => as(key, requestSet, { input }),
    refusedRequest: (input: object): Promise<Data> => fail(request, { input }),
    refusedSet: (input: object): Promise<Data> => fail(requestSet, { input }),
    preview: async (input: object): Promise<Data> => (await ask(preview, { input })).previewErasure,
    act: async (name: string, id: string, variables: object = {}, key = token): Promise<Data> =>
      as(key, steps[name] ?? '', { id, ...variables }),
    refusedAct: (name: string, id: string, variables: object = {}, key = token): Promise<Data> =>
      fail(steps[name] ?? '', { id, ...variables }, key),
    erasure: async (id: string): Promise<Data> =>
      (await ask(`query ($id: ID!) { erasure(id: $id) { ${fields} } }`, { id })).erasure,
    erasures: async (filter: object = {}, key = token): Promise<Data[]> =>
      (
        await as(
          key,
          `query ($filter: ErasureFilter) { erasures(filter: $filter, first: 100) { edges { node { ${fields} } } } }`,
          { filter },
        )
      ).edges.map(({ node }: Data) => node),
    /** Executes what is due. */
    eraseAll: async (): Promise<void> => {
      while (await eraseNext(work()));
      const failed = office.logged.filter(({ erasureId, error }) => erasureId && error)
      for (const { error } of failed)
        if (!/REQUEST_DECIDED/.test(JSON.stringify(error))) throw new Error(`it failed: ${JSON.stringify(error)}`)
    },
    /** Asks for an erasure that needs no approval, and executes it. */
    eraseNow: async (input: object): Promise<Data> => {
      const { id } = await as(token, request, {
        input: { ground: 'NO_LONGER_NEEDED', ...input, executeWhenApproved: true },
      })
      while (await eraseNext(work()));
      return (await ask(`query ($id: ID!) { erasure(id: $id) { ${fields} } }`, { id })).erasure
    },
    /** Downloads a certificate. */
    download: async (url: string, key = token) => {
      const headers = { authorization: `Bearer ${key}` }
      const response = await office.app.fetch(new Request(url, { headers }), { address: '127.0.0.1', secure: true })
      return { status: response.status, body: response.body ? await buffer(response.body) : Buffer.alloc(0) }
    },
    exists: async (id: string): Promise<boolean> =>
      Boolean((await ask('query ($id: ID!) { contact(id: $id) { id } }', { id })).contact),
  }
}

/** What came of an erasure, as `model: [erased, anonymised, kept]`. */
export const countsOf = ({ counts }: Data): Record<string, number[]> =>
  Object.fromEntries(counts.map(({ model, erased, anonymised, kept }: Data) => [model, [erased, anonymised, kept]]))
