import { randomUUID } from 'node:crypto'
import type { SubjectRequest } from '#prisma/client.ts'
import type { Config } from '../../src/config.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { noteDelivered, noteProduced } from '../../src/modules/requests/steps.ts'
import { type Desk, openDesk } from '../selfservice/support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
export type Data = any

export const day: number = 24 * 3_600_000

const fields = `id case kind status channel receivedAt dueAt statement verificationMethod verificationLevel verifiedAt
  verifier { name } verificationAskedAt verificationDueAt pausedDays extendedAt extensionReason producedAt deliveredAt delivery
  decidedAt decider { name } partly denial article reason liftedAt remindedAt overdueAt assignee { email }`

export type Office = Desk & Awaited<ReturnType<typeof officeAt>>

/** An app that sends mails, and short ways to do what these tests do all the time. */
export async function openOffice(config: Partial<Config> = {}): Promise<Office> {
  const desk = await openDesk(config)
  return { ...desk, ...(await officeAt(desk)) }
}

async function officeAt(desk: Desk) {
  const { ask, fail, work } = desk
  const system = (): WorkContext => ({
    ...work,
    requestId: randomUUID(),
    organisation: desk.config.organisation,
    actor: { kind: 'system', id: null },
  })
  const step = (name: string, types: string, given: string) =>
    `mutation ($id: ID!${types}) { ${name}(id: $id${given}) { ${fields} } }`
  const steps: Record<string, string> = {
    ask: step('askForIdentity', '', ''),
    verify: step('verifyIdentity', ', $method: AttestedVerificationMethod!', ', method: $method'),
    assign: step('assignSubjectRequest', ', $user: ID', ', user: $user'),
    extend: step('extendSubjectRequest', ', $reason: String!', ', reason: $reason'),
    fulfil: step(
      'fulfilSubjectRequest',
      ', $partly: Boolean, $article: String, $reason: String, $purposes: [String!]',
      ', partly: $partly, article: $article, reason: $reason, purposes: $purposes',
    ),
    deny: step(
      'denySubjectRequest',
      ', $because: SubjectRequestDenial!, $article: String!, $reason: String!',
      ', because: $because, article: $article, reason: $reason',
    ),
    revoke: step('revokeSubjectRequest', '', ''),
    lift: step('liftRestriction', ', $reason: String!, $from: DateTime', ', reason: $reason, from: $from'),
  }
  const receive = `mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { ${fields} } }`
  const list = `query ($filter: SubjectRequestFilter, $orderBy: SubjectRequestOrder, $first: Int, $after: String) {
    subjectRequests(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges { cursor node { ${fields} contact { id } } } pageInfo { hasNextPage endCursor } } }`
  const noted = (note: (work: WorkContext) => Promise<void>) => note(system())
  return {
    system,
    steps,
    /** Takes down what somebody asks for. */
    receive: async (contactId: string, kinds: string[], input: object = {}): Promise<Data[]> =>
      (await ask(receive, { input: { contactId, kinds, channel: 'LETTER', ...input } })).receiveSubjectRequest,
    /** What is wrong with that. */
    refusedReceipt: (contactId: string, kinds: string[], input: object = {}): Promise<Data> =>
      fail(receive, { input: { contactId, kinds, channel: 'LETTER', ...input } }),
    /** Takes a step. */
    step: async (name: string, id: string, variables: object = {}): Promise<Data> =>
      Object.values(await ask(steps[name] ?? '', { id, ...variables }))[0],
    /** What is said against it. */
    refused: (name: string, id: string, variables: object = {}, token?: string): Promise<Data> =>
      fail(steps[name] ?? '', { id, ...variables }, token),
    requests: async (filter: object = {}, more: object = {}, token?: string): Promise<Data[]> => {
      const { data, errors } = await desk.graphql(list, { filter, first: 100, ...more }, token ?? desk.token)
      if (errors) throw new Error(JSON.stringify(errors))
      return data.subjectRequests.edges.map(({ node }: Data) => node)
    },
    list,
    messages: async (id: string): Promise<Data[]> =>
      (
        await ask(
          'query ($id: ID!) { subjectRequest(id: $id) { messages { kind channel text writtenAt author { name } } } }',
          { id },
        )
      ).subjectRequest.messages,
    produce: (contactId: string, requestId: string, packageId: string) =>
      noted((context) =>
        transact(context, 'test', (tx) => noteProduced(tx, context, { contactId, requestId, packageId })),
      ),
    deliver: (contactId: string, requestId: string, packageId: string) =>
      noted((context) =>
        transact(context, 'test', (tx) =>
          noteDelivered(tx, context, { contactId, requestId, packageId, how: 'download' }),
        ),
      ),
    /** As if something had been otherwise all along, in the log, too. */
    alter: (id: string, data: Partial<Pick<SubjectRequest, 'dueAt' | 'verificationAskedAt' | 'verificationDueAt'>>) =>
      noted(async (context) => {
        await transact(context, 'test', (tx) => tx.subjectRequest.updateMany({ where: { id }, data }))
      }),
    /** A bearer token of somebody with these rights, who may be bound to purposes. */
    clerk: async (rights: string[], purposes: string[] = []): Promise<string> => {
      const key = `clerk-${randomUUID().slice(0, 8)}`
      const email = `${key}@example.org`
      const role = `mutation ($key: String!, $purposes: [String!]) {
        createRole(input: { key: $key, name: $key, purposes: $purposes }) { id } }`
      const { createRole } = await ask(role, { key, purposes })
      const grant = `mutation ($role: ID!, $right: String!) {
        grantRight(role: $role, right: $right, read: true, write: true) { id } }`
      for (const right of rights) await ask(grant, { role: createRole.id, right })
      const user = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { password } }'
      const { createUser } = await ask(user, { input: { email, name: key, roles: [key] } })
      const signIn = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }'
      return (await desk.graphql(signIn, { e: email, p: createUser.password })).data.signIn.token
    },
  }
}
