import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, startServer, stopServer } from '../../src/database/cluster.ts'
import { systemUser } from '../../src/database/system-user.ts'
import { withClient } from '../support/database.ts'

const execute = promisify(execFile)

/** Where the programs of a PostgreSQL are that somebody installed on this machine, pg_dump among them: the newest. Undefined: there is none. */
export async function installedPrograms(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql'
  const versions: string[] = await readdir(root).catch(() => [])
  for (const version of versions.map(Number).toSorted((one, other) => other - one)) {
    const folder = join(root, String(version), 'bin')
    const programs: string[] = await readdir(folder).catch(() => [])
    const needed = ['initdb', 'pg_ctl', 'pg_dump', 'pg_restore']
    if (version >= 15 && needed.every((program) => programs.includes(program))) return folder
  }
  return undefined
}

const passwords = { lethe_owner: 'first', lethe_app: 'second', lethe_keys: 'third' } as const

/** A server of it for a test, with the users that the README has an administrator make. */
export type AnotherPostgres = {
  /** The address of a database. */
  url: (database: string, role?: keyof typeof passwords) => string
  /** Makes a database as the README says, in the place of one that there is. */
  makeDatabase: (name: string, extensions?: boolean) => Promise<void>
  makeKeystore: (name: string) => Promise<void>
  dump: (database: string, file: string) => Promise<void>
  /** Into a new database in the place of that one. */
  restore: (database: string, file: string) => Promise<void>
  stop: () => Promise<void>
}

/** Starts one. */
export async function startAnother(programs: string): Promise<AnotherPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-another-'))
  const [place, cluster] = [join(folder, 'server'), join(folder, 'server', 'cluster')]
  await mkdir(place)
  const at = (program: string) => join(programs, program)
  const user = await systemUser(at('postgres'), place)
  const initdb = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  const [command = at('initdb'), ...first] = [...user.prefix, at('initdb')]
  await execute(command, [...first, ...initdb], { ...(user.prefix.length === 0 && user.ids), cwd: '/' })
  await writeFile(
    join(cluster, 'pg_hba.conf'),
    'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  )
  const port = await freePort()
  await startServer(at('pg_ctl'), cluster, user, port, { fsync: 'off', max_wal_size: '1GB' })
  const asPostgres = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`
  const administer = (statements: readonly string[], database = 'postgres') =>
    withClient(asPostgres(database), async (client) => {
      for (const statement of statements) await client.query(statement)
    })
  await administer([
    ...Object.entries(passwords).map(([role, password]) => `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`),
    'GRANT pg_checkpoint, pg_read_all_stats TO lethe_owner, lethe_keys',
    'ALTER SYSTEM SET wal_recycle = off',
  ])
  const make = (name: string, owner: string) =>
    administer([
      `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
      `CREATE DATABASE ${name} OWNER ${owner} ENCODING 'UTF8' TEMPLATE template0`,
      `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
    ])
  const makeDatabase = async (name: string, extensions = true) => {
    await make(name, 'lethe_owner')
    await administer([`GRANT CONNECT ON DATABASE ${name} TO lethe_app`])
    const wanted = extensions ? ['pg_trgm', 'unaccent', 'btree_gist'] : []
    await administer(
      [
        ...wanted.map((extension) => `CREATE EXTENSION ${extension}`),
        'GRANT EXECUTE ON FUNCTION pg_switch_wal() TO lethe_owner',
      ],
      name,
    )
  }
  return {
    url: (database, role = 'lethe_app') => `postgresql://${role}:${passwords[role]}@127.0.0.1:${port}/${database}`,
    makeDatabase,
    makeKeystore: (name) => make(name, 'lethe_keys'),
    dump: async (database, file) => {
      await execute(at('pg_dump'), ['--format=custom', `--file=${file}`, asPostgres(database)])
    },
    restore: async (database, file) => {
      await makeDatabase(database, false)
      await execute(at('pg_restore'), ['--exit-on-error', `--dbname=${asPostgres(database)}`, file])
    },
    stop: async () => {
      await stopServer(at('pg_ctl'), cluster, user)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
