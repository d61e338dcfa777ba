import { execFile } from 'node:child_process'
import { chown, mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { StartError } from '../start-error.ts'

/** As whom to run PostgreSQL: `ids` when not as ourselves, `prefix` a command to put before each program. */
export type SystemUser = { ids?: { uid: number; gid: number }; prefix: string[] }

const execute = promisify(execFile)

/**
 * PostgreSQL refuses to run as root. When we are root it runs as the system user `postgres`, made if there is none; and
 * if that user can't reach our folders (because the checkout lies in /root, say), then with the one capability to look
 * things up everywhere, and no other.
 */
export async function systemUser(program: string, folder: string): Promise<SystemUser> {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const ids = (await lookUp()) ?? (await create())
  await mkdir(folder, { recursive: true })
  await chown(folder, ids.uid, ids.gid)
  if (await reaches(program, folder, ids)) return { ids, prefix: [] }
  const prefix = ['setpriv', `--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups']
  // Without the secure bit, access(2), which PostgreSQL asks first, would look at the bare user again.
  prefix.push('--securebits=+no_setuid_fixup', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search')
  try {
    await execute('setpriv', [...prefix.slice(1), program, '--version'], { cwd: '/' })
    return { ids, prefix }
  } catch (cause) {
    throw new StartError(
      `PostgreSQL can't run as root, and the user postgres can't reach ${program} or ${folder}. ` +
        'Start Lethe as another user, or from a folder that everybody may enter (such as /srv/lethe).',
      { cause },
    )
  }
}

async function lookUp() {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execute('id', [flag, 'postgres'])))
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
  } catch {
    return undefined // `id` says so when there is no such user.
  }
}

async function create() {
  try {
    await execute('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ])
  } catch (cause) {
    throw new StartError(
      'PostgreSQL can\'t run as root, and the user "postgres" can\'t be made. Make it, or start Lethe as another user.',
      { cause },
    )
  }
  const ids = await lookUp()
  if (!ids) throw new StartError('The system user "postgres" was made, but "id" doesn\'t find it.')
  return ids
}

async function reaches(program: string, folder: string, ids: { uid: number; gid: number }) {
  try {
    await execute('sh', ['-c', '"$0" --version && test -x "$1"', program, folder], { ...ids, cwd: '/' })
    return true
  } catch {
    return false // Not reachable, or not executable: the attempt with the capability tells which.
  }
}
