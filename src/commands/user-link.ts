import type { Command } from 'commander'
import { linkFor } from '../modules/identity/links/invite.ts'
import { withStore } from './store.ts'

/** `lethe user link` */
export function addUserLinkCommand(user: Command): void {
  user
    .command('link <email>')
    .description('print a link by which a user chooses a password, once; links of before are worth nothing any more')
    .action(async (email: string) => {
      await withStore(async (context) => {
        const { url, expiresAt } = await linkFor(context, email)
        process.stdout.write(`${url}\n`)
        process.stderr.write(`It works until ${expiresAt.toISOString()}. Hand it over on a safe way.\n`)
      })
    })
}
