import type { Role } from './roles.ts'
import type { Act } from './seed.ts'

// Below the limits of the server: 100 aliases, 5000 words and signs.
const atOnce = 90

/**
 * Makes roles as an administrator does, on the running server: each made, granted its rights one by one, and given to its
 * user.
 *
 * @param users The UUIDs of users, by the key of the role that each gets.
 */
export async function makeRoles(act: Act, roles: readonly Role[], users: ReadonlyMap<string, string>): Promise<void> {
  const all = roles.filter(({ anonymous }) => !anonymous)
  const made = await each(act, all, ({ key }) => `createRole(input: ${literal({ key: slug(key), name: key })}) { id }`)
  const ids = new Map(all.map((role, index) => [role, made[index]]))
  const grants = all.flatMap((role) => role.grants.map((grant) => ({ role: ids.get(role), ...grant })))
  await each(act, grants, (grant) => `grantRight${literal(grant).replace(/^{(.*)}$/, '($1)')} { id }`)
  await each(act, all, (role) => {
    const user = Buffer.from(`User:${users.get(role.key)}`).toString('base64')
    return `assignRole(user: "${user}", role: "${ids.get(role)}") { id }`
  })
}

/** Runs a mutation for each, in operations of many. Returns the ids of what they return. */
async function each<T>(act: Act, items: readonly T[], mutation: (item: T) => string): Promise<string[]> {
  const ids: string[] = []
  for (let start = 0; start < items.length; start += atOnce) {
    const part = items.slice(start, start + atOnce)
    const data = await act(`mutation { ${part.map((item, index) => `m${index}: ${mutation(item)}`).join('\n')} }`)
    ids.push(...part.map((_item, index) => data[`m${index}`]?.['id'] ?? ''))
  }
  return ids
}

/** A value as GraphQL writes it. */
const literal = (values: object) =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')}}`

/** A key as roles may have it. */
const slug = (key: string) =>
  key
    .replace(/:.*/, '')
    .toLowerCase()
    .replaceAll('*', 'all')
    .replaceAll(/[^a-z0-9.]/g, '-')
