import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'

const file = join(import.meta.dirname, '..', 'http', 'metrics', 'dashboard.json')

/** `lethe dashboard` */
export function addDashboardCommand(program: Command): void {
  program
    .command('dashboard')
    .description('print a dashboard for Grafana, on what Prometheus reads at /metrics')
    .option('--out <file>', 'write it to a file instead')
    .action(async ({ out }: { out?: string }) => {
      const text = await readFile(file, 'utf8')
      if (out) await writeFile(out, text)
      else process.stdout.write(text)
    })
}
