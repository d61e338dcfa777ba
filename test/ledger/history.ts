import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Config, readConfig } from '../../src/config.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { type Installation, openInstallation, workIn } from '../../src/installation.ts'
import { createContact } from '../../src/modules/contacts/create.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { beginningOf } from '../../src/modules/hooks.ts'
import { bootstrapIdentity } from '../../src/modules/identity/access/bootstrap.ts'
import { modules } from '../../src/modules/index.ts'
import { freshDatabase, freshKeystore } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { wholeContact } from '../support/erasure.ts'
import { freshFolder } from './support.ts'

const log = pino({ enabled: false })

/** The administrator of each installation here. */
export const admin = { email: 'ada@example.org', password: 'correct horse battery staple' }

/** Databases as they were at one moment: names to copy them from. */
export type Moment = { database: string; keystore: string }

/** An installation that erases now and then, with backups of its databases from in between. */
export type History = {
  ledger: string
  /** Before the first erasure, and after each. */
  moments: Moment[]
  /** Those erased, in the order of the ledger. */
  erased: string[]
  kept: string[]
}

/** Settings of an installation on these databases, with a data folder of its own. */
export const environmentOf = async (
  url: string,
  keystoreUrl: string,
  ledger: string,
  more: Record<string, string> = {},
): Promise<Record<string, string>> => ({
  ...databaseEnvironment(url),
  KEYSTORE_URL: keystoreUrl,
  LETHE_LEDGER: ledger,
  LETHE_DATA: await mkdtemp(join(tmpdir(), 'lethe-drill-')),
  PORT: '0',
  ...more,
})

/** The same, read. */
export const configOf = async (...given: Parameters<typeof environmentOf>): Promise<Config> =>
  readConfig(await environmentOf(...given))

/** Opens an installation for work, and closes it. */
export async function within<T>(
  config: Config,
  work: (context: WorkContext, installation: Installation) => Promise<T>,
  options: { compares?: boolean } = {},
): Promise<T> {
  const installation = await openInstallation(config, { log, say: () => undefined, ...options })
  try {
    const actor = { kind: 'system', id: null } as const
    return await work({ ...workIn(installation, config, { actor, log }), requestId: randomUUID() }, installation)
  } finally {
    await installation.close()
  }
}

/** The databases as they were then, as new ones: what any tool restores. */
export const restore = async (
  database: Moment,
  keystore: Moment = database,
): Promise<[url: string, keystoreUrl: string]> => [
  await freshDatabase(database.database),
  await freshKeystore(keystore.keystore),
]

/** Lets so many contacts live, erases as many others one by one, and backs up in between. */
export async function makeHistory(erasures: number): Promise<History> {
  const ledger = await freshFolder()
  const [url, keystoreUrl] = [await freshDatabase(), await freshKeystore()]
  const config = await configOf(url, keystoreUrl, ledger)
  const nameOf = (address: string) => new URL(address).pathname.slice(1)
  const backUp = async (): Promise<Moment> => ({
    database: nameOf(await freshDatabase(nameOf(url))),
    keystore: nameOf(await freshKeystore(nameOf(keystoreUrl))),
  })
  const history: History = { ledger, moments: [], erased: [], kept: [] }
  const create = (context: WorkContext, givenName: string) =>
    createContact(context, { givenName, emails: [{ address: `${givenName}@example.org` }] }, {})
  await within(config, async (context) => {
    await bootstrapIdentity(context, admin, beginningOf(modules))
    for (let at = 1; at <= erasures; at++) {
      history.erased.push(await create(context, `erased${at}`))
      history.kept.push(await create(context, `kept${at}`))
    }
  })
  history.moments.push(await backUp())
  for (const contactId of history.erased) {
    await within(config, (context) => erase(context, contactId))
    history.moments.push(await backUp())
  }
  return history
}

/** Erases a contact, as a worker does; `at` is called between the steps. */
export async function erase(
  context: WorkContext,
  contactId: string,
  at: (step: string) => void = () => undefined,
): Promise<void> {
  const decision = wholeContact()
  const facts = {
    ...{ set: null, requestId: null, requester: { kind: 'system', id: null }, requestedAt: decision.at.toISOString() },
    ...{ approverIds: [], approvedAt: null, toldAt: null, toldHow: null },
  }
  const { erasureId } = decision
  if (!(await executeErasure(context, { erasureId, contactIds: [contactId], decision, facts }, { at }))) {
    throw new Error('there was nobody to erase')
  }
}
