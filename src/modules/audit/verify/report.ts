import type { Epoch } from './finding.ts'
import type { Verification } from './verify.ts'

/** What a verification says, in sentences, a line each. */
export function reportLines(verification: Verification, outside: number): string[] {
  const { findings, omitted, epochs, waiting } = verification
  const lines = findings.map(({ text }) => text)
  if (omitted > 0) lines.push(`${omitted} more of the same kinds are not listed.`)
  lines.push(...epochs.map(epochLine))
  lines.push(conclusion(verification))
  if (waiting > 0) lines.push(`${count(waiting, 'entry', 'entries')} too new to be in the tree.`)
  lines.push(
    outside > 0
      ? `It was compared with ${outside === 1 ? 'one checkpoint' : `${outside} checkpoints`} kept outside of the database.`
      : 'No checkpoint from outside of the database was there to compare with: that nothing was cut off at the end is not proven.',
  )
  return lines
}

function conclusion({ findings, omitted, leaves, checkpoints, newest }: Verification): string {
  const what = `${count(leaves, 'entry', 'entries')} under ${count(checkpoints, 'checkpoint', 'checkpoints')}`
  const last = newest
    ? `, the newest of ${newest.size} leaves (${newest.origin}, ${newest.root.toString('base64')})`
    : ''
  return findings.length === 0
    ? `The audit log is as it was signed: ${what}${last}.`
    : `The audit log is NOT as it was signed: ${count(findings.length + omitted, 'finding', 'findings')} in ${what}${last}.`
}

/** What everybody should know who reads the log: it isn't all in one. */
function epochLine({ epoch, leaves, entryId, time, lost }: Epoch): string {
  const gap = lost
    ? ` What came after it then is lost: a checkpoint of ${lost.size} leaves (${lost.origin}) is known.`
    : ''
  return `Epoch ${epoch} began${time ? ` on ${time}` : ''} after ${leaves} leaves; the entry ${entryId ?? ''} says why.${gap}`
}

const count = (number: number, one: string, more: string) => `${number} ${number === 1 ? one : more}`
