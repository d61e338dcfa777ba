import { type Answer, differences, mayEndSession } from './checking.ts'
import { allows } from './grants.ts'
import { batches, type Selected, textOf, textWithVariables } from './operations.ts'
import type { Role } from './roles.ts'
import { placeOf } from './schema-text.ts'
import type { World } from './world.ts'

/** What a pass over the schema found, and what it has seen. */
export type Report = {
  /** Every difference between what the text of the schema says and what the server does. */
  differences: string[]
  /** What was seen how: `plain Contact.emails denied`. */
  seen: Set<string>
  /** The fields of which somebody got a value. */
  valued: Set<string>
  /** How many places were compared. */
  comparisons: number
  /** Queries that failed for another reason than rights. */
  failures: Set<string>
  requests: number
}

export const newReport = (): Report => ({
  differences: [],
  seen: new Set(),
  valued: new Set(),
  comparisons: 0,
  failures: new Set(),
  requests: 0,
})

type Options = {
  kind?: 'query' | 'mutation'
  /** A session of its own, and another one after each operation that may end it. */
  ownSession?: boolean
  /** The arguments as variables; with a session of its own, each root field in an operation of its own. */
  variables?: boolean
}

/** Asks for these root fields as somebody who has a role, and compares the answers with the text of the schema. */
export async function ask(world: World, role: Role, roots: readonly Selected[], report: Report, options: Options = {}) {
  const { kind = 'query', ownSession = false, variables = false } = options
  const numbered = roots.map((root, index) => ({ ...root, alias: `r${index}` }))
  let own: string | null | undefined
  for (const batch of variables && ownSession ? numbered.map((root) => [root]) : batches(numbered)) {
    const body = variables ? textWithVariables(kind, batch) : { query: textOf(world.schema, kind, batch) }
    if (ownSession && own === undefined) own = await world.newToken(role)
    const token = own === undefined ? world.tokenOf(role) : own
    const answer = await world.connection.send(token, body)
    if (batch.some(mayEndSession)) own = undefined
    report.requests++
    report.differences.push(...leaks(world, role, answer))
    report.differences.push(
      ...differences(world.schema, role, batch, answer, {
        visit(selected, outcome, value) {
          report.comparisons++
          const place = placeOf(selected.field)
          const seen = `${selected.label ?? selected.form} ${place} ${outcome}`
          report.seen.add(seen)
          if (role.lacks && outcome === 'denied') report.seen.add(`${seen} for want of ${role.lacks}`)
          if (role.enough && outcome === 'allowed') report.seen.add(`${seen} with just enough`)
          if (value !== null && value !== undefined) report.valued.add(place)
        },
        fail: (reason) => report.failures.add(reason),
      }),
    )
  }
}

/** What somebody may not read must not stand anywhere in what they get. */
export function leaks({ secrets }: Pick<World, 'secrets'>, role: Role, { text }: Pick<Answer, 'text'>): string[] {
  const lower = text.toLowerCase()
  return Object.entries(secrets).flatMap(([right, texts]) => {
    if (allows(role.grants, 'read', right)) return []
    return texts.flatMap((secret) => {
      const at = lower.indexOf(secret)
      return at < 0
        ? []
        : [`${role.key}: ${secret} came without ${right}: …${text.slice(Math.max(0, at - 300), at + 100)}…`]
    })
  })
}
