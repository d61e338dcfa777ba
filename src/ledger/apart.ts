import { connect, withTransportSecurity } from '../database/reach.ts'
import { StartError } from '../start-error.ts'
import type { LedgerPlace } from './settings.ts'

/** Refuses a ledger in the database that it watches over, or in that of the keys: it would be set back along with it. */
export async function refuseLedgerWithin(
  places: readonly LedgerPlace[],
  databases: Readonly<Record<'DATABASE_URL' | 'KEYSTORE_URL', string>>,
): Promise<void> {
  for (const place of places) {
    if (place.kind !== 'table') continue
    const ledger = await reached(place.url, 'LETHE_LEDGER')
    for (const [setting, url] of Object.entries(databases)) {
      if (ledger !== (await reached(url, setting))) continue
      throw new StartError(
        `LETHE_LEDGER and ${setting} lead to the same database: an older copy of it would bring an older ledger back, too. ` +
          'Keep the ledger on another server.',
      )
    }
  }
}

async function reached(url: string, setting: string): Promise<string> {
  const { client, reached: found } = await connect(withTransportSecurity(url), setting)
  await client.end()
  return `${found.server}/${found.database}`
}
