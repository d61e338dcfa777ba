import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import package_ from '../../package.json' with { type: 'json' }
import { typedClient } from '../client/generate.ts'
import { buildSchema } from '../graphql/schema.ts'
import { modules } from '../modules/index.ts'

/** `lethe client` */
export function addClientCommand(program: Command): void {
  program
    .command('client')
    .description('print a client in TypeScript for servers of partners, made from the schema')
    .option('--out <file>', 'write it to a file instead')
    .action(async ({ out }: { out?: string }) => {
      const text = typedClient(buildSchema(modules), package_.version)
      if (out) await writeFile(out, text)
      else process.stdout.write(text)
    })
}
