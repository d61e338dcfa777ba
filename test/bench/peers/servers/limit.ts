import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import pg from 'pg'
import { type Rows, rowsLike } from './rows.ts'

// The limit: one statement, whose answer is the JSON that is sent, or one transaction that inserts, behind Node's own server. Nobody asks
// who calls.

const { DATABASE_URL: url, TLS_CERT: cert, TLS_KEY: key } = process.env
const pool = new pg.Pool({ connectionString: url, max: 10 })

const contact = (which: string) => `
  SELECT json_build_object('id', c.contact_id, 'displayName', c.display_name, 'customFields', c.custom_fields,
    'points', (SELECT json_agg(json_build_object('kind', p.kind, 'value', p.value, 'label', p.label) ORDER BY p.is_primary DESC, p.id)
      FROM contact_point p WHERE p.contact_id = c.contact_id),
    'consents', (SELECT json_agg(json_build_object('purpose', b.purpose_key, 'ground', b.ground, 'from', b.valid_from, 'until', b.valid_until)
      ORDER BY b.purpose_key) FROM lawful_basis_period b WHERE b.contact_id = c.contact_id AND b.is_valid
        AND b.valid_from <= now() AND (b.valid_until IS NULL OR b.valid_until > now()))) AS contact
  FROM contact c WHERE ${which}`

type Body = { id?: string; like?: string }

const known = new Map<string, Promise<Rows>>()

const answers: Record<string, (body: Body) => Promise<string>> = {
  '/list': async () => {
    const page = contact('c.merged_into_id IS NULL ORDER BY c.display_name, c.contact_id LIMIT 50')
    const { rows } = await pool.query({
      name: 'list',
      text: `SELECT json_agg(contact)::text AS answer FROM (${page}) page`,
    })
    return rows[0].answer
  },
  '/contact': async ({ id }) => {
    const text = `SELECT contact::text AS answer FROM (${contact('c.contact_id = $1')}) one`
    const { rows } = await pool.query({ name: 'contact', text, values: [id] })
    return rows[0]?.answer ?? 'null'
  },
  '/rows': async ({ like = '' }) => {
    const template = known.get(like) ?? rowsLike(pool, like)
    known.set(like, template)
    const { write, counts, displayName, purpose } = await template
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      await write(client)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
    return JSON.stringify({ displayName, purpose, counts })
  },
}

const server = createServer(
  { cert: readFileSync(cert ?? ''), key: readFileSync(key ?? '') },
  async (request, response) => {
    const answer = answers[request.url ?? '']
    const body = JSON.parse(await textOf(request))
    const text = await answer?.(body)
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(text)
  },
)

async function textOf(request: IncomingMessage) {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

server.listen(0, 'localhost', () => {
  const address = server.address()
  if (typeof address === 'object') process.stdout.write(`ready: https://localhost:${address?.port}\n`)
})
process.once('SIGTERM', () => process.exit())
