import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { dataPath } from '../../src/config.ts'
import { openDatabase } from '../../src/database/client.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { readVerifiers } from '../../src/modules/audit/verify/kept.ts'
import { verifyLog } from '../../src/modules/audit/verify/verify.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import { modules } from '../../src/modules/index.ts'
import { wantedGuards } from '../../src/modules/security/guards.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { openFolder } from '../../src/storage/folder.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { startWorld } from '../rights/world.ts'
import { freshDatabase, freshKeystore, pastTheGuards, withClient } from '../support/database.ts'
import { contentsOf, emptyFolder, makePlace, structureOf } from './support.ts'

test('what was backed up is there again to the letter: every table but sign-ins, every file, the log, and what guards it', async () => {
  const world = await startWorld({ config: { keystoreUrl: await freshKeystore() } })
  const { config } = world.app
  const [url, keystoreUrl] = [config.databaseUrl ?? '', config.keystoreUrl ?? '']
  const secrets = createSecrets(await installationSecret(config))
  const signer = await auditSigner(config)
  const verifiers = await readVerifiers(config, [])
  const kept = await emptyFolder()
  await cp(dataPath(config, 'storage'), kept, { recursive: true })
  await world.close()
  await pastTheGuards(url, 'UPDATE contact SET family_name = $1, given_name = $2, job_title = $3', [
    'tab\t, line\nfeed\r, back\\slash, "quotes", \u{1F600}',
    String.raw`\N`,
    String.raw`\.`,
  ])

  const storage = openFolder(kept)
  const place = await makePlace({ url, keystoreUrl, secrets, signer, storage })
  const path = join(await emptyFolder(), 'all.age')
  const { counts } = await place.backUp(path)
  const before = await contentsOf(url)
  const { archived: files, caches } = await filesOf(storage)
  expect(caches.size).toBeGreaterThan(0)
  expect(Object.values(before).filter((word) => !word.startsWith('0 ')).length).toBeGreaterThan(50)
  expect(counts.files).toBe(files.size)
  expect(files.size).toBeGreaterThan(0)

  const restoredStorage = openFolder(await emptyFolder())
  const { url: copy, restored } = await place.restore(path, { storage: restoredStorage })
  expect(await contentsOf(copy)).toEqual(before)
  // Files of reports stay out: whoever is erased later would be in them still.
  expect(await filesOf(restoredStorage)).toEqual({ archived: files, caches: new Map() })
  expect(restored).toMatchObject({ counts, lost: { erased: 0, unknown: 0, waiting: false }, files: files.size })
  expect(await structureOf(copy)).toEqual(await structureOf(await freshDatabase()))

  const database = openDatabase(copy, { connections: 1, statementTimeout: 60_000 })
  const findings = await withClient(copy, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const guards = wantedGuards({ database, audited: auditedModels(modules) })
    return verifyLog({ client, verifiers, outside: [], guards, acceptedEpochs: [], onProgress: () => undefined })
  }).finally(() => database.$disconnect())
  expect(findings.findings).toEqual([])
})

async function filesOf(storage: Storage) {
  const [archived, caches] = [new Map<string, string>(), new Map<string, string>()]
  for await (const { key } of storage.list('')) {
    const content = (await buffer(storage.open(key))).toString('base64')
    ;(key.startsWith('report-files/') ? caches : archived).set(key, content)
  }
  return { archived, caches }
}
