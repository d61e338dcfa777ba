import { execFile } from 'node:child_process'
import { appendFile, chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPrograms, freePort, startServer, stopServer } from '../../src/database/cluster.ts'
import { type EmbeddedServer, startEmbedded } from '../../src/database/embedded.ts'
import { prepareRoles } from '../../src/database/embedded-roles.ts'
import { systemUser } from '../../src/database/system-user.ts'
import { withClient } from '../support/database.ts'

const execute = promisify(execFile)

/** A PostgreSQL with a copy that follows it by streaming. */
export type Replicated = {
  primary: EmbeddedServer
  /** The copy's address of the same database. */
  copyOf: (url: string) => string
  stopCopy: () => Promise<void>
  startCopy: () => Promise<void>
  stop: () => Promise<void>
}

/** Starts both. The copy is made from the files of the running server, as `pg_basebackup` does it, which doesn't come along. */
export async function startReplicated(): Promise<Replicated> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-replicated-'))
  await chmod(folder, 0o755)
  const settings = { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' }
  const primary = await startEmbedded({ folder: join(folder, 'primary'), settings })
  await prepareRoles(primary)
  const programs = await findPrograms()
  const place = join(folder, 'copy')
  const cluster = join(place, 'cluster')
  const user = await systemUser(programs.postgres, place)
  await withClient(primary.url('postgres'), async (owner) => {
    await owner.query("SELECT pg_backup_start('copy', true)")
    await cp(join(folder, 'primary', 'cluster'), cluster, { recursive: true })
    const { rows } = await owner.query<{ label: string }>('SELECT labelfile AS label FROM pg_backup_stop(false)')
    await writeFile(join(cluster, 'backup_label'), rows[0]?.label ?? '')
  })
  for (const name of ['postmaster.pid', 'postmaster.opts']) await rm(join(cluster, name), { force: true })
  await writeFile(join(cluster, 'standby.signal'), '')
  const { port, username, password } = new URL(primary.url('postgres'))
  const from = `host=127.0.0.1 port=${port} user=${username} password=${password}`
  await appendFile(join(cluster, 'postgresql.auto.conf'), `\nprimary_conninfo = '${from}'\n`)
  await chmod(cluster, 0o700)
  if (user.ids) await execute('chown', ['-R', `${user.ids.uid}:${user.ids.gid}`, place])
  const own = await freePort()
  const startCopy = () => startServer(programs.pg_ctl, cluster, user, own, settings)
  const stopCopy = () => stopServer(programs.pg_ctl, cluster, user)
  await startCopy()
  return {
    primary,
    copyOf: (url) => Object.assign(new URL(url), { port: String(own) }).href,
    startCopy,
    stopCopy,
    stop: async () => {
      await stopCopy().catch(() => undefined) // It may be stopped already.
      await primary.release()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
