import pg from 'pg'

/** A statement as it reached PostgreSQL. */
export type Statement = {
  /** How the connection calls itself: `lethe`, `lethe sequencer`. */
  from: string
  text: string
  values: readonly unknown[]
}

/** Notes what the product sends to PostgreSQL, from now on until `stop`. */
export function captureStatements(): { seen: Statement[]; stop: () => void } {
  const seen: Statement[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [first, second] = given
    const { application_name: from = '' } = Object(Reflect.get(this, 'connectionParameters'))
    if (typeof first === 'string') seen.push({ from, text: first, values: Array.isArray(second) ? second : [] })
    else if (isStatement(first)) seen.push({ from, text: first.text, values: first.values ?? valuesIn(second) })
    return Reflect.apply(query, this, given)
  }
  return {
    seen,
    stop: () => {
      pg.Client.prototype.query = query
    },
  }
}

const isStatement = (value: unknown): value is { text: string; values?: readonly unknown[] } =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'

const valuesIn = (given: unknown): readonly unknown[] => (Array.isArray(given) ? given : [])
