import { isDeepStrictEqual } from 'node:util'
import { allows, type Denied, inputsDenied } from './grants.ts'
import type { Selected } from './operations.ts'
import { rightsOfReaction, rightsOfReport } from './report-rights.ts'
import type { Role } from './roles.ts'
import { isNonNull, nameOf, placeOf, type SchemaText } from './schema-text.ts'

/** An error in an answer. */
export type AnswerError = {
  message: string
  path?: (string | number)[]
  extensions: { code: string; right?: string; denied?: Denied[] }
}

/** What came back for an operation. */
export type Answer = { text: string; data?: Record<string, unknown> | null; errors?: AnswerError[] }

/** What is open to all who are signed in, or show a token of their session, because it is about themselves. */
const personal = new Set([
  ...['mySecondFactors', 'mySessions', 'auditReceipt'].map((name) => `Query.${name}`),
  ...['receipt', 'refreshSession', 'signOut', 'signOutEverywhere', 'endSession'].map((name) => `Mutation.${name}`),
  ...['startConfirmation', 'confirmIdentity', 'changePassword'].map((name) => `Mutation.${name}`),
  ...[
    'startTotp',
    'confirmTotp',
    'removeTotp',
    'renewRecoveryCodes',
    'startPasskey',
    'addPasskey',
    'removePasskey',
  ].map((name) => `Mutation.${name}`),
])

/** Why a field is denied to somebody: the right to read it, or inputs. */
type Denial = { right: string } | { denied: Denied[] }

/** Only what is about users and their access does, or what is open to everybody, such as to sign out. */
export function mayEndSession({ field: { owner, access } }: Selected): boolean {
  const right = access.write ?? access.read
  return owner === 'Mutation' && (right === undefined || right.startsWith('identity.'))
}

/** What somebody may not do with this field, by the text of the schema. */
export function denialOf(schema: SchemaText, role: Role, selected: Selected): Denial | undefined {
  const { field, arguments: given, to } = selected
  const { read } = field.access
  if (role.anonymous && personal.has(placeOf(field))) return { right: 'to be signed in' }
  if (read && !allows(role.grants, 'read', read)) return { right: read }
  // The rights of a type stand at `node`, too.
  const ofType =
    to !== null && schema.interfaces.has(nameOf(field.type)) ? schema.objects.get(to)?.access.read : undefined
  if (ofType && !allows(role.grants, 'read', ofType)) return { right: ofType }
  if (placeOf(field) === 'Contact.customField' && !allows(role.grants, 'read', `fields.${given['key']}`))
    return { right: `fields.${given['key']}` }
  const denied = inputsDenied(schema, field, given, role.grants)
  if (denied.length > 0) return { denied }
  const ofReaction = rightsOfReaction(selected).filter((right) => !allows(role.grants, 'write', right))
  if (ofReaction.length > 0) {
    return { denied: ofReaction.map((right) => ({ path: 'reaction.kind', access: 'write', right })) }
  }
  const ofReport = rightsOfReport(selected).find((right) => !allows(role.grants, 'read', right))
  return ofReport ? { right: ofReport } : undefined
}

/** What a check tells besides. */
export type Witness = {
  /** A field was seen to be allowed or denied. */
  visit: (selected: Selected, outcome: 'allowed' | 'denied', value: unknown) => void
  /** A query failed for another reason than rights. */
  fail: (reason: string) => void
}

