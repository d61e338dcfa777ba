import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newIdentity } from '../../src/backup/age.ts'
import { startEmbedded } from '../../src/database/embedded.ts'
import { makeInstallation } from '../database/installation.ts'
import { freshKeystore, withClient } from '../support/database.ts'
import { auditKey, masterKey } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'

const contactsOf = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      `SELECT md5(string_agg(c::text, chr(10) ORDER BY contact_id)) AS contacts, count(*)::int FROM contact c`,
    )
    return rows[0]
  })

test(
  'at the command line, from the embedded database to another PostgreSQL whose owner is no superuser',
  () =>
    inFolder(async (folder) => {
      const data = join(folder, 'data')
      const shared = {
        LETHE_MASTER_KEY: masterKey,
        LETHE_AUDIT_KEY: auditKey,
        LETHE_SECRET: 'a secret of thirty-two letters and more',
      }
      const here = { LETHE_DATA: data, ...shared }
      const run = async (args: readonly string[], environment: Record<string, string>) => {
        const { code, stdout, stderr } = await lethe(args, environment).done
        return { code, stdout: stdout.trim(), stderr }
      }
      const [backupKey, keysKey] = [join(folder, 'backup.key'), join(folder, 'keys.key')]
      const recipient = (await run(['backup-key', backupKey], {})).stdout
      const { recipient: keysRecipient, file } = await newIdentity(new Date())
      await writeFile(keysKey, file)
      expect(recipient).toMatch(/^age1[a-z0-9]+$/)

      await run(['seed', '--contacts', '20'], here)
      expect((await run(['backup'], here)).stderr).toMatch(/Who is to open the backup\?/)
      const backup = await run(['backup'], { ...here, LETHE_BACKUP_RECIPIENTS: recipient })
      expect(backup).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^20 contacts, \d+ rows and 0 files were written and read back/),
      })
      expect(await readdir(join(data, 'backups'))).toEqual([expect.stringMatching(/^lethe-\d{8}T\d{6}Z\.age$/)])
      const keys = await run(['keys', 'backup', '--recipient', keysRecipient, join(folder, 'keys.age')], here)
      expect(keys.stderr).toMatch(/The master key is not among them. Remove the file by \d{4}-\d\d-\d\d/)
      const embedded = await startEmbedded({ folder: join(data, 'postgres') })
      const before = await contactsOf(embedded.url('lethe'))
      await embedded.release()
      expect(before.count).toBe(20)

      const other = await makeInstallation({ empty: true })
      await other.administer(
        `CREATE ROLE owner_<user> LOGIN PASSWORD 'owner'; ALTER DATABASE <database> OWNER TO owner_<user>;
       ALTER SCHEMA public OWNER TO owner_<user>`,
      )
      const ownerUrl = Object.assign(new URL(other.url), { username: `owner_${other.user}`, password: 'owner' }).href
      const there = {
        ...{ LETHE_DATA: join(folder, 'there'), DATABASE_URL: other.url, DATABASE_OWNER_URL: ownerUrl },
        ...{ KEYSTORE_URL: await freshKeystore(), ...shared },
      }
      const path = backup.stdout
      expect((await run(['restore', path, '--identity', backupKey], there)).stderr).toMatch(/The key store is empty/)
      await cp(join(data, 'ledger'), join(folder, 'there', 'ledger'), { recursive: true })
      const restoredKeys = await run(['keys', 'restore', join(folder, 'keys.age'), '--identity', keysKey], there)
      expect(restoredKeys).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Restored as of /) })
      const restored = await run(['restore', path, '--identity', backupKey], there)
      expect(restored).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 20 contacts, \d+ rows, 0 files\.$/) })
      expect(await contactsOf(ownerUrl)).toEqual(before)

      // And back from there, with a passphrase.
      const passphrase = { LETHE_BACKUP_PASSPHRASE: 'correct horse battery staple' }
      const back = await run(['backup', join(folder, 'back.age')], { ...there, ...passphrase })
      expect(back).toMatchObject({ code: 0 })
    }),
  600_000,
)
