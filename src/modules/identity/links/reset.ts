import { afterwards } from '../../../afterwards.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { isEmail, normaliseEmail } from '../access/users.ts'
import { type Counter, takeAttempt } from '../sign-in/attempt-level.ts'
import { networkOf } from '../sign-in/attempts.ts'
import { signsInElsewhere } from './invite.ts'
import { issueLink } from './links.ts'
import { mailReset, mailSignsInElsewhere } from './mails.ts'

const minute = 60_000

// Nobody's mailbox is flooded, and nobody asks on behalf of everybody.
const policies = {
  account: { capacity: 3, period: 60 * minute, free: 3 },
  address: { capacity: 20, period: 3 * minute, free: 20 },
  all: { capacity: 200, period: 1000, free: 200 },
} as const

/**
 * Mails a link for a new password, if there is such a user. Whoever asks can't tell, neither by the answer nor by its time
 * (ASVS 6.3.8): what is done before the answer is the same for every address, and never looks whether there is a user; the
 * rest happens after it. Throws UNAVAILABLE where no mail can be sent, and TOO_MANY_ATTEMPTS for one that asks all the time,
 * whoever they ask for, and for all when there are more requests than people make.
 */
export async function requestPasswordReset(context: Context, address: string): Promise<void> {
  if (!context.mail) {
    throw new LetheError(
      'UNAVAILABLE',
      'No mails are sent from here: ask an administrator for a link to a new password.',
    )
  }
  const email = normaliseEmail(address)
  await takeAttempt(context.database, [
    counter(context, 'address', networkOf(context.address)),
    counter(context, 'all', ''),
  ])
  if (!(await isWithin(context, email))) return
  const { signal: _ended, ...lasting } = context
  // In the log it is nobody who asks: whoever is signed in would learn from their receipt whether there is such a user.
  afterwards(context, () => mailLink({ ...lasting, actor: { kind: 'anonymous', id: null } }, email))
}

/** Beyond its limit an address gets no more mails, silently: that it is often asked for is nobody's business. */
async function isWithin(context: Context, email: string): Promise<boolean> {
  try {
    await takeAttempt(context.database, [counter(context, 'account', email)])
    return true
  } catch (error) {
    if (error instanceof LetheError && error.code === 'TOO_MANY_ATTEMPTS') return false
    throw error
  }
}

async function mailLink(context: Omit<Context, 'signal'>, email: string) {
  if (!isEmail(email)) return
  await transact(context, 'requestPasswordReset', async (tx) => {
    const user = await tx.user.findUnique({ where: { email } })
    if (!user || user.disabledAt) return
    if (user.passwordHash === '' && (await signsInElsewhere(tx, user.id))) {
      await mailSignsInElsewhere(tx, context, user)
      return
    }
    await mailReset(tx, context, user, await issueLink(tx, context, user.id, 'password-reset'))
  })
}

const counter = ({ secrets }: Context, kind: keyof typeof policies, subject: string): Counter => ({
  key: `reset-${kind}:${secrets.fingerprint('attempts', `reset ${kind} ${subject}`)}`,
  policy: policies[kind],
})
