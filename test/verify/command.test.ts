import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { printVerifier, verifierNamed } from '../../src/modules/audit/checkpoint/keys.ts'
import { readBrought } from '../../src/modules/audit/verify/kept.ts'
import { verifyLog } from '../../src/modules/audit/verify/verify.ts'
import { freshDatabase, pastTheGuards } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { type Log, makeLog } from './support.ts'
import { fingerprint, rollbacks } from './tamperings.ts'

const verify = (log: Log, args: string[] = [], data = log.signing.data) =>
  lethe(['audit', 'verify', ...args], { ...databaseEnvironment(log.url), LETHE_DATA: data }).done

const keyOf = (log: Log) => log.verifiers.map(printVerifier).join()

// Each command is a process of its own, which takes a second to start.
describe('lethe audit verify', { timeout: 180_000 }, () => {
  test('says that a log is as it was signed, and changes nothing', async () => {
    const log = await makeLog()
    const before = [await fingerprint(log.client), await contents(log.signing.data)]
    const plain = await verify(log)
    expect(plain).toMatchObject({ code: 0, stderr: '' })
    expect(plain.stdout).toMatch(/^The audit log is as it was signed: 4\d entries under \d+ checkpoints/m)
    const { code, stdout } = await verify(log, ['--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ findings: [], omitted: 0, waiting: 0, epochs: [] })
    expect([await fingerprint(log.client), await contents(log.signing.data)]).toEqual(before)
  })

  test('takes the key of any epoch for all of them', async () => {
    const log = await makeLog()
    const [verifier] = log.verifiers
    if (!verifier) throw new Error('there is a key')
    const key = printVerifier(verifierNamed(verifier, `${verifier.name}/epoch-2`))
    expect(await verify(log, ['--key', key])).toMatchObject({ code: 0 })
  })

  test('says which entry was edited, with exit code 2', async () => {
    const log = await makeLog()
    const { rows } = await log.client.query<{ id: string }>('SELECT id FROM audit_entry ORDER BY id OFFSET 7 LIMIT 1')
    const id = rows[0]?.id ?? ''
    await pastTheGuards(log.url, 'UPDATE audit_entry SET actor_id = gen_random_uuid() WHERE id = $1', [id])
    const { code, stdout } = await verify(log)
    expect(code).toBe(2)
    expect(stdout).toContain(`The entry ${id}`)
    expect(stdout).toContain('The audit log is NOT as it was signed: 1 finding')
    const json = await verify(log, ['--json'])
    expect(JSON.parse(json.stdout).findings).toMatchObject([{ kind: 'edited', entryId: id, table: 'audit_entry' }])
  })

  test('compares with checkpoints that somebody brought along, and with a key that they did', async () => {
    const log = await makeLog()
    const note = log.notes.at(-1) ?? ''
    await log.client.query("SET session_replication_role = 'replica'")
    await rollbacks['cut off at a checkpoint']?.(log.client, { a: 1, b: 0, c: 0 })
    await inFolder(async (folder) => {
      const checkpoint = join(folder, 'checkpoint.txt')
      await writeFile(checkpoint, `Our copy:\n\n${note}\nand nothing else`)
      const key = join(folder, 'key.txt')
      await writeFile(key, `${keyOf(log)}\n`)

      // Nothing in the database tells, and this machine has no copies.
      const alone = await verify(log, ['--key', keyOf(log)], folder)
      expect(alone).toMatchObject({ code: 0, stdout: expect.stringContaining('No checkpoint from outside') })
      const against = await verify(log, ['--key', key, '--against', checkpoint], folder)
      expect(against.code).toBe(2)
      expect(against.stdout).toContain('it was rolled back')
      expect(against.stdout).toContain(checkpoint)
      // The copies in the data folder tell as well.
      expect(await verify(log)).toMatchObject({ code: 2, stdout: expect.stringContaining('it was rolled back') })

      const other = await makeLog({ entries: 1, between: 1 })
      const foreign = await verify(log, ['--key', keyOf(other)], folder)
      expect(foreign).toMatchObject({
        code: 2,
        stdout: expect.stringContaining("isn't signed with the key of the log"),
      })
    })
  })

  test('takes checkpoints as editors and mail programs leave them, but no file that is none', async () => {
    const log = await makeLog({ entries: 1, between: 1 })
    const note = log.notes.at(-1) ?? ''
    await inFolder(async (folder) => {
      const path = join(folder, 'checkpoint')
      const against = () => readBrought([path])
      for (const text of [`\uFEFF${note}`, note.trimEnd(), `\uFEFF${note.replaceAll('\n', '\r\n').trimEnd()}`]) {
        await writeFile(path, text)
        expect(await verifyLog({ ...log, outside: await against() })).toMatchObject({ findings: [] })
        expect((await against()).map((brought) => brought.note)).toEqual([note])
      }
      await truncate(path, 600 * 2 ** 20)
      await expect(against()).rejects.toThrow('too large')
    })
  })

  test('counts an epoch as a finding until somebody accepts it', async () => {
    const log = await makeLog()
    await log.client.query("SET session_replication_role = 'replica'")
    await rollbacks['cut off at a checkpoint']?.(log.client, { a: 1, b: 0, c: 0 })
    const sequencer = await log.signing.start(log.url)
    await expect.poll(() => sequencer.state().epoch, { timeout: 10_000 }).toBe(2)
    await sequencer.close()
    expect(await verify(log)).toMatchObject({ code: 2, stdout: expect.stringContaining('--accept-epoch 2') })
    const accepted = await verify(log, ['--accept-epoch', '2'])
    expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining('It was accepted.') })
    expect(await verify(log, ['--accept-epoch', 'all'])).toMatchObject({ code: 1 })
  })

  test('says what keeps it from verifying, with exit code 1, and makes nothing', async () => {
    const url = await freshDatabase()
    await inFolder(async (folder) => {
      const { LETHE_AUDIT_KEY: _, ...database } = databaseEnvironment(url)
      const run = (args: string[], environment: Record<string, string> = database) =>
        lethe(['audit', 'verify', ...args], { ...environment, LETHE_DATA: folder }).done
      const empty = join(folder, 'empty')
      await writeFile(empty, 'nothing')
      const key = 'x.example/audit+12345678+AAAA'
      expect(await run([])).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no key in') })
      expect(await run(['--key', key])).toMatchObject({ code: 1, stderr: expect.stringContaining('name+id+base64') })
      expect(await run(['--against', 'no-such-file', '--key', key])).toMatchObject({ code: 1 })
      const known = keyOf(await makeLog({ entries: 1, between: 1 }))
      const absent = await run(['--key', known, '--against', join(folder, 'absent')])
      expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining("can't be read") })
      const without = await run(['--key', known, '--against', empty])
      expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no checkpoint') })
      const nowhere = await run(['--key', known], {})
      expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no database in') })
      expect(await readdir(folder)).toEqual(['empty'])
    })
  })

  test('works beside a running server', async () => {
    const url = await freshDatabase()
    await inFolder(async (folder) => {
      const environment = {
        ...databaseEnvironment(url),
        LETHE_DATA: folder,
        PORT: '0',
        LETHE_ADMIN_PASSWORD: 'quite a long pass phrase',
      }
      const server = lethe(['serve'], environment)
      await server.says('Lethe is ready')
      const { code, stdout, stderr } = await lethe(['audit', 'verify'], environment).done
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('is as it was signed')
      server.child.kill('SIGTERM')
      await server.done
    })
  })
})

/** All files of a folder, with what is in them. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')])))
}
