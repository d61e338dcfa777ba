import type { WorkContext } from '../graphql/context.ts'
import { StartError } from '../start-error.ts'
import { type BroughtUp, bringUp } from './bring-up.ts'
import { LedgerFault, type LedgerFaultKind } from './ledger.ts'
import { positionIn } from './position.ts'

/**
 * Brings database and key store up to the ledger before anybody is served, or a command does its work. Throws a StartError that
 * says what to do where the ledger can't be relied on.
 *
 * @param options.whole Reads the whole ledger, and not only what is new.
 * @param options.say Tells the person who waits.
 */
export async function startFromLedger(
  context: WorkContext,
  { whole, say, kept }: { whole: boolean; say: (line: string) => void; kept: Kept },
): Promise<BroughtUp> {
  const { ledger, log } = context
  try {
    if (whole) await ledger.check(await positionIn(context.database))
    const progress = teller(say)
    const onWait = () => say('Waiting for an erasure that another process is at …')
    const brought = await bringUp(context, { progress, onWait })
    const { head, replayed, hasBegun } = brought
    if (hasBegun) for (const line of beginning(ledger.places, kept)) say(line)
    if (replayed > 0) say(`What the erasure ledger tells of was erased again (${replayed} entries).`)
    if (whole) log.info({ places: ledger.places, sequence: head.sequence, replayed }, 'the erasure ledger is in order')
    return brought
  } catch (error) {
    if (error instanceof LedgerFault) throw refusal(error)
    throw error
  }
}

/** A line now and then, while something takes long. */
function teller(say: (line: string) => void) {
  let told = Date.now()
  return (done: number, total: number) => {
    if (Date.now() - told < 2000) return
    told = Date.now()
    say(`Erasing again what the erasure ledger tells of: ${done} of ${total} entries …`)
  }
}

/** In the data folder alone; there, and in the copy that this machine has by default; or where somebody said. */
export type Kept = 'inDataFolder' | 'copied' | 'elsewhere'

const beginning = (places: readonly string[], kept: Kept): string[] => [
  `The erasure ledger begins, in ${places.join(' and ')}.`,
  ...(kept === 'elsewhere' ? [] : [kept === 'copied' ? copied : alone]),
]

const alone =
  'A copy of the whole data folder would bring its old state back along with everything else. Keep it where no backup ' +
  'of the data folder reaches, or there too: LETHE_LEDGER (see the README).'

const copied =
  'The second one is there because a copy of the data folder holds the ledger of then. It goes with this machine: better keep one on ' +
  'another, LETHE_LEDGER (see the README).'

/** Why nothing starts, and what to do. */
function refusal(fault: LedgerFault): StartError {
  return new StartError(`${fault.message}\n${advice[fault.kind]}\n${wayOut}`, { cause: fault })
}

const advice: Readonly<Record<LedgerFaultKind, string>> = {
  missing:
    'Without it nobody knows who was erased since a backup. Put it back, or check LETHE_LEDGER (without: the folder ledger in ' +
    'LETHE_DATA): all processes on one database need the same.',
  stale:
    'An earlier copy of the ledger was put back. Put the newest one there: the ledger is never restored from a backup.',
  forked:
    'Two ledgers were written in parallel, or one was put in the place of another. Find the right one: the database knows which entry comes last.',
  tampered:
    'Put that place back from a copy that is right, and find out who changed it: "lethe ledger verify" tells all that is wrong.',
  foreign:
    'LETHE_LEDGER leads to the ledger of another installation, or the key that signs the audit log (LETHE_AUDIT_KEY, audit.key in ' +
    'LETHE_DATA) is another one.',
  unreachable:
    'Nothing starts before it can be asked: it may know of erasures that this database lacks. Start again when it answers; or, if ' +
    'you know that the other places have all of it, leave this one out of LETHE_LEDGER.',
}

const wayOut = 'If it is lost for good: "lethe ledger rebuild" makes another one of what is left (see the README).'
