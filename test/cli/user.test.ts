import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/database/client.ts'
import { passwordFits } from '../../src/modules/identity/sign-in/password.ts'
import { freshDatabase } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'
import { systemEntries } from '../support/log.ts'

/** Runs `lethe user …` on a database of its own. */
async function withUsers(
  use: (
    user: (...args: string[]) => Promise<{ code: number | null; stdout: string; stderr: string }>,
    database: ReturnType<typeof openDatabase>,
  ) => Promise<void>,
) {
  await inFolder(async (folder) => {
    const url = await freshDatabase()
    const database = openDatabase(url, { connections: 2, statementTimeout: 30_000 })
    const environment = {
      ...databaseEnvironment(url),
      LETHE_DATA: folder,
      LETHE_ADMIN_PASSWORD: 'quite a long pass phrase',
    }
    try {
      await use(async (...args) => lethe(['user', ...args], environment).done, database)
    } finally {
      await database.$disconnect()
    }
  })
}

const hashOf = async (database: ReturnType<typeof openDatabase>, email: string) =>
  (await database.user.findUniqueOrThrow({ where: { email } })).passwordHash

// Each command is a process of its own, which takes a second to start.
describe('lethe user', { timeout: 120_000 }, () => {
  it('adds, lists, disables and enables users, and gives them passwords and roles, all of it logged', async () => {
    await withUsers(async (user, database) => {
      expect(await user('list')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('nobody yet') })

      const added = await user('add', 'Anna@example.org', '--name', 'Anna', '--role', 'editor', 'analyst')
      expect(added).toMatchObject({ code: 0, stderr: '' })
      const generated = added.stdout.match(/password +(\S+)/)?.[1] ?? ''
      expect(await passwordFits(await hashOf(database, 'anna@example.org'), generated)).toBe(true)

      const { id: userId } = await database.user.findUniqueOrThrow({ where: { email: 'anna@example.org' } })
      const disabled = await user('disable', 'anna@example.org')
      expect(disabled).toMatchObject({ code: 0, stdout: '' })
      expect(disabled.stderr).toContain('lethe user enable anna@example.org')
      const listed = await user('list')
      expect(listed.stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
        ['E-mail', 'Name', 'Roles', 'Last sign-in', 'State'],
        ['admin@localhost', 'Administrator', 'administrator', 'never'],
        ['anna@example.org', 'Anna', 'analyst, editor', 'never', 'disabled'],
        [''],
      ])

      const changed = await user('password', 'ANNA@example.org', '--reset-second-factor')
      expect(changed.code).toBe(0)
      expect(changed.stderr).toContain('is disabled')
      const next = changed.stdout.match(/password +(\S+)/)?.[1] ?? ''
      expect(next).not.toBe(generated)
      expect(await passwordFits(await hashOf(database, 'anna@example.org'), next)).toBe(true)
      expect(await user('enable', 'anna@example.org')).toMatchObject({ code: 0 })

      expect(await user('role', 'add', 'anna@example.org', 'data-protection-officer')).toMatchObject({ code: 0 })
      expect(await user('role', 'remove', 'anna@example.org', 'editor')).toMatchObject({ code: 0 })
      const roles = await database.roleAssignment.findMany({
        where: { userId },
        select: { role: { select: { key: true } } },
      })
      expect(roles.map(({ role }) => role.key).sort()).toEqual(['analyst', 'data-protection-officer'])

      const log = await systemEntries(database, { actorKind: 'operator' })
      const unproven = await database.$queryRaw<{ operation: string }[]>`
        SELECT e.operation FROM system_audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)`
      expect(unproven).toEqual([])
      expect([...new Set(log.map(({ operation }) => operation))]).toEqual([
        'bootstrap',
        'createUser',
        'disableUser',
        'resetPassword',
        'enableUser',
        'assignRole',
        'unassignRole',
      ])
      const told = JSON.stringify(log.map(({ changes }) => changes))
      expect(told).toContain('anna@example.org')
      expect(told).not.toContain(next)
    })
  })

  it('says what is wrong, with exit code 1, and changes nothing', async () => {
    await withUsers(async (user, database) => {
      await user('add', 'anna@example.org')
      const before = await database.systemAuditEntry.count()
      for (const [args, told] of [
        [['disable', 'nobody@example.org'], /There is no user nobody@example.org\. .*lethe user list/],
        [['role', 'add', 'anna@example.org', 'king'], /There is no role king\. The roles are administrator, analyst, /],
        [['disable', 'admin@localhost'], /nobody would be left who may do everything/],
        [['role', 'add', 'anna@example.org'], /missing required argument 'role'/],
      ] as const) {
        const { code, stdout, stderr } = await user(...args)
        expect([args, code, stdout]).toEqual([args, 1, ''])
        expect(stderr).toMatch(told)
      }
      expect(await database.systemAuditEntry.count()).toBe(before)
    })
  })

  it('explains itself', async () => {
    const { code, stdout } = await lethe(['user', '--help'], {}).done
    expect(code).toBe(0)
    for (const command of ['add', 'list', 'disable', 'enable', 'password', 'role', 'link']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(stdout).toContain('lethe user password admin@localhost')
    expect((await lethe(['user', 'role', '--help'], {}).done).stdout).toMatch(
      /add <email> <role>.*remove <email> <role>/s,
    )
  })
})
