import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Config } from '../../src/config.ts'
import { transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { printedSchema } from '../../src/graphql/schema.ts'
import { createLog } from '../../src/log.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { automationEngine } from '../../src/modules/automation/engine.ts'
import { signBearer } from '../../src/modules/identity/sign-in/bearer.ts'
import { hashPassword } from '../../src/modules/identity/sign-in/password.ts'
import { startSession } from '../../src/modules/identity/sign-in/sessions.ts'
import { modules } from '../../src/modules/index.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { settle } from '../automation/support.ts'
import { admin, startTestApp, type TestApp } from '../support/app.ts'
import { installation } from '../support/installation.ts'
import { type Connection, connectWithin, forEachOf } from './connection.ts'
import { type Role, rolesOf } from './roles.ts'
import { makeRoles } from './run-time-roles.ts'
import { readSchemaText, type SchemaText } from './schema-text.ts'
import { type Act, type Seed, seed } from './seed.ts'
import { importable } from './seed-calendar.ts'
import { attested, offers, ownFields, refused, withdrawn } from './seed-consents.ts'
import { webhookUrl } from './seed-deliveries.ts'
import { announced, seedDocument } from './seed-documents.ts'
import { seedErasures } from './seed-erasures.ts'
import { fieldKeys } from './seed-fields.ts'
import { purposeKey } from './seed-lawfulness.ts'
import { badOrders, seedOrders } from './seed-orders.ts'
import { packageExamples, seedPackage } from './seed-packages.ts'
import { reportFileExamples, seedReportFiles } from './seed-report-files.ts'
import { reportExamples, seedReports } from './seed-reports.ts'
import { seedRequests } from './seed-requests.ts'
import { retentionExamples, seedRetention } from './seed-retention.ts'
import { scheduleExamples, seedSchedules } from './seed-schedules.ts'
import { seedSelfService } from './seed-selfservice.ts'
import { seedStatistics, statisticsExamples } from './seed-statistics.ts'
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
  /** From now on, what the log tells until now is what is read of it: it grows by every look at it. */
  readLogUntilNow: () => void
  /** Sends an operation as the administrator; fails if that has errors. */
  act: Act
  /** One for a session of its own, which may end. */
  newToken: (role: Role) => Promise<string | null>
  /** Adds roles, each with somebody who has it. */
  addRoles: (roles: readonly Role[]) => Promise<void>
  close: () => Promise<void>
}

const password = 'nine lives of a matrix'

// Nobody signs in there; it is only told of.
const provider: Config['provider'] = {
  issuer: 'https://issuer.example',
  clientId: 'lethe',
  clientSecret: undefined,
  name: 'Provider',
  audience: undefined,
  rolesClaim: 'groups',
  roles: [],
}

// On this machine, where nothing answers.
const webhooks: Config['webhooks'] = { allowPrivate: true, giveUpAfter: 3_600_000, ca: undefined }

/**
 * Starts one.
 *
 * @param options.runTimeRoles Whether roles are made and given by the API itself, rather than written into the database: those
 *   that together grant every right, to read and to write, and every module's wildcard. The others grant much the same again.
 * @param options.config Further settings.
 */
