import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Config, dataPath } from '../../../config.ts'
import { createFile, makeFolder, readIfThere, replaceFile } from '../../../files.ts'
import { StartError } from '../../../start-error.ts'
import { nameOf } from './epochs.ts'
import { generateSigner, parseSigner, printVerifier, renamed, type Signer } from './keys.ts'

/** What the audit log is signed with. `isNameChosen`: somebody wants this name, by LETHE_AUDIT_ORIGIN. */
export type AuditSigner = Signer & { isNameChosen: boolean }

/**
 * What the audit log is signed with: LETHE_AUDIT_KEY, or a key made at the first start and kept in the data folder, for the
 * owner's eyes only. Beside the checkpoints it leaves what others need to check them.
 *
 * @param admit Asked before anything is written, whether this is what the log is to be signed with; throws if not.
 */
export async function auditSigner(
  config: Pick<Config, 'data' | 'auditKey' | 'auditOrigin'>,
  admit: (signer: AuditSigner) => Promise<unknown> = async () => undefined,
): Promise<AuditSigner> {
  const as = (key: Signer) => ({ ...named(key, config.auditOrigin), isNameChosen: config.auditOrigin !== undefined })
  const key = config.auditKey
    ? parsed(config.auditKey, 'LETHE_AUDIT_KEY')
    : await keptKey(dataPath(config, 'audit.key'), (made) => admit(as(made)))
  const signer = as(key)
  await admit(signer)
  await makeFolder(dataPath(config, 'audit'))
  await keepVerifier(dataPath(config, 'audit', 'verifier'), signer)
  return signer
}

async function keptKey(path: string, admit: (made: Signer) => Promise<unknown>): Promise<Signer> {
  const known = await readIfThere(path)
  if (known === undefined) {
    const made = generateSigner(`lethe-${randomBytes(4).toString('hex')}/audit`)
    await admit(parseSigner(made))
    await makeFolder(dirname(path))
    await createFile(path, `${made}\n`, 0o600)
  }
  // Windows has no such modes.
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    throw new StartError(
      `The file ${path}, which signs the audit log, is open to others. Close it: chmod 600 '${path}'. If somebody may have ` +
        'read it, they can sign checkpoints in our name: take a new key, under another name (LETHE_AUDIT_ORIGIN).',
    )
  }
  return parsed(known ?? (await readIfThere(path)) ?? '', `The file ${path}`)
}

function parsed(text: string, source: string): Signer {
  try {
    return parseSigner(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(`${source}, which signs the audit log, is not usable: ${reason}.`, { cause })
  }
}

function named(signer: Signer, name: string | undefined): Signer {
  if (name === undefined) return signer
  if (nameOf(name) === name) return renamed(signer, name)
  throw new StartError('LETHE_AUDIT_ORIGIN must not end like an epoch: those are counted by themselves.')
}

/** The former ones stay, below: they check what was signed with former keys, or under former names. */
async function keepVerifier(path: string, signer: Signer) {
  const own = printVerifier(signer)
  const known = ((await readIfThere(path)) ?? '').split('\n').filter((line) => line !== '')
  if (known[0] === own) return
  await replaceFile(path, `${[own, ...known.filter((line) => line !== own)].join('\n')}\n`, 0o644)
}
