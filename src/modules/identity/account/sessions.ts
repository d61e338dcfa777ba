import type { Session } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { requireConfirmed, signedInUser } from '../sign-in/confirm.ts'
import { endSession, endSignInsOf, isMethod, noteEnded } from '../sign-in/sessions.ts'
import { signOut } from '../sign-in/sign-in.ts'

/** Adds seeing and ending one's own sessions (ASVS 7.5.2). */
export function addOwnSessions(builder: Builder): void {
  const session = addMySession(builder)
  builder.queryField('mySessions', (t) =>
    t.field({
      type: [session],
      nullable: true,
      description: 'Where the caller is signed in, the latest first. `UNAUTHENTICATED` for nobody.',
      auth: 'public',
      resolve: (_parent, _args, context) => liveSessions(context),
    }),
  )
  const wants = 'Wants a fresh proof of who one is (`CONFIRMATION_NEEDED`)'
  builder.mutationFields((t) => ({
    endSession: t.boolean({
      nullable: true,
      description: `Ends a session of the caller's. ${wants}, but for the one that asks. \`NOT_FOUND\` if the caller has none of this id.`,
      auth: 'public',
      args: { id: t.arg.id({ required: true, description: 'Of `MySession`.' }) },
      resolve: async (_parent, { id }, context) => {
        await endOwnSession(context, id)
        return true
      },
    }),
    signOutEverywhere: t.boolean({
      nullable: true,
      description: `Ends all sessions of the caller's, this one included; tokens that an identity provider issued before are worth nothing here, either. ${wants}.`,
      auth: 'public',
      resolve: async (_parent, _args, context) => {
        await signOutEverywhere(context)
        return true
      },
    }),
  }))
}

function addMySession(builder: Builder) {
  const method = builder.enumType('SignInMethod', {
    description: 'How somebody proved who they are.',
    values: {
      PASSWORD: { value: 'password', description: 'By their password.' },
      TOTP: { value: 'totp', description: 'By an authenticator app.' },
      RECOVERY_CODE: { value: 'recovery-code', description: 'By a recovery code.' },
      PASSKEY: { value: 'passkey', description: 'By a passkey or security key.' },
      LINK: { value: 'link', description: 'By an invitation, or a link for a new password.' },
      PROVIDER: { value: 'provider', description: 'At an identity provider.' },
    } as const,
  })
  return builder.objectRef<Session>('MySession').implement({
    description: 'A place where the caller is signed in.',
    auth: 'public',
    fields: (t) => ({
      id: t.globalID({
        nullable: false,
        description: 'For `endSession`.',
        resolve: ({ id }) => ({ type: 'MySession', id }),
      }),
      current: t.boolean({
        nullable: false,
        description: 'The one that asks.',
        resolve: ({ id }, _args, { sessionId }) => id === sessionId,
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it began.' }),
      lastSeenAt: t.expose('lastSeenAt', {
        type: 'DateTime',
        nullable: false,
        description: 'The last request, to a minute or so.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When it ends at the latest.',
      }),
      address: t.exposeString('address', { nullable: false, description: 'Where it began: an IP address.' }),
      userAgent: t.exposeString('userAgent', {
        nullable: false,
        description: 'The browser or program, as it names itself.',
      }),
      methods: t.field({
        type: [method],
        nullable: false,
        description: 'How the caller proved who they are.',
        resolve: ({ methods }) => methods.filter(isMethod),
      }),
    }),
  })
}

function liveSessions(context: Context): Promise<Session[]> {
  const now = Date.now()
  return context.database.session.findMany({
    where: {
      userId: signedInUser(context),
      endedAt: null,
      expiresAt: { gt: new Date(now) },
      lastSeenAt: { gt: new Date(now - context.sessions.idle) },
    },
    orderBy: { id: 'desc' },
  })
}

async function endOwnSession(context: Context, globalId: string): Promise<void> {
  const userId = signedInUser(context)
  const id = uuidOf('MySession', globalId)
  if (id === context.sessionId) return signOut(context)
  await requireConfirmed(context)
  await transact(context, 'endSession', async (tx) => {
    if ((await tx.session.count({ where: { id, userId } })) === 0) throw notFound('session')
    await endSession(tx, id)
  })
  noteEnded(id)
}

async function signOutEverywhere(context: Context): Promise<void> {
  const userId = signedInUser(context)
  // With a token of an identity provider there is no session, and so nothing to confirm.
  if (context.sessionId) await requireConfirmed(context)
  const ended = await transact(context, 'signOutEverywhere', (tx) => endSignInsOf(tx, userId))
  ended.forEach(noteEnded)
  context.setSessionCookie(null)
}
