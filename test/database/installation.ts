import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { prepareDatabase } from '../../src/database/embedded-roles.ts'
import { openStore } from '../../src/database/open.ts'
import { grantTo } from '../../src/database/privileges/grants.ts'
import { freshDatabase, ownerOf, serverUrl, withClient } from '../support/database.ts'

/** A database with a user of its own, as an administrator would have made them. */
export type Installation = {
  url: string
  database: string
  user: string
  /** Opens it as the product does; `owner` as if DATABASE_OWNER_URL were set. Closes it again. Returns what it told. */
  open: (settings?: { owner?: boolean | string; keystoreUrl?: string }) => Promise<string[]>
  /** As the administrator. `<user>`, `<group>` (another role) and `<database>` stand for their names. */
  administer: (statements: string) => Promise<void>
}

/** Makes one: with nothing in it yet, or as it is after the first start. */
export async function makeInstallation({ empty = false } = {}): Promise<Installation> {
  const id = randomUUID().replaceAll('-', '')
  const [user, group, password] = [`app_${id}`, `group_${id}`, randomUUID()]
  const owner = empty ? await emptyDatabase(`test_${id}`) : ownerOf(await freshDatabase())
  const database = new URL(owner).pathname.slice(1)
  const url = Object.assign(new URL(owner), { username: user, password }).href
  const administer = async (statements: string) => {
    const named = { '<user>': user, '<group>': group, '<database>': database }
    const filled = Object.entries(named).reduce((text, [name, value]) => text.replaceAll(name, value), statements)
    await withClient(owner, (client) => client.query(filled))
  }
  await administer(
    `CREATE ROLE <group>; CREATE ROLE <user> LOGIN PASSWORD '${password}'; GRANT CONNECT ON DATABASE <database> TO <user>`,
  )
  if (!empty) await withClient(owner, (client) => grantTo(client, user))
  return {
    url,
    database,
    user,
    administer,
    open: async ({ owner: as = false, keystoreUrl = inject('keystoreUrl') } = {}) => {
      const databaseOwnerUrl = as === true ? owner : as || undefined
      const rest = { data: '', keystoreUrl, connections: 1, timeout: 10_000 }
      const told: string[] = []
      const store = await openStore({ databaseUrl: url, databaseOwnerUrl, ...rest }, (line) => told.push(line))
      await store.close()
      return told
    },
  }
}

async function emptyDatabase(name: string) {
  await withClient(serverUrl('postgres'), (client) => prepareDatabase(client, name, { owner: 'lethe' }))
  return serverUrl(name)
}
