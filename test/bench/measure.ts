import pg from 'pg'

/** Prints how PostgreSQL answers the statements with a limit that something runs: those of lists. */
export async function explain(url: string, name: string, run: () => Promise<unknown>): Promise<void> {
  const { query } = pg.Client.prototype
  const seen: { text: string; values: unknown[] }[] = []
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [first] = given
    if (typeof first === 'object' && first && 'text' in first && String(first.text).includes('LIMIT')) {
      seen.push({ text: String(first.text), values: [...Object(Reflect.get(first, 'values'))] })
    }
    return Reflect.apply(query, this, given)
  }
  await run()
  pg.Client.prototype.query = query
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const { text, values } of seen) {
    const { rows } = await client.query({ text: `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) ${text}`, values })
    console.log(`${name}:\n${rows.map((row) => `  ${row['QUERY PLAN']}`).join('\n')}`)
  }
  await client.end()
}

/** Runs an operation so often, one after the other. */
export async function measure(name: string, times: number, run: () => Promise<unknown>): Promise<void> {
  const latencies: number[] = []
  for (let count = 0; count < times; count++) {
    const from = performance.now()
    await run()
    latencies.push(performance.now() - from)
  }
  const each = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => (each[Math.min(Math.floor(each.length * share), each.length - 1)] ?? 0).toFixed(1)
  console.log(`${name.padEnd(26)} median ${at(0.5).padStart(7)} ms, 99 % within ${at(0.99).padStart(7)} ms`)
}
