import { timingSafeEqual } from 'node:crypto'
import type { Secrets } from '../../secrets.ts'

// Each mail comes back to an address of its own (VERP), which nobody can make up who hasn't got that mail.

const idDigits = 32
const proofDigits = 20 // 80 bits. With the id, a plus sign and 11 characters the local part has 64, its most (RFC 5321).

/** Where a mail comes back to that can't be delivered: `bounces+…@crm.example`. */
export function bounceAddress(secrets: Pick<Secrets, 'fingerprint'>, address: string, mailId: string): string {
  const [local, domain] = address.split('@')
  return `${local}+${mailId.replaceAll('-', '')}${proofOf(secrets, mailId)}@${domain}`
}

/** The mails that a text names by such addresses of ours; what was made up is left out. */
export function mailsNamedIn(secrets: Pick<Secrets, 'fingerprint'>, address: string, text: string): string[] {
  const [local = '', domain = ''] = address.split('@')
  const pattern = new RegExp(
    `${RegExp.escape(local)}\\+([0-9a-f]{${idDigits}})([0-9a-f]{${proofDigits}})@${RegExp.escape(domain)}`,
    'gi',
  )
  const named = [...text.matchAll(pattern)].flatMap(([, digits = '', proof = '']) => {
    const id = digits.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    return isSame(proof.toLowerCase(), proofOf(secrets, id)) ? [id] : []
  })
  return [...new Set(named)]
}

const proofOf = (secrets: Pick<Secrets, 'fingerprint'>, mailId: string) =>
  secrets.fingerprint('mail comes back', mailId).slice(0, proofDigits)

const isSame = (given: string, expected: string) => timingSafeEqual(Buffer.from(given), Buffer.from(expected))
