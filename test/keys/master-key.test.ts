import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { parseMasterKeys } from '../../src/keys/master-key.ts'
import { masterKeySource } from '../../src/keys/master-key-source.ts'
import { StartError } from '../../src/start-error.ts'
import { freshKeystore } from '../support/database.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { keyOf, masterKeyText, openTestKeys, openText, sealText } from './support.ts'

const sourceIn = (data: string, environment: Record<string, string> = {}) =>
  masterKeySource(readConfig({ LETHE_DATA: data, ...environment }))
const idsOf = async (source: ReturnType<typeof sourceIn>) => (await source.read())?.map(({ id }) => id)

test('master keys are read in every usual writing, in their order', () => {
  const writings = ['base64', 'base64url', 'hex'] as const
  const keys = fc.array(fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(...writings)), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(keys, fc.constantFrom(' ', '\n', '\r\n', '\n\n  '), (written, blank) => {
      const text = written.map(([key, writing]) => Buffer.from(key).toString(writing)).join(blank)
      const read = parseMasterKeys(`${text}${blank}`, 'the test')
      expect(read.map(({ key }) => new Uint8Array(key))).toEqual(written.map(([key]) => key))
    }),
  )
})

test('what is no master key is refused, without repeating it', () => {
  const wrong = [
    '',
    ' \n',
    'password',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    randomBytes(31).toString('hex'),
    randomBytes(16).toString('hex'),
    `${masterKeyText()}x`,
    `${masterKeyText()} ${randomBytes(20).toString('base64')}`,
  ]
  for (const text of wrong) {
    const refused = () => parseMasterKeys(text, 'the test')
    expect(refused, text).toThrow(StartError)
    expect(refused, text).toThrow('openssl rand -base64 32')
    for (const word of text.split(/\s+/).filter(Boolean)) expect(refused).not.toThrow(word)
  }
})

test('the file is made at the first start, for the eyes of its owner only, and used from then on', () =>
  inFolder(async (data) => {
    const url = await freshKeystore()
    // Several processes that start for the first time at once agree on one.
    const all = await Promise.all([1, 2, 3].map(() => openTestKeys(url, sourceIn(data))))
    const file = join(data, 'master.key')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(data)).toEqual(['master.key'])
    const [id, text] = [randomUUID(), await readFile(file, 'utf8')]
    await all[0]?.create([id])
    for (const keys of all)
      expect(openText(await keyOf(keys, id), sealText(await keyOf(keys, id), 'hello'))).toBe('hello')
    await Promise.all(all.map((keys) => keys.close()))
    const later = await openTestKeys(url, sourceIn(data))
    expect(sealText(await keyOf(later, id), 'hello')).toBeDefined()
    expect(await readFile(file, 'utf8')).toBe(text)
    await later.close()
  }))

test('a file that others can read is refused, and the message says how to mend that', () =>
  inFolder(async (data) => {
    const file = join(data, 'master.key')
    await writeFile(file, masterKeyText())
    for (const mode of [0o640, 0o604, 0o620, 0o644, 0o660, 0o777]) {
      await chmod(file, mode)
      await expect(sourceIn(data).read(), mode.toString(8)).rejects.toThrow(`chmod 600 ${file}`)
    }
    for (const mode of [0o600, 0o400]) {
      await chmod(file, mode)
      expect(await sourceIn(data).read()).toHaveLength(1)
    }
  }))

test('a master key that is missing is never replaced by a new one', () =>
  inFolder(async (data) => {
    const url = await freshKeystore()
    await (await openTestKeys(url, sourceIn(data))).close()
    const [id] = (await idsOf(sourceIn(data))) ?? []
    await rm(join(data, 'master.key'))
    await expect(openTestKeys(url, sourceIn(data))).rejects.toThrow(
      `wrapped by the master key ${id}, but the file ${join(data, 'master.key')} is not there`,
    )
    expect(await readdir(data)).toEqual([])
    const other = sourceIn(data, { LETHE_MASTER_KEY: masterKeyText() })
    await expect(openTestKeys(url, other)).rejects.toThrow(
      `wrapped by the master key ${id}, but the setting LETHE_MASTER_KEY has ${(await idsOf(other))?.[0]}`,
    )
  }))

test('the setting, or the file that it names, goes before the default file', () =>
  inFolder(async (data) => {
    const [text, file] = [masterKeyText(), join(data, 'secret')]
    await writeFile(file, `${text}\n`)
    const expected = parseMasterKeys(text, 'the test').map(({ id }) => id)
    expect(await idsOf(sourceIn(data, { LETHE_MASTER_KEY: text }))).toEqual(expected)
    expect(await idsOf(sourceIn(data, { LETHE_MASTER_KEY_FILE: file }))).toEqual(expected)
    await expect(sourceIn(data, { LETHE_MASTER_KEY: 'short' }).read()).rejects.toThrow('setting LETHE_MASTER_KEY')
    expect(() => sourceIn(data, { LETHE_MASTER_KEY: text, LETHE_MASTER_KEY_COMMAND: 'true' })).toThrow('not both')
  }))

test('a file of a secret that everybody can read is told, one that everybody can write is refused', () =>
  inFolder(async (data) => {
    const file = join(data, 'given')
    await writeFile(file, masterKeyText())
    const read = (mode: number, name = 'LETHE_MASTER_KEY') => {
      chmodSync(file, mode)
      return readConfig({ LETHE_DATA: data, [`${name}_FILE`]: file })
    }
    for (const mode of [0o400, 0o600, 0o440, 0o640]) expect(read(mode).warnings, mode.toString(8)).toEqual([])
    for (const mode of [0o444, 0o644]) {
      expect(read(mode).masterKey).toBeDefined()
      expect(read(mode).warnings).toEqual([expect.stringContaining(`LETHE_MASTER_KEY_FILE names: chmod o-r ${file}`)])
    }
    for (const mode of [0o602, 0o666]) expect(() => read(mode)).toThrow(`chmod o-rw ${file}`)
    expect(read(0o644, 'LETHE_SECRET').warnings).toHaveLength(1)
    expect(read(0o644, 'LETHE_OIDC_NAME').warnings).toEqual([])

    // Whoever starts it is told.
    const { stderr } = await lethe(['keys', 'check'], {
      LETHE_DATA: data,
      LETHE_MASTER_KEY_FILE: file,
      DATABASE_URL: 'postgresql://127.0.0.1:1/none',
      KEYSTORE_URL: 'postgresql://127.0.0.1:1/none',
    }).done
    expect(stderr).toContain('Everybody on this machine can read the secret')
  }))

test('a command prints the master keys; when it fails, its complaint is told, never what it printed', () =>
  inFolder(async (data) => {
    const [text, other] = [masterKeyText(), masterKeyText()]
    const from = (command: string) => sourceIn(data, { LETHE_MASTER_KEY_COMMAND: command }).read()
    const expected = parseMasterKeys(`${text} ${other}`, 'the test')
    expect(await from(`echo ${text}; echo ${other}`)).toEqual(expected)

    const failed = from(`echo ${text}; echo 'access denied' >&2; exit 3`)
    await expect(failed).rejects.toThrow('ended with 3:\naccess denied')
    await expect(failed).rejects.not.toThrow(text)
    await expect(failed).rejects.toBeInstanceOf(StartError)
    await expect(from('cat')).rejects.toThrow('no master key in the output') // Nobody answers what it asks.
    await expect(from('echo no-key')).rejects.toThrow('is no master key')
    await expect(from('kill -9 $$')).rejects.toThrow('SIGKILL')
    await expect(from('/nowhere/at-all')).rejects.toThrow('ended with 127')
  }))
