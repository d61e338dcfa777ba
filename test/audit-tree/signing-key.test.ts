import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { generateSigner, parseVerifier, printVerifier } from '../../src/modules/audit/checkpoint/keys.ts'
import { openCheckpoint, signCheckpoint } from '../../src/modules/audit/checkpoint/note.ts'
import { auditSigner } from '../../src/modules/audit/checkpoint/signing-key.ts'
import { admittedBy } from '../../src/modules/audit/sequencer/own-log.ts'
import { sha256 } from '../../src/modules/audit/tree/hashing.ts'
import { freshDatabase } from '../support/database.ts'
import { grow } from './epochs-support.ts'
import { dataFolder, machine } from './support.ts'

const signerIn = async (data: string, settings: Record<string, string> = {}) =>
  auditSigner(readConfig({ LETHE_DATA: data, ...settings }))

describe('the key that signs the audit log', () => {
  test('is made at the first start, for the owner alone, and stays', async () => {
    const data = await dataFolder()
    const [one, other] = await Promise.all([signerIn(data), signerIn(data)])
    expect((await stat(join(data, 'audit.key'))).mode & 0o777).toBe(0o600)
    expect(one.name).toMatch(/^lethe-[0-9a-f]{8}\/audit$/)
    expect(printVerifier(other)).toBe(printVerifier(one))
    expect(printVerifier(await signerIn(data))).toBe(printVerifier(one))
  })

  test('what others need to check it lies beside the checkpoints', async () => {
    const data = await dataFolder()
    const signer = await signerIn(data)
    const [line = ''] = (await readFile(join(data, 'audit', 'verifier'), 'utf8')).split('\n')
    const note = signCheckpoint(signer, { size: 1, root: sha256('') })
    expect(openCheckpoint(parseVerifier(line), note)).toMatchObject({ size: 1 })
  })

  test('a former verifier stays below a new one', async () => {
    const data = await dataFolder()
    const former = printVerifier(await signerIn(data))
    const current = printVerifier(await signerIn(data, { LETHE_AUDIT_ORIGIN: 'crm.example/audit' }))
    await signerIn(data, { LETHE_AUDIT_ORIGIN: 'crm.example/audit' })
    expect(await readFile(join(data, 'audit', 'verifier'), 'utf8')).toBe(`${current}\n${former}\n`)
  })

  test('may come from the environment, and is not written down then', async () => {
    const data = await dataFolder()
    const key = generateSigner('crm.example/audit')
    const signer = await signerIn(data, { LETHE_AUDIT_KEY: key })
    expect(signer).toMatchObject({ name: 'crm.example/audit', isNameChosen: false })
    await expect(stat(join(data, 'audit.key'))).rejects.toThrow('ENOENT')
  })

  test('takes the name that LETHE_AUDIT_ORIGIN says', async () => {
    const signer = await signerIn(await dataFolder(), { LETHE_AUDIT_ORIGIN: 'crm.example/audit' })
    expect(signer).toMatchObject({ name: 'crm.example/audit', isNameChosen: true })
  })

  test.each(['with space', 'a+b', 'crm.example/audit/epoch-2'])('does not take the name "%s"', async (name) => {
    await expect(signerIn(await dataFolder(), { LETHE_AUDIT_ORIGIN: name })).rejects.toThrow('LETHE_AUDIT_ORIGIN must')
  })

  test.each([0o640, 0o604, 0o660])('is refused when others may use it (%o)', async (mode) => {
    const data = await dataFolder()
    await signerIn(data)
    await chmod(join(data, 'audit.key'), mode)
    await expect(signerIn(data)).rejects.toThrow(/open to others.*chmod 600/)
  })

  test('is compared with the log before anything is written', async () => {
    const url = await freshDatabase()
    await grow(await machine(), url, 1)
    const settings = [{}, { LETHE_AUDIT_KEY: generateSigner('crm.example/audit') }]
    for (const setting of settings) {
      const data = join(await dataFolder(), 'data')
      const foreign = auditSigner(readConfig({ LETHE_DATA: data, ...setting }), admittedBy(url))
      await expect(foreign).rejects.toThrow('All processes on one database need the same key')
      await expect(stat(data)).rejects.toThrow('ENOENT')
    }
    const chosen = { LETHE_DATA: await dataFolder(), LETHE_AUDIT_ORIGIN: 'crm.example/audit' }
    expect(await auditSigner(readConfig(chosen), admittedBy(url))).toMatchObject({ name: 'crm.example/audit' })
  })

  test('that is damaged is refused, without being told to anybody', async () => {
    const data = await dataFolder()
    const key = generateSigner('crm.example/audit')
    await writeFile(join(data, 'audit.key'), key.slice(0, -4), { mode: 0o600 })
    const error: unknown = await signerIn(data).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'StartError' })
    expect(String(error)).not.toContain(key.slice(-30, -4))
    await expect(signerIn(data, { LETHE_AUDIT_KEY: 'nonsense' })).rejects.toThrow('LETHE_AUDIT_KEY')
  })
})
