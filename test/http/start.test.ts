import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Config, readConfig } from '../../src/config.ts'
import { claimDataFolder } from '../../src/data-folder.ts'
import { openStore } from '../../src/database/open.ts'
import { withTransportSecurity } from '../../src/database/reach.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { serve } from '../../src/serve.ts'
import { freshDatabase, ownerOf, serverUrl, withClient } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { http1 } from '../support/https.ts'

let data: string

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'lethe-start-'))
})
afterEach(() => rm(data, { recursive: true }))

const configure = (settings: Record<string, string> = {}): Config =>
  readConfig({ LETHE_DATA: data, PORT: '0', ...settings })
const log = pino({ enabled: false })

describe('serve', () => {
  test('starts on a database, shows the generated password once, and gives everything back', async () => {
    const config = configure({ ...databaseEnvironment(await freshDatabase()), LETHE_ADMIN_EMAIL: 'ada@example.org' })
    let printed = ''
    const out = { write: (text: string) => (printed += text) }
    const first = await serve(config, { log, out })
    expect(printed).toContain(`${first.url}/graphql`)
    const password = printed.match(/password {2}(\S+)/)?.[1]
    expect(printed).toContain('ada@example.org')

    const ca = await readFile(join(data, 'tls', 'certificate.pem'), 'utf8')
    const query = `mutation { signIn(email: "ada@example.org", password: "${password}") { expiresAt } }`
    const body = JSON.stringify({ query })
    const headers = { 'content-type': 'application/json' }
    const answer = await http1(first.url, { path: '/graphql', ca, method: 'POST', headers, body })
    expect(JSON.parse(answer.body).errors).toBeUndefined()

    await expect(serve(config, { log, out })).rejects.toThrow(`is in use by another Lethe (process ${process.pid})`)
    await Promise.all([first.close(), first.close()])
    printed = ''
    const second = await serve(config, { log, out })
    expect(printed).not.toMatch(/password/)
    await second.close()
  })

  test('tells loudly of guards of the log that are off, and starts: whoever looks into it needs the log', async () => {
    const url = await freshDatabase()
    const lines: string[] = []
    const config = configure(databaseEnvironment(url))
    const out = { write: () => undefined }
    const start = () =>
      serve(config, { log: pino({ level: 'error' }, { write: (line: string) => lines.push(line) }), out })
    await (await start()).close()
    expect(lines).toEqual([])
    await withClient(ownerOf(url), (client) =>
      client.query(`
        ALTER TABLE audit_leaf DISABLE TRIGGER audit_leaf_kept;
        DROP TRIGGER audit_required ON contact;
        ALTER TABLE audit_entry ENABLE REPLICA TRIGGER audit_entry_number;
        DROP TRIGGER audit_node_fixed ON audit_node;
        CREATE TRIGGER audit_node_fixed BEFORE UPDATE ON audit_node FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
        CREATE RULE swallow AS ON INSERT TO audit_checkpoint WHERE false DO INSTEAD NOTHING`),
    )
    await (await start()).close()
    const [told] = lines.map((line) => JSON.parse(line))
    expect(told.msg).toContain('the guards of the audit log are not as they should be')
    expect(told.faults).toEqual([
      'The rule swallow changes what is done to audit_checkpoint.',
      'The trigger audit_entry_number on audit_entry is off, gone, or does something else.',
      'The trigger audit_leaf_kept on audit_leaf is off, gone, or does something else.',
      'The trigger audit_node_fixed on audit_node is off, gone, or does something else.',
      'The trigger audit_required on contact is off, gone, or does something else.',
    ])
  })

  test('gives everything back when it can not start', async () => {
    const blocker = createServer().listen(0, 'localhost')
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = String(typeof address === 'object' ? address?.port : 0)
    const config = configure({ ...databaseEnvironment(await freshDatabase()), PORT: port })
    const out = { write: () => undefined }
    await expect(serve(config, { log, out })).rejects.toThrow(`The port ${port} is taken`)
    blocker.close()
    const started = await serve(config, { log, out })
    await started.close()
  })
})

