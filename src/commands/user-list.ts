import type { Command } from 'commander'
import type { Database } from '../database/client.ts'
import { say, withStore } from './store.ts'

type ListedUser = { email: string; name: string; roles: string; state: string; lastSignIn: Date | null }

/** `lethe user list` */
export function addUserListCommand(user: Command): void {
  user
    .command('list')
    .description('list who may sign in, with their roles')
    .action(async () => {
      await withStore(async ({ database }) => {
        const users = await listUsers(database)
        if (users.length === 0) return say('There is nobody yet. The first start makes an administrator: lethe serve')
        const rows = users.map(({ email, name, roles, state, lastSignIn }) => [
          email,
          name,
          roles,
          lastSignIn?.toISOString().slice(0, 10) ?? 'never',
          state,
        ])
        process.stdout.write(inColumns([['E-mail', 'Name', 'Roles', 'Last sign-in', 'State'], ...rows]))
      })
    })
}

const listUsers = (database: Database) =>
  database.$queryRaw<ListedUser[]>`
    SELECT u.email, u.name,
      coalesce((SELECT string_agg(r.key, ', ' ORDER BY r.key) FROM role_assignment a JOIN role r ON r.id = a.role_id
        WHERE a.user_id = u.id), '') AS roles,
      (SELECT max(s.created_at) FROM session s WHERE s.user_id = u.id) AS "lastSignIn",
      CASE WHEN u.disabled_at IS NOT NULL THEN 'disabled'
        WHEN u.password_hash = '' AND NOT EXISTS (SELECT FROM external_identity e WHERE e.user_id = u.id) THEN 'invited'
        ELSE '' END AS state
    FROM user_account u ORDER BY u.email`

function inColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}
