import { randomUUID } from 'node:crypto'
import { openDatabase } from '../../src/database/client.ts'
import { type GrantedRight, type HeldGrant, rightsOf } from '../../src/graphql/auth/rights.ts'
import type { Actor, Context } from '../../src/graphql/context.ts'
import { runText } from '../../src/graphql/execute/run-text.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { createLog } from '../../src/log.ts'
import { audit } from '../../src/modules/audit/index.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { contacts } from '../../src/modules/contacts/index.ts'
import { identity } from '../../src/modules/identity/index.ts'
import { loyalty } from '../fixtures/loyalty/index.ts'
import { installation } from './installation.ts'

/** The modules that these tests are about, with the fixture's one line at the end. */
export const testModules = [identity, contacts, audit, loyalty] as const

/** The schema that they make. */
export const schema = buildSchema(testModules)

/** May read and write everything. */
export const everything: readonly GrantedRight[] = [{ right: '*', read: true, write: true }]

/** May read what these names say. */
export const reading = (...rights: string[]): GrantedRight[] =>
  rights.map((right) => ({ right, read: true, write: false }))

export type TestContext = Context & { close: () => Promise<void> }

/** The context of a caller; by default one who may do everything. */
export function testContext(
  databaseUrl: string,
  {
    grants = everything,
    actor = { kind: 'system', id: null },
  }: { grants?: readonly GrantedRight[]; actor?: Actor } = {},
): TestContext {
  const database = openDatabase(databaseUrl, { connections: 10, statementTimeout: 60_000 })
  return {
    database,
    audited: auditedModels(testModules),
    actor,
    requestId: randomUUID(),
    log: createLog('silent', false),
    ...installation,
    rights: rightsOf(grants),
    sessionId: null,
    address: '192.0.2.7',
    setSessionCookie: () => undefined,
    deviceCookie: undefined,
    setDeviceCookie: () => undefined,
    userAgent: '',
    sessions: { lifetime: 12 * 3_600_000, idle: 3_600_000 },
    loaders: {},
    close: () => database.$disconnect(),
  }
}

/** The same installation, as another caller. */
export const asCaller = (
  context: TestContext,
  grants: readonly HeldGrant[],
  actor: Actor = context.actor,
): TestContext => ({
  ...context,
  actor,
  rights: rightsOf(grants),
})

/** Runs an operation as one request of its own. */
export async function run(context: TestContext, source: string, variableValues: Record<string, unknown> = {}) {
  const contextValue: Context = { ...context, requestId: randomUUID(), loaders: {} }
  const { data, errors = [] } = await runText({ schema, source, variableValues, contextValue })
  return {
    data: plain(data),
    errors,
    codes: errors.map((error) => error.extensions['code']),
    requestId: contextValue.requestId,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
const plain = (data: unknown): any => JSON.parse(JSON.stringify(data ?? null))
