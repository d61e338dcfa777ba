import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'

// PostGraphile 5 as its documentation sets it up, with what this list needs besides: relations as plain lists, which its own
// guide calls the quicker ones, and conditions on columns that have no index of their own. Plain JavaScript, since what it imports is
// installed for benchmarks alone.

const { DATABASE_URL: connectionString, TLS_CERT: cert, TLS_KEY: key } = process.env

const asList = { behavior: '+list -connection +resource:list -resource:connection' }
const conditional = { behavior: '+attribute:filterBy +attribute:orderBy' }
const columns = (...names) => Object.fromEntries(names.map((name) => [name, { tags: conditional }]))
const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      contact: { tags: asList, attribute: columns('display_name', 'merged_into_id') },
      contact_point: { tags: asList, attribute: columns('is_primary') },
      lawful_basis_period: { tags: asList, attribute: columns('is_valid', 'purpose_key') },
    },
  },
})

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [tags],
  pgServices: [makePgService({ connectionString, schemas: ['public'], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: '/graphql', watch: false },
})
const serv = instance.createServ(grafserv)
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) })
await serv.addTo(server)
server.listen(0, 'localhost', () => process.stdout.write(`ready: https://localhost:${server.address().port}\n`))
process.once('SIGTERM', () => process.exit())