/** Compares an answer, field by field, with what the text of the schema says. Returns every difference. */
export function differences(
  schema: SchemaText,
  role: Role,
  roots: readonly Selected[],
  answer: Answer,
  { visit, fail }: Witness,
): string[] {
  const found: string[] = []
  const accounted = new Set<AnswerError>()
  const errors = answer.errors ?? []
  // By path: an answer may have as many errors as places.
  const errorsAt = Map.groupBy(errors, ({ path }) => JSON.stringify(path))
  const expected = role.anonymous ? 'UNAUTHENTICATED' : 'FORBIDDEN'
  const tell = (path: readonly (string | number)[], text: string) =>
    found.push(`${role.key}: ${path.join('.')} ${text}`)

  const compare = (selected: Selected, value: unknown, path: readonly (string | number)[]) => {
    const place = placeOf(selected.field)
    const here = errorsAt.get(JSON.stringify(path)) ?? []
    for (const error of here) accounted.add(error)
    const denial = denialOf(schema, role, selected)
    if (denial) {
      if (value !== null) tell(path, `(${place}) is denied, but has the value ${JSON.stringify(value)}`)
      if (here.length !== 1) tell(path, `(${place}) is denied, but has ${here.length} errors`)
      for (const { extensions } of here)
        if (!tells(extensions, denial)) tell(path, `(${place}) says ${JSON.stringify(extensions)}`)
      markDenied(selected)
      return
    }
    const ofType = schema.objects.get(selected.field.owner)?.access.read
    for (const { message, extensions } of here) {
      // A right of its own is enough for a field; that its type's may be asked for besides, where it is loaded, is no harm.
      if (ofType && extensions.right === ofType && !allows(role.grants, 'read', ofType)) continue
      // Without a session, nothing would be refused for want of a right.
      const lost = extensions.code === 'UNAUTHENTICATED' && !mayEndSession(selected)
      if (extensions.code === expected || lost) tell(path, `(${place}) is allowed, but says: ${message}`)
      else if (selected.field.owner !== 'Mutation') fail(`${place}: ${extensions.code}`)
    }
    visit(selected, 'allowed', value)
    if (value === null || value === undefined) explainNull(selected, value, path, here.length > 0)
    else if (selected.within.length > 0) compareWithin(selected, value, path)
  }

  const compareWithin = (selected: Selected, value: unknown, path: readonly (string | number)[]) => {
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        if (item === null) explainNull(selected, item, [...path, index], false)
        else compareWithin(selected, item, [...path, index])
      })
    } else {
      const values = new Map(Object.entries(Object(value)))
      for (const child of selected.within) compare(child, values.get(child.alias), [...path, child.alias])
    }
  }

  /** An allowed field is null because there is nothing, or because something within is denied that can't be null. */
  const explainNull = (selected: Selected, value: unknown, path: readonly (string | number)[], failed: boolean) => {
    const below = errors.filter(
      (error) => error.path && error.path.length > path.length && path.every((part, i) => part === error.path?.[i]),
    )
    for (const error of below) {
      const blamed = atPath(selected, error.path?.slice(path.length) ?? [])
      const denial = blamed && denialOf(schema, role, blamed)
      if (denial && tells(error.extensions, denial)) accounted.add(error)
    }
    const culprits = selected.within.filter((child) => isNonNull(child.field.type) && denialOf(schema, role, child))
    if (below.length > 0) for (const culprit of culprits) markDenied(culprit)
    if (value === undefined && below.length === 0) tell(path, 'is missing')
    if (below.length === 0 && !failed && isNonNull(selected.field.type)) tell(path, 'is null, and no error says why')
  }

  /** What is denied within something denied was not seen, either. */
  const markDenied = (selected: Selected) => {
    if (denialOf(schema, role, selected)) visit(selected, 'denied', null)
    selected.within.forEach(markDenied)
  }

  const tells = ({ code, right, denied }: AnswerError['extensions'], denial: Denial) => {
    if (role.anonymous || code !== expected) return code === expected
    return 'right' in denial ? right === denial.right : isDeepStrictEqual(sorted(denied ?? []), sorted(denial.denied))
  }

  const values = new Map(Object.entries(answer.data ?? {}))
  for (const root of roots) compare(root, values.get(root.alias), [root.alias])
  for (const error of errors)
    if (!accounted.has(error)) tell(error.path ?? [], `has an error of its own: ${error.message}`)
  return found
}

const sorted = (denied: readonly Denied[]) => denied.map((one) => `${one.path} ${one.access} ${one.right}`).sort()

/** The selected field at the rest of a path. */
function atPath(selected: Selected, rest: readonly (string | number)[]): Selected | undefined {
  const [next, ...further] = rest
  if (next === undefined) return selected
  if (typeof next === 'number') return atPath(selected, further)
  const child = selected.within.find(({ alias }) => alias === next)
  return child && atPath(child, further)
}
