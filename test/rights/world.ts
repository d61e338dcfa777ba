import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { printedSchema } from '../../src/graphql/schema.ts'
import { createLog } from '../../src/log.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { signBearer } from '../../src/modules/identity/sign-in/bearer.ts'
import { hashPassword } from '../../src/modules/identity/sign-in/password.ts'
import { startSession } from '../../src/modules/identity/sign-in/sessions.ts'
import { modules } from '../../src/modules/index.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { installation } from '../support/installation.ts'
import { type Connection, connectTo, forEachOf } from './connection.ts'
import { type Role, rolesOf } from './roles.ts'
import { readSchemaText, type SchemaText } from './schema-text.ts'
import { type Act, type Seed, seed } from './seed.ts'
import type { Examples } from './values.ts'

/** A server with objects of every type, and somebody for every role. */
export type World = Seed & {
  app: TestApp
  connection: Connection
  /** What the text of the server's schema says. */
  schema: SchemaText
  roles: readonly Role[]
  examples: Examples
  /** The bearer token of whoever has a role; null for nobody. */
  tokenOf: (role: Role) => string | null
  /** Sends an operation as the administrator; fails if that has errors. */
  act: Act
  /** One for a session of its own, which may end. */
  newToken: (role: Role) => Promise<string | null>
  close: () => Promise<void>
}

const password = 'nine lives of a matrix'

/** Starts one. */
export async function startWorld(): Promise<World> {
  const app = await startTestApp({ config: { logLevel: 'silent' } })
  const schema = readSchemaText(printedSchema(app.app.schema))
  const sessionKey = createSecrets(await installationSecret(app.config)).signingKey('session')
  const actor = { kind: 'system', id: null } as const
  const context = {
    database: app.database,
    audited: auditedModels(modules),
    actor,
    requestId: randomUUID(),
    log: createLog('silent', false),
    ...installation,
  }
  const session = async (userId: string) => {
    const { id, expiresAt } = await transact(context, 'test', (tx) =>
      startSession(tx, { userId, address: '192.0.2.7', userAgent: '', methods: ['password'] }, 3_600_000),
    )
    return signBearer(sessionKey, { userId, sessionId: id }, expiresAt)
  }

  const builtIn = await app.database.role.findMany({ include: { grants: true }, orderBy: { key: 'asc' } })
  const made = rolesOf(schema)
  const users = await addUsers(context, builtIn, made)
  const roles = [...builtIn.map(({ key, grants }): Role => ({ key, grants })), ...made]
  const tokens = new Map<string, string>()
  await forEachOf([...users], async ([key, userId]) => void tokens.set(key, await session(userId)))

  const connection = connectTo(app.url, app.ca)
  const first = await app.database.user.findUniqueOrThrow({ where: { email: admin.email } })
  const token = await session(first.id)
  const act: Act = async (query, variables) => {
    const { data, errors, text } = await connection.send(token, { query, variables })
    if (errors || !data) throw new Error(text)
    return JSON.parse(JSON.stringify(data))
  }
  const seeded = await seed(app.database, act)
  return {
    ...seeded,
    app,
    act,
    connection,
    schema,
    roles,
    examples: examples(),
    tokenOf: ({ key }) => tokens.get(key) ?? null,
    newToken: async ({ key }) => {
      const userId = users.get(key)
      return userId ? session(userId) : null
    },
    close: async () => {
      connection.close()
      await app.close()
    },
  }
}

/** Somebody for each role, and somebody who may not sign in any more. Returns their ids by role. */
async function addUsers(context: WorkContext, builtIn: readonly (Role & { id: string })[], made: readonly Role[]) {
  const passwordHash = await hashPassword(password)
  const added = made.filter(({ anonymous }) => !anonymous).map((role) => ({ ...role, id: uuidv7() }))
  const users = [...builtIn, ...added].map(({ id: roleId, key }) => ({ roleId, key, id: uuidv7() }))
  const absent = { id: uuidv7(), email: 'zqabsent@example.org', name: 'Absent', passwordHash, disabledAt: new Date() }
  await transact(context, 'test', async (tx) => {
    await tx.role.createMany({ data: added.map(({ id, key }) => ({ id, key, name: key })) })
    await tx.grant.createMany({
      data: added.flatMap(({ id: roleId, grants }) => grants.map((grant) => ({ ...grant, roleId }))),
    })
    await tx.user.createMany({ data: users.map(({ id, key }) => ({ id, email: emailOf(key), passwordHash })) })
    await tx.user.create({ data: absent })
    const [first] = builtIn
    await tx.roleAssignment.createMany({
      data: [
        ...users.map(({ id: userId, roleId }) => ({ userId, roleId })),
        ...(first ? [{ userId: absent.id, roleId: first.id }] : []),
      ],
    })
  })
  return new Map(users.map(({ key, id }) => [key, id]))
}

const emailOf = (key: string) => `${key.replaceAll(' ', '-')}@example.org`

/** Arguments that lead to every type that only a mutation returns, and values that mean something. */
function examples(): Examples {
  let count = 0
  return {
    'AuditFilter.entity': 'AuditEntry',
    'AuditFilter.field': 'recordedAt',
    'AuditFilter.actorId': Buffer.from(`User:${randomUUID()}`).toString('base64'),
    'Mutation.createUser': () => ({ input: { email: `made-${count++}@example.org`, roles: [] } }),
    'Mutation.signIn': () => ({ email: emailOf('nothing'), password }),
    'Mutation.importContacts': () => ({
      input: {
        format: 'JSONL',
        content: '{"emails":[{"address":"none"}]}\n',
        source: 'a fair',
        ground: 'CONSENT',
        dryRun: true,
      },
    }),
  }
}
