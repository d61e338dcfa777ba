import { readFile } from 'node:fs/promises'
import { StartError } from '../start-error.ts'
import type { Anchor } from './verify.ts'

// What somebody keeps elsewhere: a line that `lethe ledger show` printed, or the certificate of an erasure (JSON, signed or not).

/** Reads what is given: such a line, or files that hold such lines, or a certificate. Throws a StartError for what is neither. */
export async function readAnchors(given: readonly string[]): Promise<Anchor[]> {
  const found = await Promise.all(
    given.map(async (one) => anchorsOf(one, one) ?? anchorsOf(await textOf(one), one) ?? none(one)),
  )
  return found.flat()
}

const none = (source: string): never => {
  throw new StartError(
    `${source} names no entry of an erasure ledger: neither a line of "lethe ledger show" nor a certificate.`,
  )
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new StartError(`${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
  }
}

/** Undefined, if there are none. */
function anchorsOf(text: string, source: string): Anchor[] | undefined {
  const lines = [...text.matchAll(/(?<![\w.])(\d{1,12})[ :]+([0-9a-f]{64})(?![0-9a-f])/g)].map(
    ([, sequence, hash = '']) => ({
      sequence: Number(sequence),
      hash,
    }),
  )
  const found = [...lines, ...positionsIn(jsonOf(text))]
  return found.length === 0 ? undefined : found.map((position) => ({ ...position, source }))
}

function* positionsIn(value: unknown): Generator<{ sequence: number; hash: string }> {
  if (typeof value !== 'object' || value === null) return
  const { sequence, hash, payload } = { sequence: undefined, hash: undefined, payload: undefined, ...value }
  if (typeof sequence === 'number' && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) yield { sequence, hash }
  if (typeof payload === 'string') yield* positionsIn(jsonOf(Buffer.from(payload, 'base64url').toString()))
  for (const inner of Object.values(value)) yield* positionsIn(inner)
}

/** JSON, or what a JWS in its compact form carries. */
function jsonOf(text: string): unknown {
  const [, payload] = /^\s*[\w-]+\.([\w-]+)\.[\w-]+\s*$/.exec(text) ?? []
  try {
    return JSON.parse(payload === undefined ? text : Buffer.from(payload, 'base64url').toString())
  } catch {
    return undefined // Something else, which may hold a line all the same.
  }
}
