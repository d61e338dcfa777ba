import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import { LegalGround } from '#prisma/client.ts'
import { openPackage } from '../modules/disclosure/import/open.ts'
import { takePackage } from '../modules/disclosure/import/take.ts'
import { say, withStore } from './store.ts'

type Flags = { source: string; ground: LegalGround; groundNote: string; purpose?: string; keys?: string }

/** `lethe import-package` */
export function addImportPackageCommand(program: Command): void {
  program
    .command('import-package <zip>')
    .description(
      'take in what a person brings along from another Lethe (Art. 20 GDPR): themself, how to reach them, custom fields that are here under ' +
        'the same key, orders, appointments and documents. The package is checked first: no file may differ from its manifest.',
    )
    .requiredOption('--source <text>', 'where it came from, such as "Example Ltd, brought by the person"')
    .addOption(
      new Option('--ground <ground>', 'the legal ground to keep it, Art. 6(1) GDPR')
        .choices(Object.values(LegalGround))
        .makeOptionMandatory(),
    )
    .option('--ground-note <text>', 'why that ground holds', '')
    .option('--purpose <key>', 'the purpose in the register that the person gets the ground for')
    .option('--keys <file>', 'the keys of whoever made it (their /.well-known/jwks.json), to check the signature')
    .action(importPackage)
}

async function importPackage(zip: string, { source, ground, groundNote, purpose, keys }: Flags) {
  const opened = await openPackage(zip, keys ? JSON.parse(await readFile(keys, 'utf8')) : undefined)
  try {
    if (!keys) say('Who made it was not checked: give their keys with --keys.')
    const statement = { fileName: basename(zip), source, sourceAt: new Date(), ground, groundNote, purpose }
    const { created, changed, rejected, faults, unknownFields, left, related } = await withStore((context) =>
      takePackage(context, opened, statement),
    )
    for (const { field, message } of faults) say(`${field}: ${message}`)
    if (unknownFields.length > 0) say(`There are no such custom fields here: ${unknownFields.join(', ')}.`)
    for (const [kind, came] of Object.entries(related))
      if (came.created + came.known > 0) say(`${kind}: ${came.created} new, ${came.known} known already.`)
    for (const [kind, count] of Object.entries(left)) say(`Not taken in: ${kind} (${count}).`)
    process.stdout.write(
      rejected > 0 ? 'Rejected.\n' : created > 0 ? 'Created.\n' : changed > 0 ? 'Completed.\n' : 'Known already.\n',
    )
    if (rejected > 0) process.exitCode = 2
  } finally {
    opened.close()
  }
}
