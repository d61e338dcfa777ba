import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Config, dataPath } from '../../../config.ts'
import { isFault, readIfThere } from '../../../files.ts'
import { StartError } from '../../../start-error.ts'
import { parseSigner, parseVerifier, type Verifier, verifierNamed } from '../checkpoint/keys.ts'
import { notesOf, type OutsideNote } from './anchors.ts'

// What is kept outside of the database, and what somebody brings along: keys to check signatures with, and checkpoints.

/**
 * The keys that the log was ever signed with: those in the data folder and in the settings, or else the given ones alone, each
 * a key or a file of keys. Makes none.
 */
export async function readVerifiers(
  config: Pick<Config, 'data' | 'auditKey' | 'auditOrigin'>,
  given: readonly string[],
): Promise<Verifier[]> {
  if (given.length > 0) {
    const texts = await Promise.all(given.map(async (one) => (isKey(one) ? one : readGiven(one))))
    return texts.flatMap((text, at) => verifiersIn(text, given[at] ?? ''))
  }
  const list = dataPath(config, 'audit', 'verifier')
  const kept = verifiersIn((await readIfThere(list)) ?? '', list)
  const signing = config.auditKey ?? (await readIfThere(dataPath(config, 'audit.key')))
  if (signing === undefined && kept.length === 0) {
    throw new StartError(
      `There is no key in ${config.data} to check the audit log with. Choose the data folder with LETHE_DATA, or bring the key ` +
        'along: --key name+id+base64. An installation that never ran has none yet.',
    )
  }
  return signing === undefined
    ? kept
    : [
        ...kept,
        ...verifiersIn(signing, 'The key that signs the audit log').map((own) =>
          verifierNamed(own, config.auditOrigin ?? own.name),
        ),
      ]
}

const isKey = (text: string) => /^\S+\+[0-9a-f]{8}\+\S+$/.test(text)

function verifiersIn(text: string, source: string): Verifier[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => {
    try {
      return line.startsWith('PRIVATE+KEY+') ? parseSigner(line) : parseVerifier(line)
    } catch (cause) {
      throw new StartError(
        `${source} holds no key of the form name+id+base64, or one whose id isn't that of its name and key.`,
        { cause },
      )
    }
  })
}

/** The copies of checkpoints in the data folder: the latest, and those of each day; of long ago, the last of each day. */
export async function readCopies(config: Pick<Config, 'data'>): Promise<OutsideNote[]> {
  const latest = dataPath(config, 'audit', 'latest')
  const history = dataPath(config, 'audit', 'history')
  const copies = await copiesIn(latest)
  const days = await readdir(history).catch((error: unknown) => {
    if (isFault(error, 'ENOENT')) return []
    throw error
  })
  const long = new Date(Date.now() - 31 * 86_400_000).toISOString()
  for (const day of days.toSorted()) {
    const ofDay = await copiesIn(join(history, day))
    copies.push(...(day < long ? ofDay.slice(-1) : ofDay))
  }
  return copies
}

async function copiesIn(path: string): Promise<OutsideNote[]> {
  const notes = notesOf((await readIfThere(path)) ?? '').filter(isWhole)
  return notes.map((note) => ({ note, source: path, isBrought: false }))
}

/** Not so where a process died while it wrote: the next one went on in the same line. */
const isWhole = (note: string) => !note.startsWith('— ') && /^— \S+ [A-Za-z0-9+/]{91}=$/m.test(note)

/** Checkpoints that somebody brought along, any number in each file. */
export async function readBrought(paths: readonly string[]): Promise<OutsideNote[]> {
  const files = await Promise.all(paths.map(async (path) => ({ path, notes: notesOf(await readGiven(path)) })))
  return files.flatMap(({ path, notes }) => {
    if (notes.length === 0) throw new StartError(`${path} holds no checkpoint.`)
    return notes.map((note) => ({ note, source: path, isBrought: true }))
  })
}

// Notes of a few hundred bytes: that many are of no use, and no text is as long as what some disks hold.
const largest = 100 * 2 ** 20

/** As an editor or a mail program may have left it: with a mark at its beginning, and without an end of its last line. */
async function readGiven(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > largest) throw new StartError(`${path} is too large: more than ${largest / 2 ** 20} MiB. Split it.`)
    return `${(await readFile(path, 'utf8')).replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')}\n`
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    throw new StartError(`${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
  }
}