describe('the data folder', () => {
  const claim = () => claimDataFolder({ data })
  const lock = () => join(data, 'serve.lock')

  test('is made when it is missing, and given back', async () => {
    data = join(data, 'deep', 'down')
    const release = await claim()
    await release()
    await (await claim())()
  })

  test('that can not be written says how to choose another one', async () => {
    await writeFile(join(data, 'file'), '')
    await expect(claimDataFolder({ data: join(data, 'file') })).rejects.toThrow(
      `The data folder ${join(data, 'file')} is not usable: it can't be written (EEXIST). Choose another one with LETHE_DATA=/path/to/folder.`,
    )
    await expect(claimDataFolder({ data: '/dev/null/lethe' })).rejects.toThrow('LETHE_DATA=')
  })

  test('in use by a running process is left alone', async () => {
    const other = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { claimDataFolder } from ${JSON.stringify(import.meta.resolve('../../src/data-folder.ts'))}
       await claimDataFolder({ data: ${JSON.stringify(data)} }); console.log('claimed'); setInterval(() => {}, 1e6)`,
    ])
    await once(other.stdout, 'data')
    await expect(claim()).rejects.toThrow(`in use by another Lethe (process ${other.pid})`)
    other.kill('SIGKILL')
    await once(other, 'exit')
    await (await claim())()
  })

  test('of a killed process is taken over, also when its number was given to another one', async () => {
    await writeFile(lock(), `${process.ppid} 1\n`)
    const release = await claim()
    expect(await readFile(lock(), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    await release()
  })

  test('is taken by one of many that come at once', async () => {
    await writeFile(lock(), `${process.ppid} 1\n`)
    const script = `import { claimDataFolder } from ${JSON.stringify(import.meta.resolve('../../src/data-folder.ts'))}
      await claimDataFolder({ data: ${JSON.stringify(data)} }).then(() => console.log('claimed'), (e) => console.log(e.name))
      process.stdin.on('end', () => process.exit()).resume()`
    const others = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]))
    const outcomes = await Promise.all(others.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()))
    for (const { stdin } of others) stdin.end()
    expect(outcomes.toSorted()).toEqual([...Array(5).fill('StartError'), 'claimed'])
    await Promise.all(others.map((other) => once(other, 'exit')))
  })
})

test('the data folder is shared by those that serve beside each other; who needs it alone gets it when none of them is left', async () => {
  const others = async (kind?: 'first' | 'beside') => expect(claimDataFolder({ data }, kind)).rejects.toThrow('in use')
  const first = await claimDataFolder({ data }, 'first')
  const beside = await Promise.all([1, 2].map(() => claimDataFolder({ data }, 'beside')))
  await others('first')
  await others()
  await first()
  await others()
  for (const release of beside) await release()
  await writeFile(join(data, `serve.beside.${randomUUID()}.lock`), '1 0 beside\n') // Of one that was killed.
  const alone = await claimDataFolder({ data })
  expect(await readdir(data)).toEqual(['serve.lock'])
  await others('first')
  await others('beside')
  await alone()
  await (await claimDataFolder({ data }, 'beside'))()
  expect(await readdir(data)).toEqual([])
})

describe('the database', () => {
  const open = (DATABASE_URL: string) => openStore(configure({ ...databaseEnvironment(DATABASE_URL) }), () => undefined)

  test('comes with the key store: the settings name both, and the owner only beside them', () => {
    const [DATABASE_URL, DATABASE_OWNER_URL] = [
      'postgresql://lethe_app@localhost/lethe',
      'postgresql://owner@localhost/lethe',
    ]
    expect(() => configure({ DATABASE_URL })).toThrow('DATABASE_URL needs KEYSTORE_URL')
    expect(() => configure({ DATABASE_OWNER_URL })).toThrow('DATABASE_OWNER_URL goes with DATABASE_URL')
  })

  test('that can not be reached says what to change, and never the password', async () => {
    const change = (part: Partial<Record<'port' | 'username' | 'password' | 'pathname' | 'hostname', string>>) =>
      Object.assign(new URL(serverUrl('postgres')), { password: 'hunter2' }, part).href
    const faults: [string, string][] = [
      [change({ hostname: 'nowhere.invalid' }), 'There is no host named nowhere.invalid'],
      [change({ port: '1' }), 'No PostgreSQL listens on 127.0.0.1:1'],
      [change({}), 'doesn\'t accept the password of the user "lethe"'],
      [serverUrl('not_there'), 'has no database "not_there". Make it there with: CREATE DATABASE "not_there"'],
      [`${change({})}?sslmode=verify-full`, "doesn't offer TLS"],
      [`${change({})}?sslmode=verify-full&sslrootcert=/nowhere.pem`, "a file that can't be read: /nowhere.pem"],
    ]
    for (const [url, message] of faults) {
      const fault = await open(url).catch((error: Error) => error)
      expect(fault).toMatchObject({ name: 'StartError', message: expect.stringContaining(message) })
      expect(String(fault)).not.toContain('hunter2')
    }
  })

  test('on another machine is reached by verified TLS, unless the URL says otherwise', () => {
    expect(withTransportSecurity('postgresql://a:b@db.example/lethe')).toContain('?sslmode=verify-full')
    expect(withTransportSecurity('postgresql://a:b@db.example/lethe?sslmode=disable')).toContain('?sslmode=disable')
    for (const host of ['localhost', '127.0.0.1:5433', '[::1]']) {
      expect(withTransportSecurity(`postgresql://a:b@${host}/lethe`)).toBe(`postgresql://a:b@${host}/lethe`)
    }
    const socket = 'postgresql:///lethe?host=/var/run/postgresql'
    expect(withTransportSecurity(socket)).toBe(socket)
  })
})

describe('the installation secret', () => {
  test('is made once, for the owner alone, also by many at once', async () => {
    const secrets = await Promise.all(Array.from({ length: 8 }, () => installationSecret({ data, secret: undefined })))
    expect(new Set(secrets.map(String)).size).toBe(1)
    expect((await stat(join(data, 'secret'))).mode & 0o777).toBe(0o600)
    await writeFile(join(data, 'secret'), 'short')
    await expect(installationSecret({ data, secret: undefined })).rejects.toThrow('is damaged')
  })

  test('gives each purpose a key of its own', () => {
    const secret = Buffer.from('a secret of at least 32 characters')
    const { signingKey } = createSecrets(secret)
    const [session, other] = [signingKey('session'), signingKey('other')]
    expect(session).toHaveLength(32)
    expect(session).not.toEqual(other)
    expect(createSecrets(secret).signingKey('session')).toEqual(session)
  })
})
