import type { NodemailerError } from 'nodemailer'
import type { Fault } from './queue.ts'

/**
 * What a failed try means. The text carries codes alone: a mail server's own words may repeat the address.
 *
 * A refusal for good (5xx, RFC 5321, section 4.2.1) is taken as such where it is about the recipient or the mail. What the
 * server says of us (greeting, TLS, sign-in, sender) somebody can mend, and no mail should be lost over it.
 *
 * @param handedOver The whole mail had left us; unless the server answered after that, nobody knows whether it took it.
 */
export function faultOf(error: NodemailerError, handedOver: boolean): Fault {
  const { code = 'unknown', originalCode, responseCode, response = '', command = '' } = error
  if (responseCode) {
    const enhanced = response.match(/^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/)?.[1]
    const answer = enhanced ? `${responseCode} ${enhanced}` : String(responseCode)
    const about = ['RCPT TO', 'DATA'].includes(command)
    return {
      text: `The mail server answered ${answer} to ${command || 'the connection'}.`,
      permanent: about && error.permanent === true,
      perhapsTaken: false,
      ...(command === 'RCPT TO' && enhanced && { status: enhanced }),
      tooLarge: isTooLarge(responseCode, enhanced),
    }
  }
  if (handedOver) {
    return {
      text: `The mail server did not confirm the mail (${code}): perhaps it took it.`,
      permanent: false,
      perhapsTaken: true,
    }
  }
  // The address is one that no mail server could take.
  if (code === 'EENVELOPE') return { text: 'The address is not usable.', permanent: true, perhapsTaken: false }
  const known = originalCode ?? code
  return { text: textOf(code, known), permanent: false, perhapsTaken: false }
}

/** Too large for the server or the mailbox (RFC 3463: 5.3.4, 5.2.3); without an enhanced code, 552 says so (RFC 1870, section 6.1). */
const isTooLarge = (responseCode: number, enhanced: string | undefined) =>
  enhanced ? ['5.3.4', '5.2.3'].includes(enhanced) : responseCode === 552

function textOf(code: string, known: string): string {
  if (/CERT|SIGNATURE/.test(known)) {
    return `The mail server's certificate is not to be trusted (${known}). Name its issuer in NODE_EXTRA_CA_CERTS.`
  }
  if (code === 'ETLS' || known.startsWith('ERR_SSL')) return `The mail server offers no TLS that is safe (${known}).`
  if (code === 'EAUTH') return `The mail server can't be signed in to (${known}).`
  if (code === 'EABORT') return 'It took too long.'
  return `The mail server can't be reached (${known}).`
}
