import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../config.ts'
import { openDatabase } from '../database/client.ts'
import { openToRead } from '../database/open-to-read.ts'
import { readBrought, readCopies, readVerifiers } from '../modules/audit/verify/kept.ts'
import { reportLines } from '../modules/audit/verify/report.ts'
import { type Verification, verifyLog } from '../modules/audit/verify/verify.ts'
import { auditedModels } from '../modules/audited.ts'
import { modules } from '../modules/index.ts'
import { wantedGuards } from '../modules/security/guards.ts'
import { type Progress, showProgress } from './progress.ts'
import { say } from './store.ts'

type Options = { against: string[]; key: string[]; acceptEpoch?: number[]; json: boolean }

/** `lethe audit` */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('look after the audit log')
    .command('verify')
    .description(
      'recompute the audit log from its rows, while the server runs or not; changes nothing (exit code 2: it is not as it was signed)',
    )
    .option('--against <file...>', 'files of checkpoints that were kept elsewhere, to compare with as well', [])
    .option(
      '--key <key...>',
      'check signatures with these keys (name+id+base64, or files) and not those of the data folder',
      [],
    )
    .option(
      '--accept-epoch <number...>',
      'epochs that began for good reason, such as a restore that you know of',
      epochs,
    )
    .option('--json', 'print what was found as JSON', false)
    .addHelpText('after', examples)
    .action(verify)
}

const epochs = (given: string, others: readonly number[] = []): number[] => {
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new InvalidArgumentError('It must be the number of an epoch, such as 2.')
  return [...others, Number(given)]
}

async function verify({ against, key, acceptEpoch: acceptedEpochs = [], json }: Options) {
  const config = readConfig(process.env)
  const verifiers = await readVerifiers(config, key)
  const outside = [...(await readBrought(against)), ...(await readCopies(config))]
  const { client, url, close } = await openToRead(config, say)
  const database = openDatabase(url, { connections: 1, statementTimeout: config.timeout })
  let progress: Progress | undefined
  try {
    const guards = wantedGuards({ database, audited: auditedModels(modules) })
    const onProgress = (done: number, total: number) => {
      progress ??= showProgress(total)
      progress.update(done, `${done} of ${total} entries`)
    }
    const verification = await verifyLog({ client, verifiers, outside, guards, acceptedEpochs, onProgress })
    progress?.end()
    process.stdout.write(json ? asJson(verification) : `${reportLines(verification, outside.length).join('\n')}\n`)
    if (verification.findings.length > 0) process.exitCode = 2
  } finally {
    await database.$disconnect()
    await close()
  }
}

const asJson = ({ newest, ...verification }: Verification) =>
  `${JSON.stringify(
    {
      ...verification,
      newest: newest && { origin: newest.origin, size: newest.size, root: newest.root.toString('base64') },
    },
    null,
    2,
  )}\n`

const examples = `
Examples:
  lethe audit verify
  lethe audit verify --against checkpoint-of-last-year.txt
  lethe audit verify --accept-epoch 2
  lethe audit verify --key crm.example/audit+1a2b3c4d+AW… --against mailed-checkpoints.txt --json
`
