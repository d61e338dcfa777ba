import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import { openInstallation, workIn } from '../../src/installation.ts'
import { openPlace, type Place } from '../../src/ledger/places/place.ts'
import { rebuildLedger } from '../../src/ledger/rebuild.ts'

// A process that makes a ledger anew, and is killed at the step that it is told: before and after whatever it does to the place.

const dieAt = Number(process.argv[2])
const config = readConfig(process.env)
const log = pino({ enabled: false })
let steps = 0
function step() {
  if (++steps === dieAt) process.kill(process.pid, 'SIGKILL')
}
async function between<T>(work: () => Promise<T>): Promise<T> {
  step()
  const done = await work()
  step()
  return done
}
const counted = (place: Place): Place => ({
  ...place,
  create: (sequence, text) => between(() => place.create(sequence, text)),
  putAside: () => between(() => place.putAside()),
})

const installation = await openInstallation(config, { log, say: () => undefined, compares: false })
const actor = { kind: 'operator', id: null } as const
const context = { ...workIn(installation, config, { actor, log }), requestId: randomUUID() }
const { signer } = installation
await rebuildLedger(context, {
  ...{ places: config.ledger.map(openPlace).map(counted), signer, verifiers: [signer] },
  ...{ reason: 'a drill', draft: join(config.data, 'draft'), say: () => undefined },
})
await installation.close()