export async function startWorld({
  runTimeRoles = false,
  config = {},
}: {
  runTimeRoles?: boolean
  config?: Partial<Config>
} = {}): Promise<World> {
  // What is refused here are errors by the hundred thousand, and nobody reads where they were thrown.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  // Many questions are asked at once, of which some really erase: more than a request may take.
  const timeout = 180_000
  const app = await startTestApp({ config: { logLevel: 'silent', provider, webhooks, timeout, ...config } })
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
  const users = await addFirstUsers(context, builtIn, made)
  const byApi = runTimeRoles ? made.filter(showsMore(made)) : []
  await writeRoles(
    context,
    made.filter((role) => !byApi.includes(role)),
    users,
  )
  const roles = [...builtIn.map(({ key, grants }): Role => ({ key, grants })), ...made]
  const tokens = new Map<string, string>()
  await forEachOf([...users], async ([key, userId]) => void tokens.set(key, await session(userId)))

  const connection = connectWithin(app)
  const first = await app.database.user.findUniqueOrThrow({ where: { email: admin.email } })
  const token = await session(first.id)
  const actingAs =
    (token: string): Act =>
    async (query, variables) => {
      const { data, errors, text } = await connection.send(token, { query, variables })
      if (errors || !data) throw new Error(text)
      return JSON.parse(JSON.stringify(data))
    }
  const act = actingAs(token)
  await makeRoles(act, byApi, users)
  const seeded = await seed(app.database, act, () => settle(automationEngine(app.work, app.app.schema, modules)))
  await seedSelfService(app, act, seeded.ids['Contact']?.[0] ?? '')
  await seedOrders(app, act, seeded.ids['Contact']?.[0] ?? '')
  const document = await seedDocument(app, act, seeded.ids['Contact']?.[0] ?? '')
  const request = await seedRequests(app, act, seeded.ids['Contact'] ?? [])
  const accessPackage = await seedPackage(app, act, seeded.ids['Contact']?.[0] ?? '')
  const erasures = await seedErasures(app, act, seeded.ids['Contact']?.[0] ?? '')
  await seedRetention(app, act, seeded.ids['Contact']?.[0] ?? '')
  // Only whoever asked for a file sees it, or by what their own mails are encrypted.
  const own = actingAs(tokens.get('administrator') ?? '')
  const reportFile = await seedReportFiles(app, own)
  const report = await seedReports(app, act)
  await seedStatistics(app.database)
  await seedSchedules(app, own)
  let until = new Date()
  return {
    ...seeded,
    app,
    act,
    connection,
    schema,
    roles,
    examples: {
      ...examples({ ...seeded, document }, () => until),
      'Query.subjectRequest.id': request,
      ...packageExamples(accessPackage, seeded.ids['Contact'] ?? []),
      ...erasures,
      ...retentionExamples,
      ...reportFileExamples(reportFile),
      ...reportExamples(report),
      ...statisticsExamples,
      ...scheduleExamples(seeded.ids['User']?.[0]),
    },
    readLogUntilNow: () => {
      until = new Date()
    },
    tokenOf: ({ key }) => tokens.get(key) ?? null,
    newToken: async ({ key }) => {
      const userId = users.get(key)
      return userId ? session(userId) : null
    },
    addRoles: async (added) => {
      const ofAdded = await addUsers(context, added)
      await writeRoles(context, added, ofAdded)
      for (const [key, id] of ofAdded) users.set(key, id)
      await forEachOf([...ofAdded], async ([key, userId]) => void tokens.set(key, await session(userId)))
    },
    close: async () => {
      Error.stackTraceLimit = stackTraceLimit
      connection.close()
      await app.close()
    },
  }
}

/** Which roles show more of the API than others do: of those that lack a single right, the first one of each module. */
function showsMore(roles: readonly Role[]) {
  const moduleOf = ({ lacks = '' }: Role) => lacks.split('.')[0]
  const first = new Map(
    roles
      .filter(({ lacks }) => lacks)
      .toReversed()
      .map((role) => [moduleOf(role), role]),
  )
  return (role: Role) => (role.lacks ? first.get(moduleOf(role)) === role : !role.looksOut)
}

/** Somebody for each role. Returns their ids by role. */
async function addUsers(context: WorkContext, roles: readonly Role[]): Promise<Map<string, string>> {
  const passwordHash = await hashPassword(password)
  const users = roles.filter(({ anonymous }) => !anonymous).map(({ key }) => ({ key, id: uuidv7() }))
  await transact(context, 'test', async (tx) => {
    await tx.user.createMany({ data: users.map(({ id, key }) => ({ id, email: emailOf(key), passwordHash })) })
    // Who has no rights has no second factor either: there a password signs in.
    await tx.passkey.createMany({ data: users.filter(({ key }) => key !== 'nothing').map(({ id }) => passkeyOf(id)) })
  })
  return new Map(users.map(({ key, id }) => [key, id]))
}

