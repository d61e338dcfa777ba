/**
 * By these the recipient's mail program ends such mails, with a POST that nobody makes by merely looking (RFC 8058). It only
 * offers that where a DKIM signature covers both: see the README.
 */
export const unsubscribing = (url: string | undefined): Record<string, string> =>
  url ? { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}
