import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backUp, backUpKeys } from '../../src/backup/backup.ts'
import { restoreBackup, restoreKeys } from '../../src/backup/restore.ts'
import { readConfig } from '../../src/config.ts'
import { uuidOf } from '../../src/graphql/ids.ts'
import { openInstallation } from '../../src/installation.ts'
import { createLog } from '../../src/log.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { installationSecret } from '../../src/secrets.ts'
import { openFolder } from '../../src/storage/folder.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabase, freshKeystore, ownerOf, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { facts, wholeContact } from '../support/erasure.ts'
import { keysFor } from './keys.ts'
import { emptyFolder, newReader } from './support.ts'

const erasures = 3

test('whatever moment the archive is of, and whatever moment the key store, nobody who was erased is there once the ledger was replayed', async () => {
  const keystoreUrl = await freshKeystore()
  const app = await startTestApp({ config: { keystoreUrl } })
  const token = await app.signIn()
  const create = async (givenName: string) => {
    const query = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    return uuidOf('Contact', (await app.graphql(query, { input: { givenName } }, token)).data.createContact.id)
  }
  const [signer, reader, folder] = [await auditSigner(app.config), await newReader(), await emptyFolder()]
  const { keys, secrets } = app.work
  const source = { url: app.config.databaseUrl ?? '', keystoreUrl, keys, secrets, signer }
  const pathOf = (what: string, moment: number) => join(folder, `${what}-${moment}.age`)
  const backUpBoth = async (moment: number) => {
    await backUp(source, { path: pathOf('lethe', moment), protection: reader.protection }, undefined)
    await backUpKeys(source, { path: pathOf('keys', moment), protection: reader.protection })
  }
  const gone: string[] = []
  const stay: string[] = []
  for (let n = 0; n < erasures; n++) {
    gone.push(await create(`Gone ${n}`))
    stay.push(await create(`Stays ${n}`))
  }
  for (const [moment, contactId] of gone.entries()) {
    await backUpBoth(moment)
    const decision = wholeContact()
    const order = { erasureId: decision.erasureId, contactIds: [contactId], decision, facts: facts() }
    await executeErasure({ ...app.work, ...hooksOf(modules), requestId: randomUUID() }, order)
  }
  await backUpBoth(erasures)
  const secret = Buffer.from(await installationSecret(app.config)).toString()
  const [place] = app.config.ledger
  if (place?.kind !== 'folder') throw new Error('the ledger is elsewhere')

  const restoreAt = async (at: number, keysAt: number) => {
    const opened = { opening: reader.opening, verifiers: [signer] }
    const onProgress = () => undefined
    const otherKeys = await freshKeystore()
    await restoreKeys({ ...opened, path: pathOf('keys', keysAt) }, { keystoreUrl: otherKeys, onProgress })
    const copy = await freshDatabase()
    const data = await emptyFolder()
    const known = await keysFor(otherKeys)
    const { lost } = await restoreBackup(
      { ...opened, path: pathOf('lethe', at), keys: known },
      {
        ...{ ownerUrl: ownerOf(copy), storage: openFolder(join(data, 'storage')), secrets },
        ...{ leaveOutUnknown: false, anotherSecret: false, onProgress },
      },
    )
    await known.close()
    // Whom the key store had forgotten at its moment is left out at once, whatever the archive has.
    expect(lost.erased).toBe(Math.max(0, keysAt - at))
    const environment = {
      ...databaseEnvironment(copy),
      KEYSTORE_URL: otherKeys,
      LETHE_DATA: data,
      LETHE_SECRET: secret,
    }
    const config = readConfig({ ...environment, LETHE_LEDGER: place.path })
    const installation = await openInstallation(config, {
      log: createLog('silent', false),
      say: () => undefined,
      serves: true,
    })
    const found = await installation.keys.find(gone)
    await installation.close()
    expect([...found.values()]).toEqual(gone.map(() => 'destroyed'))
    const { rows } = await withClient(ownerOf(copy), (client) =>
      client.query(
        `SELECT (SELECT array_agg(contact_id::text ORDER BY contact_id) FROM contact) AS stay,
           (SELECT array_agg(contact_id::text ORDER BY contact_id) FROM erased_contact) AS gone`,
      ),
    )
    expect(rows[0]).toEqual({ stay: stay.toSorted(), gone: gone.toSorted() })
  }
  const moment = fc.nat(erasures)
  await restoreAt(0, 0)
  await fc.assert(fc.asyncProperty(moment, moment, restoreAt), { numRuns: 3 })
  await app.close()
})
