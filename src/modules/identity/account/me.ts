import type { Database } from '../../../database/client.ts'
import type { GrantedRight } from '../../../graphql/auth/rights.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { GrantType } from '../access/role-types.ts'

/** The GraphQL type `Me`. */
export type MeType = ReturnType<typeof addMe>

/** What a user may know of themselves. */
export type Profile = {
  id: string
  email: string
  name: string
  roles: { key: string; name: string }[]
  rights: GrantedRight[]
}

/** Adds what every user may know of themselves, without any right. */
export function addMe(builder: Builder, grant: GrantType) {
  const role = builder.objectRef<Profile['roles'][number]>('MyRole').implement({
    description: 'A role that the caller holds.',
    auth: 'public',
    fields: (t) => ({
      key: t.exposeString('key', { nullable: false, description: 'Its name for programs; unique.' }),
      name: t.exposeString('name', { nullable: false, description: 'Its name for people.' }),
    }),
  })
  const me = builder.objectRef<Profile>('Me').implement({
    description: 'The user who is signed in, as they may see themselves.',
    auth: 'public',
    fields: (t) => ({
      id: t.globalID({
        nullable: false,
        description: 'The same as of `User`.',
        resolve: ({ id }) => ({ type: 'User', id }),
      }),
      email: t.exposeString('email', { nullable: false, description: 'What they sign in with.' }),
      name: t.exposeString('name', { nullable: false, description: 'Empty if nobody said.' }),
      roles: t.field({
        type: [role],
        nullable: false,
        description: 'The roles they hold.',
        resolve: ({ roles }) => roles,
      }),
      rights: t.field({
        type: [grant],
        nullable: false,
        description: 'What their roles allow in all.',
        resolve: ({ rights }) => rights,
      }),
    }),
  })
  builder.queryField('me', (t) =>
    t.field({
      type: me,
      nullable: true,
      description: 'Who is signed in; null for nobody.',
      auth: 'public',
      resolve: (_parent, _args, { actor, database }) =>
        actor.kind === 'user' && actor.id ? profileOf(database, actor.id) : null,
    }),
  )
  return me
}

/** Reads what a user may know of themselves; null if there is no such user. */
export async function profileOf(database: Database, id: string): Promise<Profile | null> {
  const user = await database.user.findUnique({
    where: { id },
    select: {
      email: true,
      name: true,
      roles: {
        select: { role: { select: { key: true, name: true, grants: true } } },
        orderBy: { role: { key: 'asc' } },
      },
    },
  })
  if (!user) return null
  const roles = user.roles.map(({ role }) => role)
  return { id, email: user.email, name: user.name, roles, rights: together(roles.flatMap(({ grants }) => grants)) }
}

/** Each right once, with what any of the grants allows. */
function together(grants: readonly GrantedRight[]): GrantedRight[] {
  const byRight = new Map<string, GrantedRight>()
  for (const { right, read, write } of grants) {
    const known = byRight.get(right)
    byRight.set(right, { right, read: read || known?.read === true, write: write || known?.write === true })
  }
  return [...byRight.values()].sort((one, other) => (one.right < other.right ? -1 : 1))
}
