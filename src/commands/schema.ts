import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { buildSchema, printedSchema } from '../graphql/schema.ts'
import { modules } from '../modules/index.ts'

/** `lethe schema` */
export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the GraphQL schema with the right that each field needs')
    .option('--out <file>', 'write it to a file instead')
    .action(async ({ out }: { out?: string }) => {
      const text = printedSchema(buildSchema(modules))
      if (out) await writeFile(out, text)
      else process.stdout.write(text)
    })
}
