import { parse, stringify, validate } from 'uuid'
import { hashToken, newToken } from '../identity/sign-in/sessions.ts'

/** A secret of a contact's, as far as it is known here. */
export type ContactToken = { contactId: string; tokenHash: string }

/**
 * A random token of 256 bits for a contact, whose id it begins with: so what it opens is looked for where everything about the
 * contact is, and nowhere else.
 */
export function newContactToken(contactId: string): { token: string; tokenHash: string } {
  const token = `${Buffer.from(parse(contactId)).toString('base64url')}${newToken()}`
  return { token, tokenHash: hashToken(token) }
}

/** Whose token it would be; undefined for what can't be one. */
export function readContactToken(token: string): ContactToken | undefined {
  if (!/^[\w-]{65}$/.test(token)) return undefined
  const bytes = Buffer.from(token.slice(0, 22), 'base64url')
  const contactId = bytes.length === 16 ? Buffer.from(bytes).toString('hex').replace(uuidForm, '$1-$2-$3-$4-$5') : ''
  return validate(contactId) && stringify(parse(contactId)) === contactId
    ? { contactId, tokenHash: hashToken(token) }
    : undefined
}

const uuidForm = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/
