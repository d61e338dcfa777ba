import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../src/database/client.ts'
import { transact } from '../../src/database/transact.ts'
import type { GrantedRight } from '../../src/graphql/auth/rights.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { signBearer } from '../../src/modules/identity/sign-in/bearer.ts'
import { startSession } from '../../src/modules/identity/sign-in/sessions.ts'
import { type GraphqlAnswer, startTestApp } from '../support/app.ts'

/** What a role grants: a right, and `r`, `w` or `rw`. */
export type Grants = Readonly<Record<string, 'r' | 'w' | 'rw'>>

/** Somebody who is signed in, with a role of their own. Ids as GraphQL has them, and as the database does. */
export type Person = { id: string; uuid: string; role: string; roleUuid: string; sessionId: string; token: string }

export type Stage = Awaited<ReturnType<typeof startStage>>

/** An app with people in it, who are written into the database past all rules. */
export async function startStage(options: Parameters<typeof startTestApp>[0] = {}) {
  const lethe = await startTestApp({ ...options, config: { logLevel: 'silent', ...options.config } })
  const people = createPeople(lethe.work)
  const run = async (who: { token: string } | undefined, query: string, variables: object = {}) =>
    told(await lethe.graphql(query, variables, who?.token))
  /** Does something as the operator. */
  const operate = <T>(act: (context: WorkContext) => Promise<T>) =>
    act({ ...lethe.work, actor: { kind: 'operator', id: null }, requestId: randomUUID() })
  return { ...lethe, ...people, run, operate }
}

/** An answer with the codes of its errors. */
const told = (answer: GraphqlAnswer) => ({
  ...answer,
  errors: answer.errors ?? [],
  codes: (answer.errors ?? []).map((error) => error.extensions.code),
})

/** Puts people and roles into a database. */
export function createPeople(work: Omit<WorkContext, 'requestId'> & { database: Database }) {
  const context: WorkContext = { ...work, requestId: randomUUID() }
  const sessionKey = context.secrets.signingKey('session')

  /** A role. Returns its UUID. */
  async function role(grants: Grants, { purposes = [], key }: { purposes?: string[]; key?: string } = {}) {
    const id = uuidv7()
    await transact(context, 'test', async (tx) => {
      await tx.role.create({ data: { id, key: key ?? id, name: key ?? id, purposes } })
      const data = Object.entries(grants).map(([right, access]) => ({
        roleId: id,
        right,
        read: access.includes('r'),
        write: access.includes('w'),
      }))
      if (data.length > 0) await tx.grant.createMany({ data })
    })
    return id
  }

  /** A session of a user, and its bearer token. */
  async function session(userId: string) {
    const { id, expiresAt } = await transact(context, 'test', (tx) =>
      startSession(tx, { userId, address: '192.0.2.7', userAgent: '', methods: ['password'] }, 600_000),
    )
    return { sessionId: id, token: await signBearer(sessionKey, { userId, sessionId: id }, expiresAt) }
  }

  /** Somebody with a role that grants this. */
  async function person(grants: Grants, options: { purposes?: string[]; email?: string } = {}): Promise<Person> {
    const roleId = await role(grants, options)
    const uuid = uuidv7()
    await transact(context, 'test', async (tx) => {
      const email = options.email ?? `${uuid}@example.org`
      await tx.user.create({ data: { id: uuid, email, name: 'Somebody', passwordHash: 'x' } })
      await tx.roleAssignment.create({ data: { userId: uuid, roleId } })
    })
    const ids = { id: globalId('User', uuid), uuid, role: globalId('Role', roleId), roleUuid: roleId }
    return { ...ids, ...(await session(uuid)) }
  }

  /** Somebody for each set of roles. */
  async function cast(sets: readonly (readonly { purposes: string[]; grants: GrantedRight[] }[])[]): Promise<Person[]> {
    return Promise.all(
      sets.map(async (roles) => {
        const somebody = await person({})
        for (const { grants, purposes } of roles) {
          const roleId = await role({}, { purposes })
          await transact(context, 'test', async (tx) => {
            if (grants.length > 0) await tx.grant.createMany({ data: grants.map((grant) => ({ ...grant, roleId })) })
            await tx.roleAssignment.create({ data: { userId: somebody.uuid, roleId } })
          })
        }
        return somebody
      }),
    )
  }

  return { role, session, person, cast }
}

/** An id as GraphQL has it. */
export const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64')
