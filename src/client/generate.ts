import { readFileSync } from 'node:fs'
import type { GraphQLSchema } from 'graphql'
import { errorCodes } from '../graphql/errors.ts'
import { changeKinds } from '../modules/deliveries/changes/kinds.ts'
import { type Operation, operationOf } from './operation.ts'
import { type Shapes, typeTexts } from './types.ts'

/** What the client can do: the part of the API that is for partners. */
const functions = [
  'consentOffers',
  'giveConsent',
  'confirmConsent',
  'withdrawConsent',
  'refuseConsent',
  'updateOwnFields',
  'ownConsents',
] as const

/**
 * A client in TypeScript for servers of partners, as one file that needs nothing else: the types of what it sends and gets,
 * one function for each operation, and the verification of webhooks. Made from the schema, so it fits this server.
 */
export function typedClient(schema: GraphQLSchema, version: string): string {
  const shapes: Shapes = { leaves: new Map(), inputs: new Map(), outputs: new Map() }
  const operations = functions.map((name) => operationOf(schema, name, shapes))
  return [
    header(version),
    runtime(new URL('./runtime/errors.ts', import.meta.url)),
    runtime(new URL('./runtime/web-crypto.ts', import.meta.url)),
    oneOf('ErrorCode', 'The codes of refusals, which are stable. What they mean stands in the README of Lethe.', [
      ...Object.keys(errorCodes),
      'NO_ANSWER',
    ]),
    oneOf('ChangeKind', 'What can become of a legal ground.', changeKinds),
    runtime(new URL('./runtime/transport.ts', import.meta.url)),
    client(operations),
    runtime(new URL('./runtime/webhooks.ts', import.meta.url)),
    ...typeTexts(shapes),
  ].join('\n\n')
}

const header = (
  version: string,
) => `// The client of Lethe ${version} for servers, made from its schema by \`lethe client\`: make it anew rather than edit it.
// For Node.js 18 and later, Deno and Bun. Without dependencies.
//
// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The Lethe authors
/* eslint-disable */
// deno-lint-ignore-file`

/** A file of ours as it goes into the client: what it imports is there already, and what is for the client alone isn't exported. */
const runtime = (file: URL) =>
  readFileSync(file, 'utf8')
    .replaceAll(/^import .*\n/gm, '')
    .replaceAll(/^export (?=(?:async )?function (?:createTransport|webCrypto)\b)/gm, '')
    .trim()

const oneOf = (name: string, description: string, values: readonly string[]) =>
  `/** ${description} */\nexport type ${name} =\n${values.map((value) => `  | '${value}'`).join('\n')}`

const client = (
  operations: readonly Operation[],
) => `/** What a server can ask for. Each throws a LetheError when it is refused or gets no answer. */
export type Lethe = {
${operations.map(({ signature }) => signature).join('\n')}
}

/** A client of the server at \`options.url\`. */
export function createLethe(options: LetheOptions): Lethe {
  const { ask, act } = createTransport(options)
  return {
${operations.map(({ implementation }) => implementation).join('\n')}
  }
}`
