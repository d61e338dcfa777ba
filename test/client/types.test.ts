import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { typedClient } from '../../src/client/generate.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { modules } from '../../src/modules/index.ts'

const root = join(import.meta.dirname, '..', '..')

/** What a partner's server does with it, and what it can't do. */
const use = `import { createLethe, isLetheError, verifyWebhook, type ConsentState } from './lethe.ts'

const lethe = createLethe({ url: 'https://lethe.example', key: 'sk_test' })
const person = { email: 'a@example.org' }
const choice = { purpose: 'newsletter', notice: { version: 1, language: 'de' } }
const answer = await lethe.giveConsent({ person, purposes: [choice] })
export const states: ConsentState[] = answer.outcomes.map(({ state }) => state)
await lethe.withdrawConsent({ person, purposes: ['newsletter'], idempotencyKey: 'k' })
await lethe.refuseConsent({ person, purposes: [choice] })
await lethe.confirmConsent({ token: 't' })
await lethe.updateOwnFields({ person, fields: [{ key: 'size', value: { text: 'L' } }] })
export const offers: string[] = (await lethe.consentOffers()).map(({ purpose }) => purpose)
export const own: ConsentState[] = (await lethe.ownConsents({ token: 't' })).map(({ state }) => state)
export const wait = (error: unknown) => (isLetheError(error, 'TOO_MANY_ATTEMPTS') ? error.retryAfter : undefined)
export const { id } = await verifyWebhook({ body: '', headers: new Headers(), secret: 'whsec_' })

// @ts-expect-error Somebody has to be named.
await lethe.giveConsent({ purposes: [choice] })
// @ts-expect-error A purpose isn't a text here: its notice stands beside it.
await lethe.giveConsent({ person, purposes: ['newsletter'] })
// @ts-expect-error There is no such code.
export const never = isLetheError(undefined, 'OUT_OF_PAPER')
`

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  noEmit: true,
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
}

const platforms = [
  ['Node.js', { lib: ['es2022'], types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] }],
  ['Deno, Bun and browsers', { lib: ['es2022', 'dom'], types: [] }],
] as const

test.each(platforms)('the client is right in TypeScript at its strictest, with the types of %s', async (_name, its) => {
  const folder = await mkdtemp(join(root, 'test', '.generated', 'client-types-'))
  try {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'lethe.ts'), typedClient(buildSchema(modules), '1.2.3'))
    await writeFile(join(folder, 'use.ts'), use)
    const settings = { compilerOptions: { ...compilerOptions, ...its }, files: ['use.ts'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    const complaints = await promisify(execFile)(tsc, ['-p', folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    )
    expect(complaints).toBe('')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
