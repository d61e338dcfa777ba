import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

// Asks a server as fast as it answers, over connections that stay open. Gets what to do as JSON, and tells what came of it. Plain
// JavaScript, since what it imports is installed for benchmarks alone.

const { url, ca, connections, seconds, requests } = JSON.parse(await text(process.stdin))
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  timeout: 30,
  tlsOptions: { ca, servername: 'localhost' },
  requests: requests.map((request) => ({
    ...request,
    ...(request.body.includes('{{uuid}}') && { setupRequest: renamed }),
  })),
})
process.stdout.write(
  JSON.stringify({
    answered: result.requests.total,
    rate: result.requests.total / result.duration,
    median: result.latency.p50,
    p99: result.latency.p99,
    failed: result.errors + result.timeouts + result.non2xx,
  }),
)

function renamed(request) {
  return { ...request, body: request.body.replaceAll('{{uuid}}', () => randomUUID()) }
}
