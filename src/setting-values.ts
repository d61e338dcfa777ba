import { isIP } from 'node:net'
import { z } from 'zod'

// What settings can say, and how it is found out whether they do.

export const whole = z.coerce.number('must be a whole number').int('must be a whole number')
export const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((value) => value === 'true' || value === '1')
export const list = z.string().transform((value) => value.split(/[\s,]+/).filter(Boolean))
export const isOrigin = (text: string) => URL.parse(text)?.origin === text
export const isSecureOrigin = (text: string) => isOrigin(text) && text.startsWith('https://')
export const isSecureUrl = (text: string) => URL.parse(text)?.protocol === 'https:'
export const isLocalUrl = (text: string) => {
  const url = URL.parse(text)
  return url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}
export const isNetwork = (text: string) => {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  return (
    version > 0 &&
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  )
}
export const isTimeZone = (text: string) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch {
    return false // Intl knows no other way to say so.
  }
}
// 29 February is a day of some years.
export const isHoliday = (text: string) =>
  new Date(`${/^\d\d-\d\d$/.test(text) ? `2000-${text}` : text}T00:00:00Z`).toJSON?.()?.slice(0, 10).endsWith(text) ??
  false
export const areRecipients = (texts: readonly string[]) => texts.every((text) => /^age1[a-z0-9]{10,}$/.test(text))
export const notRecipients = 'must be recipients of age such as age1…'
export const isDatabaseUrl = (text: string) => /^postgres(ql)?:\/\//.test(text)
export const databaseUrl = z
  .string()
  .refine(isDatabaseUrl, 'must look like postgresql://user:password@host:5432/database')
export const optional = z.string().transform((value) => value || undefined)

export const httpUrl = z
  .string()
  .refine(
    (text) => isSecureUrl(text) || isLocalUrl(text),
    'must be an https URL such as https://collector.example:4318',
  )

export const lines = z.string().transform((value) => value.replaceAll('\\n', '\n').trim() || undefined)
