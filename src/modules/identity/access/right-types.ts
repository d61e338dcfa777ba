import type { Builder } from '../../../graphql/builder.ts'
import { notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { grantsOf } from './authority.ts'
import { type EffectiveRight, effectiveRights, type RightSource } from './effective-rights.ts'
import type { DeclaredRight, DeclaredRights } from './right-names.ts'
import type { RoleType } from './role-types.ts'

const auth = { read: 'identity.roles' }

/** Adds which rights there are, and which of them somebody has, by which role. */
export function addRights(builder: Builder, role: RoleType, declared: DeclaredRights): void {
  const right = builder.objectRef<DeclaredRight>('Right').implement({
    description: 'What can be granted.',
    auth,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: '`contacts.email`, say.' }),
      description: t.exposeString('description', { nullable: false, description: 'What it is about.' }),
      module: t.exposeString('module', { nullable: false, description: 'The part of the product that it is for.' }),
    }),
  })
  const effective = addEffectiveRight(builder, role)
  builder.queryFields((t) => ({
    rights: t.field({
      type: [right],
      nullable: true,
      description: 'Every right there is, by name.',
      auth,
      resolve: async (_root, _args, context) => [...(await declared(context))],
    }),
    effectiveRights: t.field({
      type: [effective],
      nullable: true,
      description: 'What a user may do in all, and by which roles. A disabled user may do nothing of it meanwhile.',
      auth,
      args: { user: t.arg.id({ required: true, auth: { read: 'identity.users' }, description: 'The user.' }) },
      resolve: async (_root, args, context) => {
        const { database } = context
        const id = uuidOf('User', args.user)
        const held = await grantsOf(database, id)
        if (!held) throw notFound('User')
        return effectiveRights(await declared(context), held)
      },
    }),
  }))
}

function addEffectiveRight(builder: Builder, role: RoleType) {
  const source = builder.objectRef<RightSource>('RightSource').implement({
    description: 'A grant that gives somebody a right.',
    auth,
    fields: (t) => ({
      role: t.prismaField({
        type: role,
        nullable: true,
        description: 'The role that the grant is of.',
        resolve: (query, { roleId }, _args, { database }) =>
          database.role.findUnique({ ...query, where: { id: roleId } }),
      }),
      grant: t.exposeString('grant', { nullable: false, description: 'What it names: the right, or a wildcard.' }),
      read: t.exposeBoolean('read', { nullable: false, description: 'It allows to read.' }),
      write: t.exposeBoolean('write', { nullable: false, description: 'It allows to write.' }),
    }),
  })
  return builder.objectRef<EffectiveRight>('EffectiveRight').implement({
    description: 'A right that somebody has.',
    auth,
    fields: (t) => ({
      right: t.exposeString('right', { nullable: false, description: 'Its name.' }),
      read: t.exposeBoolean('read', { nullable: false, description: 'They may read what it names.' }),
      write: t.exposeBoolean('write', { nullable: false, description: 'They may write what it names.' }),
      purposes: t.exposeStringList('purposes', {
        nullable: false,
        description:
          'If there are any, the right is for contacts that have a valid legal basis for one of these purposes (for reading, ' +
          'or for writing where there is nothing else). Somebody sees only contacts for which all of their rights hold.',
      }),
      sources: t.field({
        type: [source],
        nullable: false,
        description: 'Where it comes from.',
        resolve: ({ sources }) => sources,
      }),
    }),
  })
}
