import type { Anchor } from './anchors.ts'
import type { EpochStart } from './checkpoints.ts'
import type { Finding } from './finding.ts'
import { capitalised, entryText, factsOf, leavesText, millisecondsOf } from './names.ts'
import type { StoredLeaf } from './rows.ts'

// What clocks that differ and transactions that take long may account for.
const minutes = 10
const tolerance = minutes * 60_000

type Add = (finding: Finding) => void
type Moment = { at: number; time: string; index: number }
type Run = { leaf: StoredLeaf; last: number; before: Moment }

/**
 * Finds times that can't be: entries that got into the tree long after others which say that they are later, or whose ids
 * are of another time; and checkpoints that say they were signed before what they cover. Signed is the order of the entries;
 * of their times, only that they weren't changed since.
 */
export class Times {
  private readonly starts: ReadonlySet<number>
  private readonly now: string
  private readonly add: Add
  /** The latest entry so far: about contacts, and about others, since whoever looks through all takes one after the other. */
  private readonly latest = new Map<boolean, Moment>()
  private run: Run | undefined
  private anchors: Anchor[] = []
  private signed: { at: number; time: string; size: number } | undefined

  constructor(starts: readonly EpochStart[], now: string, add: Add) {
    this.starts = new Set(starts.map(({ leafIndex }) => leafIndex))
    this.now = now
    this.add = add
  }

  /** Takes signed checkpoints, by their size, before the leaves below. */
  expect(anchors: readonly Anchor[]): void {
    this.anchors.push(...anchors.filter(({ isStored, size }) => isStored && size > 0))
  }

  /** Takes the next leaf. What isn't as it was signed is told elsewhere. */
  leaf(leaf: StoredLeaf): void {
    const { entry, index, hash, computed } = leaf
    const at = Date.parse(entry?.recordedAt ?? '')
    if (entry && computed === hash && !Number.isNaN(at)) {
      const isAboutContact = entry.contactId !== null
      const latest = this.latest.get(isAboutContact)
      if (latest && at < latest.at - tolerance) this.tooEarly(leaf, latest)
      // Entries of before an epoch may come in after the one that it begins with.
      else if (!this.starts.has(index) && !(latest && at < latest.at)) {
        this.latest.set(isAboutContact, { at, time: entry.recordedAt, index })
      }
      const made = millisecondsOf(entry.id)
      if (Math.abs(made - at) > tolerance) this.otherId(leaf, new Date(made).toISOString())
    }
    while (this.anchors[0] && this.anchors[0].size <= index + 1) this.checkpoint(this.anchors.shift())
  }

  /** Takes no more. */
  finish(): void {
    if (!this.run) return
    const { leaf, last, before } = this.run
    this.run = undefined
    if (!leaf.entry) return
    const facts = factsOf(leaf.entry)
    const which =
      leaf.index === last ? entryText(facts) : `the first of the entries with ${leavesText(leaf.index, last)}`
    const text =
      `${capitalised(which)} has leaf ${leaf.index} and says ${facts.time}, more than ${minutes} minutes before leaf ` +
      `${before.index} (${before.time}): it was put in later as of then, or the clock of the database was set back.`
    this.add({
      kind: 'timeOff',
      text,
      ...facts,
      leafIndex: leaf.index,
      ...(last > leaf.index && { lastLeafIndex: last }),
    })
  }

  private tooEarly(leaf: StoredLeaf, before: Moment) {
    if (this.run?.last === leaf.index - 1) this.run.last = leaf.index
    else {
      this.finish()
      this.run = { leaf, last: leaf.index, before }
    }
  }

  private otherId({ entry, index }: StoredLeaf, made: string) {
    if (!entry) return
    const facts = factsOf(entry)
    const text = `${capitalised(entryText(facts))} has an id of ${made}, by which lists show it: it was put in past the product, or clocks differ.`
    this.add({ kind: 'timeOff', text, ...facts, leafIndex: index })
  }

  private checkpoint(anchor: Anchor | undefined) {
    const { signedAt: time = '', size = 0, origin = '' } = anchor ?? {}
    const at = Date.parse(time)
    if (Number.isNaN(at)) return
    if (at > Date.parse(this.now) + tolerance) {
      const text = `The checkpoint of ${size} leaves (${origin}) is said to be signed at ${time}, and now it is ${this.now}.`
      this.add({ kind: 'timeOff', text, before: { origin, size } })
    }
    const entry = [...this.latest.values()].reduce<Moment | undefined>(later, undefined)
    const [what, than] =
      this.signed && (!entry || this.signed.at >= entry.at)
        ? [`that of ${this.signed.size} leaves`, this.signed]
        : [`the entry with leaf ${entry?.index}`, entry]
    if (than && at < than.at - tolerance) {
      const text =
        `The checkpoint of ${size} leaves (${origin}) is said to be signed at ${time}, more than ${minutes} minutes before ` +
        `${what} (${than.time}): the time of one was changed, or the clock of the database was set back.`
      this.add({ kind: 'timeOff', text, before: { origin, size } })
    }
    if (!this.signed || at > this.signed.at) this.signed = { at, time, size }
  }
}

const later = (one: Moment | undefined, other: Moment) => (one && one.at > other.at ? one : other)