/** Besides, somebody who may not sign in any more. */
async function addFirstUsers(context: WorkContext, builtIn: readonly (Role & { id: string })[], made: readonly Role[]) {
  const idOf = await addUsers(context, [...builtIn, ...made])
  const absent = { id: uuidv7(), email: 'zqabsent@example.org', name: 'Absent', disabledAt: new Date() }
  await transact(context, 'test', async (tx) => {
    await tx.user.create({ data: absent })
    const [first] = builtIn
    await tx.roleAssignment.createMany({
      data: [
        ...builtIn.map(({ id: roleId, key }) => ({ userId: idOf.get(key) ?? '', roleId })),
        ...(first ? [{ userId: absent.id, roleId: first.id }] : []),
      ],
    })
  })
  return idOf
}

/** Writes roles into the database, and gives each to its user. */
async function writeRoles(context: WorkContext, made: readonly Role[], users: ReadonlyMap<string, string>) {
  const roles = made.filter(({ anonymous }) => !anonymous).map((role) => ({ ...role, id: uuidv7() }))
  await transact(context, 'test', async (tx) => {
    await tx.role.createMany({ data: roles.map(({ id, key }) => ({ id, key, name: key })) })
    await tx.grant.createMany({
      data: roles.flatMap(({ id: roleId, grants }) => grants.map((grant) => ({ ...grant, roleId }))),
    })
    const data = roles.map(({ id: roleId, key }) => ({ userId: users.get(key) ?? '', roleId }))
    await tx.roleAssignment.createMany({ data })
  })
}

const passkeyOf = (userId: string) => ({
  id: uuidv7(),
  userId,
  name: 'Key',
  credentialId: userId,
  publicKey: new Uint8Array([1]),
  transports: [],
  lastUsedAt: new Date(),
})

/** The address of whoever has a role. */
export const emailOf = (key: string): string => `${key.replace(/:.*/, '').replaceAll(' ', '-')}@example.org`

