import type { Builder } from '../../../graphql/builder.ts'
import type { RegisterTypes } from './types.ts'

const auth = { read: 'lawfulness.purposes' }

/** `purposes`, `purpose` and `retentionClasses`. */
export function addRegisterQueries(builder: Builder, { purpose, retention }: RegisterTypes): void {
  const retired = { description: 'Also those that are retired.', defaultValue: false }
  builder.queryFields((t) => ({
    purposes: t.prismaField({
      type: [purpose],
      nullable: true,
      auth,
      description: 'The purposes that personal data is processed for, by key.',
      args: { retired: t.arg.boolean(retired) },
      resolve: (query, _root, args, { database }) =>
        database.purpose.findMany({
          ...query,
          where: args.retired ? {} : { retiredAt: null },
          orderBy: { key: 'asc' },
        }),
    }),
    purpose: t.prismaField({
      type: purpose,
      nullable: true,
      auth,
      description: 'One purpose, or null.',
      args: { key: t.arg.string({ required: true }) },
      resolve: (query, _root, { key }, { database }) => database.purpose.findUnique({ ...query, where: { key } }),
    }),
    retentionClasses: t.prismaField({
      type: [retention],
      nullable: true,
      auth,
      description: 'How long which data is kept, by key.',
      args: { retired: t.arg.boolean(retired) },
      resolve: (query, _root, args, { database }) =>
        database.retentionClass.findMany({
          ...query,
          where: args.retired ? {} : { retiredAt: null },
          orderBy: { key: 'asc' },
        }),
    }),
  }))
}
