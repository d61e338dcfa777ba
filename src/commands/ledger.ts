import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { type Config, dataPath, readConfig } from '../config.ts'
import { openToRead } from '../database/open-to-read.ts'
import { readIfThere } from '../files.ts'
import { openInstallation, workIn } from '../installation.ts'
import { readAnchors } from '../ledger/anchors.ts'
import { bringUp } from '../ledger/bring-up.ts'
import { inspect } from '../ledger/chain.ts'
import { LedgerFault } from '../ledger/faults.ts'
import type { LedgerEntry } from '../ledger/ledger.ts'
import { withOwnCopy } from '../ledger/own-copy.ts'
import { openPlace, type Place } from '../ledger/places/place.ts'
import { reachable } from '../ledger/places/reachable.ts'
import type { NotedPosition } from '../ledger/position.ts'
import { rebuildLedger } from '../ledger/rebuild.ts'
import { type LedgerReport, verifyLedger } from '../ledger/verify.ts'
import { createLog } from '../log.ts'
import type { Verifier } from '../modules/audit/checkpoint/keys.ts'
import { readVerifiers } from '../modules/audit/verify/kept.ts'
import { StartError } from '../start-error.ts'
import { say } from './store.ts'

/** `lethe ledger` */
export function addLedgerCommand(program: Command): void {
  const ledger = program.command('ledger').description('look after the ledger of erasures, which outlives every backup')
  ledger
    .command('verify')
    .description('read all of it in all of its places; changes nothing (exit code 2: it is not as it should be)')
    .option(
      '--against <what...>',
      'files of certificates of erasures, or "number hash" as "lethe ledger show" prints it',
      [],
    )
    .option(
      '--key <key...>',
      'check signatures with these keys (name+id+base64, or files) and not those of the data folder',
      [],
    )
    .option('--alone', 'without comparing it with the database', false)
    .addHelpText('after', examples)
    .action(verify)
  ledger
    .command('show')
    .description('print its newest entry, for safekeeping elsewhere, and all before')
    .option('--json', 'print the entries as they are kept, one a line', false)
    .action(show)
  ledger
    .command('rebuild')
    .description(
      'make another one, when it is lost or damaged for good, of what is left of it and of what the database knows; ' +
        'the former one is put aside (stop the server before)',
    )
    .requiredOption('--reason <text>', 'why; it is kept in the ledger and in the audit log')
    .action(rebuild)
}

async function verify({ against, key, alone }: { against: string[]; key: string[]; alone: boolean }) {
  const config = readConfig(process.env)
  const verifiers = await readVerifiers(config, key)
  const anchors = await readAnchors(against)
  const noted = alone ? undefined : await positionOf(config)
  const report = await withPlaces(config, verifiers, async (places) =>
    verifyLedger(
      await withoutLate(config, places),
      verifiers,
      noted ? [...anchors, { ...noted, source: 'the database' }] : anchors,
    ),
  )
  const foreign = noted && report.head && noted.installation !== report.head.installation
  process.stdout.write(`${linesOf(report).join('\n')}\n`)
  if (foreign) process.stdout.write('It is not the ledger of this database.\n')
  if (!isInOrder(report) || foreign) process.exitCode = 2
}

const isInOrder = ({ places, faults }: LedgerReport) =>
  faults.length === 0 && places.every((place) => place.faults.length === 0)

function linesOf(report: LedgerReport): string[] {
  const { places, head, faults } = report
  return [
    ...places.map(({ name, entries }) => `${entries} entries in ${name}`),
    ...(head ? [`Newest entry: ${head.sequence} ${head.hash}`] : []),
    ...[...places.flatMap((place) => place.faults), ...faults].map(({ message }) => message),
    isInOrder(report) ? 'The erasure ledger is in order.' : 'The erasure ledger is not as it should be.',
  ]
}