/** Arguments that lead to every type that only a mutation returns, and values that mean something. */
function examples({ ids, links, logged, document }: Seed & { document: string }, until: () => Date): Examples {
  let count = 0
  let signIns = 0
  let proofs = 0
  // Keys that are soon over: a client has only so many.
  const soon = () => new Date(Date.now() + 1000).toISOString()
  return {
    // Names of types and fields want the rights of what they name, besides: history.test.ts tries these.
    'CustomFieldInput.key': 'zq_text',
    'CustomFieldFilter.key': 'zq_boolean',
    'CustomFieldOrder.key': 'zq_boolean',
    'UpdateFieldInput.key': 'zq_text',
    'Mutation.retireField.key': 'zq_text',
    'Mutation.requestFieldIndex.key': 'zq_text',
    'Contact.customField.key': 'zq_text',
    ...Object.fromEntries(fieldKeys.map(([type, key]) => [`key of ${type}`, key])),
    'Query.fieldDefinitions': () => ({ retired: true }),
    'Query.previewFieldChange': () => ({ input: { key: 'zq_text', maxLength: 3 } }),
    'AuditFilter.entity': '',
    'AuditFilter.field': '',
    'AuditFilter.actorId': Buffer.from(`User:${randomUUID()}`).toString('base64'),
    'Mutation.createUser': () => ({ input: { email: `made-${count++}@example.org` } }),
    // Far enough back for what was seeded.
    'Query.auditLog': () => ({ first: 100, filter: { actorKind: 'USER', until: until().toISOString() } }),
    'Query.auditProof': () => ({ entryId: logged.entries[proofs++ % 2] }),
    'Query.auditReceipt.requestId': logged.requestId,
    'Query.purpose.key': purposeKey,
    'Query.contacts.lawfulFor': purposeKey,
    'Contact.mayProcess.purpose': purposeKey,
    'Lawfulness.mayProcess.purpose': purposeKey,
    'Contact.lawfulness': () => ({ at: until().toISOString(), knownAt: until().toISOString() }),
    'Query.appointment.id': ids['Appointment']?.[0],
    'Query.appointmentOccurrences.from': '2026-03-01T00:00:00.000Z',
    'Query.appointmentOccurrences.to': '2026-04-01T00:00:00.000Z',
    'AppointmentFilter.user': ids['User']?.[0],
    'Mutation.importAppointments': () => ({ input: { content: importable, dryRun: true } }),
    'Query.ruleRuns.rule': ids['Rule']?.[0],
    'Query.testRule.id': ids['Rule']?.[0],
    'Query.testRule.after': null,
    'Query.testRule.since': new Date().toISOString(),
    'Query.testRule': () => ({ id: ids['Rule']?.[0], first: 100 }),
    'CreateRuleInput.condition': 'true',
    'CreateRuleInput.events': ['contacts.created'],
    'RuleActionInput.action': 'automation.notify',
    'RuleArgumentInput.name': 'to',
    'RuleArgumentInput.value': '["ada@example.org"]',
    'RuleRightInput.right': 'automation.rules',
    'WebhookDeliveryFilter.webhook': ids['Webhook']?.[0],
    'CreateWebhookInput.client': ids['Client']?.[1],
    'CreateWebhookInput.url': webhookUrl,
    'CreateWebhookInput.purposes': [purposeKey],
    'CreateWebhookInput.emailHashes': false,
    'UpdateWebhookInput.url': webhookUrl,
    'UpdateWebhookInput.purposes': [purposeKey],
    'UpdateWebhookInput.emailHashes': false,
    'Mutation.testWebhook': () => ({ id: ids['Webhook']?.[0] }),
    'Mutation.rotateWebhookSecret.id': ids['Webhook']?.[0],
    'Mutation.redeliver': () => ({ webhook: ids['Webhook']?.[0] }),
    'SubjectRequestFilter.assignee': ids['User']?.[0],
    'Query.incomingRequests': () => ({ decided: true, first: 40 }),
    'Mutation.reportSubjectRequest': () => ({ input: { kinds: ['ACCESS'], email: 'reported@example.org' } }),
    'Query.effectiveRights.user': ids['User']?.[0],
    'Query.effectiveRights': () => ({ user: ids['User']?.[0] }),
    'Mutation.createClientKey': () => ({ client: ids['Client']?.[1], kind: 'SECRET', expiresAt: soon() }),
    'Mutation.rotateClientKey': () => ({ id: ids['ClientKey']?.[1], expiresAt: soon() }),
    'Mutation.inviteUser': () => ({ input: { email: `made-${count++}@example.org` } }),
    'Mutation.sendInvitation': () => ({ user: links.invited }),
    'Mutation.createUnsubscribeLink': () => ({ input: { contactId: ids['Contact']?.[0], purpose: purposeKey } }),
    'Mutation.createSelfServiceLink': () => ({ input: { contactId: ids['Contact']?.[0], handOver: true } }),
    'Mutation.lookAtLink': () => ({ token: links.token }),
    // In turn to a session and to the question for a second factor; each reading asks twice, and there are three.
    'Mutation.signIn': () => ({ email: emailOf(signIns++ % 3 ? 'nothing' : 'editor'), password }),
    'Mutation.endSession.id': Buffer.from(`MySession:${randomUUID()}`).toString('base64'),
    'Mutation.removePasskey.id': Buffer.from(`MyPasskey:${randomUUID()}`).toString('base64'),
    'Mutation.giveConsent': () => ({ input: attested() }),
    'Mutation.withdrawConsent': () => ({ input: withdrawn() }),
    'Mutation.refuseConsent': () => ({ input: refused() }),
    'Mutation.updateOwnFields': () => ({ input: ownFields() }),
    'Query.document.id': document,
    'Mutation.createDocumentUpload': () => ({ input: announced(ids['Contact']?.[0]) }),
    'Mutation.createDocumentVersionUpload.document': document,
    'Query.ownConsents.token': links.consent,
    'Query.consentOffers': offers,
    'Mutation.importOrders': () => ({ input: badOrders }),
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
