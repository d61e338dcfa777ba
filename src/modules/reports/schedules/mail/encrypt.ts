import MailComposer from 'nodemailer/lib/mail-composer'
import type { ReportProtection } from '#prisma/client.ts'
import { contentOf } from '../../../../mail/content.ts'
import type { Message } from '../../../../mail/outbox.ts'

/** A mail with its text, its HTML and all attachments encrypted, so that mail programs show it to its recipient alone. */
export async function encrypted(message: Message, { kind, publicKey }: ReportProtection): Promise<Message> {
  const inner = await new MailComposer(contentOf(message)).compile().build()
  const { to, subject } = message
  const shell = { to, subject, text: '', html: '' }
  if (kind === 'smime') {
    const { encryptFor } = await import('../protection/smime.ts')
    const content = (await encryptFor(publicKey ?? '', inner)).toString('base64')
    return { ...shell, encrypted: { as: 'smime', content } }
  }
  const { encryptFor } = await import('../protection/openpgp.ts')
  return { ...shell, encrypted: { as: 'openpgp', content: await encryptFor(publicKey ?? '', inner) } }
}
