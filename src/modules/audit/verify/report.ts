import type { Epoch } from './finding.ts'
import type { Verification } from './verify.ts'

/** What a verification says, in sentences, a line each. */
export function reportLines(verification: Verification, outside: number): string[] {
  const { findings, omitted, epochs, waiting, waitingSince } = verification
  const lines = findings.map(({ text }) => text)
  if (omitted > 0) lines.push(`${omitted} more of the same kinds are not listed.`)
  lines.push(...epochs.map(epochLine))
  lines.push(conclusion(verification))
  if (waiting > 0) lines.push(`${count(waiting, 'entry', 'entries')} not in the tree yet.`)
  if (waitingSince) {
    lines.push(
      `They have waited since ${waitingSince}: no process of Lethe runs, or the log of the one that does says what is wrong.`,
    )
  }
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
function epochLine({ epoch, leaves, entryId, time, lost, older, accepted }: Epoch): string {
  const told = [
    ...(lost ? [`A checkpoint of ${lost.size} leaves of before (${lost.origin}) is known.`] : []),
    ...(older ? [`${count(older.entries, 'entry', 'entries')} of before got their leaves in it.`] : []),
    ...(accepted ? ['It was accepted.'] : []),
  ]
  return `Epoch ${epoch} began${time ? ` on ${time}` : ''} after ${leaves} leaves; the entry ${entryId ?? ''} says why.${told.map((sentence) => ` ${sentence}`).join('')}`
}

const count = (number: number, one: string, more: string) => `${number} ${number === 1 ? one : more}`