async function show({ json }: { json: boolean }) {
  const config = readConfig(process.env)
  const verifiers = await readVerifiers(config, [])
  await withPlaces(config, verifiers, async (all) => {
    const places = await withoutLate(config, all)
    const { head, ...report } = await verifyLedger(places, verifiers, [])
    const place = places.find(({ name }, at) => report.places[at]?.head?.hash === head?.hash && name)
    if (!head || !place)
      throw new StartError(`There is no erasure ledger in ${places.map(({ name }) => name).join(', ')}.`)
    if (!json) process.stdout.write(`Newest entry: ${head.sequence} ${head.hash}\nInstallation: ${head.installation}\n`)
    for await (const { entry, text, fault } of inspect(place, verifiers)) {
      if (json) process.stdout.write(`${text ?? ''}\n`)
      else process.stdout.write(`${entry ? lineOf(entry) : (fault?.message ?? '')}\n`)
    }
    if (!isInOrder({ head, ...report })) {
      say('It is not as it should be: "lethe ledger verify" tells.')
      process.exitCode = 2
    }
  })
}

function lineOf({ sequence, at, kind, body }: LedgerEntry): string {
  const { erasureId, contactIds, ids, reason } = body
  const what = [
    ...(typeof erasureId === 'string' ? [`erasure ${erasureId}`] : []),
    ...(Array.isArray(contactIds) ? [`contacts: ${contactIds.length}`] : []),
    ...(Array.isArray(ids) ? [`records: ${ids.length}`] : []),
    ...(typeof reason === 'string' ? [reason] : []),
  ]
  return [sequence, at, kind, ...what].join('  ')
}

async function rebuild({ reason }: { reason: string }) {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr.isTTY)
  const installation = await openInstallation(config, { log, say, compares: false })
  try {
    const actor = { kind: 'operator', id: null } as const
    const context = { ...workIn(installation, config, { actor, log }), requestId: randomUUID() }
    const draft = dataPath(config, 'ledger-rebuilding.jsonl')
    if (await isFine(context, draft))
      throw new StartError('The erasure ledger is in order: there is nothing to rebuild.')
    const verifiers = [installation.signer, ...(await readVerifiers(config, []))]
    const { head } = await withPlaces(config, [installation.signer], (places) =>
      rebuildLedger(context, { places, signer: installation.signer, verifiers, reason, draft, say }),
    )
    say(`The erasure ledger is rebuilt: ${head.sequence} entries, and all that it tells of is erased.`)
    process.stdout.write(`Newest entry: ${head.sequence} ${head.hash}\n`)
  } finally {
    await installation.close()
  }
}

async function isFine(context: Parameters<typeof bringUp>[0], draft: string): Promise<boolean> {
  if ((await readIfThere(draft)) !== undefined) return false // Interrupted.
  try {
    await context.ledger.check()
    await bringUp(context)
    return true
  } catch (error) {
    if (!(error instanceof LedgerFault)) throw error
    say(error.message)
    return false
  }
}

/** How far the database is, as it is. */
async function positionOf(config: Config): Promise<NotedPosition | undefined> {
  const { client, close } = await openToRead(config, say)
  try {
    const { rows } = await client.query<NotedPosition>(
      'SELECT installation, sequence::float8 AS sequence, hash FROM erasure_ledger',
    )
    return rows[0]
  } finally {
    await close()
  }
}

/**
 * Without the second place that this user has on this machine by default (`withOwnCopy`), if it is only behind: somebody else may run the
 * server, who has another one.
 */
async function withoutLate({ ledger }: Config, places: readonly Place[]): Promise<readonly Place[]> {
  const [first, own] = [places[0], places[ledger.length]]
  if (!first || !own) return places
  const [last, ownLast] = await Promise.all([first.last(), own.last()])
  return (ownLast ?? 0) < (last ?? 0) ? places.filter((place) => place !== own) : places
}

/** `verifiers`: the last one is of the key that signs now. */
async function withPlaces<T>(
  config: Config,
  verifiers: readonly Verifier[],
  use: (places: Place[]) => Promise<T>,
): Promise<T> {
  const signing = verifiers.at(-1)
  const places = (signing ? await withOwnCopy(config, signing) : config.ledger).map(openPlace).map(reachable)
  try {
    return await use(places)
  } finally {
    await Promise.all(places.map((place) => place.close()))
  }
}

const examples = `
Examples:
  lethe ledger verify
  lethe ledger verify --against certificate.json
  lethe ledger verify --alone --against "17 8f14e45fceea167a5a36dedd4bea2543…"
`
