import type { Prisma } from '#prisma/client.ts'
import type { WorkContext } from '../graphql/context.ts'
import { notFound } from '../graphql/errors.ts'
import { writeEntries } from '../modules/audit/write.ts'
import { raiseEvents } from '../modules/automation/raise.ts'
import { isBound, seenAmong } from '../modules/contacts/sight.ts'
import type { DescribeRow } from './audited.ts'
import { insertions } from './bulk.ts'
import { type Change, created, removed, updated } from './changes.ts'
import { primaryKey, relationsOf } from './models.ts'
import type { Outbox, Sent } from './outbox.ts'

/** The client inside a unit of work. Its writes on audited models are logged by themselves. */
export type Transaction = Prisma.TransactionClient & Beyond

type Row = Record<string, unknown>

/** Notes what one unit of work changes, for the log. */
export class Recorder {
  readonly context: WorkContext
  readonly operation: string
  changes: Change[] = []
  /** The ids of the entries. */
  readonly written: string[] = []
  /** Contacts that are being erased: what happens to their rows is told by whoever erases them, and without values. */
  private readonly erasing: ReadonlySet<string>
  private client: Prisma.TransactionClient | undefined
  private outbox: Outbox | undefined
  private readonly admitted = new Set<string>()
  private readonly made = new Set<string>()
  private latest: Promise<unknown> = Promise.resolve()
  private readonly keysMade: Promise<void>[] = []

  constructor(context: WorkContext, operation: string, erasing: readonly string[] = []) {
    this.context = context
    this.operation = operation
    this.erasing = new Set(erasing)
  }

  /** Whether a write is about contacts alone that are being erased: then nobody has to know the rows. */
  erases(model: string, where: unknown): boolean {
    if (this.erasing.size === 0 || typeof where !== 'object' || where === null) return false
    const wanted: unknown = Reflect.get(where, model === 'Contact' ? 'id' : 'contactId')
    const ids = typeof wanted === 'string' ? [wanted] : listIn(wanted)
    return ids?.every((id) => this.erasing.has(id)) ?? false
  }

  /** The transaction that is being recorded. */
  get transaction(): Prisma.TransactionClient {
    if (!this.client) throw new Error('the transaction has not begun')
    return this.client
  }

  /** Begins to record a transaction. Returns what is to be used instead of its client. */
  begin(client: Prisma.TransactionClient, outbox: Outbox): Transaction {
    this.client = client
    this.outbox = outbox
    return recorded(client, this)
  }

  /** Sends a statement with the next one that somebody waits for: `write` tells if it failed. */
  later(statement: Sent) {
    if (!this.outbox) throw new Error('the transaction has not begun')
    this.outbox.write(statement)
  }

  /** Reads rows past Prisma, and sees all that was written. */
  read = (text: string, values: unknown[]): Promise<unknown[]> => {
    if (!this.outbox) throw new Error('the transaction has not begun')
    return this.outbox.read(text, values)
  }

  /** Sends what is read at once in one packet. */
  together = <T>(send: () => T): T => {
    if (!this.outbox) throw new Error('the transaction has not begun')
    return this.outbox.together(send)
  }

  /** Whether a contact was made here. */
  isNew = (contactId: string): boolean => this.made.has(contactId)

  /** Why the unit of work failed, which may have been an insertion that nobody waited for. */
  reasonOf = async (error: unknown): Promise<unknown> => (this.outbox ? this.outbox.reasonOf(error) : error)

  /** One write after the other, so that each finds the values that the one before it left. */
  inTurn<T>(write: () => Promise<T>): Promise<T> {
    const result = this.latest.then(write, write)
    this.latest = result
    return result
  }

  /** Refuses a change about a contact that the caller doesn't see, as if there were none. */
  async admit(rows: readonly Row[], describe: DescribeRow) {
    if (!isBound(this.context)) return
    const ids = rows.flatMap((row) => describe(row).contactId ?? []).filter((id) => !this.admitted.has(id))
    const seen = await seenAmong(this.transaction, this.context, ids)
    if (ids.some((id) => !seen.has(id))) throw notFound('Contact')
    this.own(ids)
  }

  /** What was made or seen here may be changed further, whatever becomes of its basis meanwhile. */
  own(contactIds: readonly string[]) {
    for (const id of contactIds) this.admitted.add(id)
  }

  /** Contacts are made. Their keys are made meanwhile, and are there before the contacts are. */
  make(contactIds: readonly string[]) {
    for (const id of contactIds) this.made.add(id)
    const made = this.context.keys.create(contactIds)
    made.catch(() => undefined) // Told by write(), unless something else fails first.
    this.keysMade.push(made)
  }

  /** Writes the entries of what changed since the last time. */
  async write(tx: Transaction) {
    await Promise.all(this.keysMade)
    const changes = this.changes.filter(({ entity: { contactId } }) => !contactId || !this.erasing.has(contactId))
    this.changes = []
    const entries = changes.map(({ action, entity: { values: _, ...entity }, changes }) => ({
      ...entity,
      action,
      operation: this.operation,
      changes,
    }))
    // When an erasure is repeated, others of whom it tells may have been erased since.
    const written = await writeEntries(tx, this.context, entries, {
      evenOfErased: this.erasing.size > 0,
      isNew: (contactId) => this.written.length === 0 && this.isNew(contactId),
    })
    this.written.push(...written)
    // Those about contacts come first, in their order.
    const about = entries.flatMap(({ contactId, ...entry }) => (contactId ? [{ ...entry, contactId }] : []))
    await raiseEvents(
      tx,
      this.context,
      about.map((entry, index) => ({ ...entry, id: written[index] ?? '' })),
    )
    await this.outbox?.settle()
  }
}

/** What a unit of work can do beyond Prisma's client. */
type Beyond = {
  /** Notes what a change means for somebody besides, of whom no row tells that changed. */
  $tell: (change: Change | undefined) => void
  /** What is done to something as a whole is done to these contacts' part in it, too, whether or not the caller sees them. */
  $include: (contactIds: Iterable<string>) => void
  /** Whether a contact was made in this unit of work, so that nobody else can have anything of it. */
  $isNew: (contactId: string) => boolean
  /** Sends a statement with the next one that somebody waits for; for what isn't logged, and nobody needs the answer of. */
  $later: (statement: Prisma.Sql) => void
  /** Rows as PostgreSQL gives them, by a prepared statement and past Prisma; by `rowsIn` (rows-in.ts). */
  $rows: <Row>(statement: Prisma.Sql) => Promise<Row[]>
  /** All that this reads by `$rows` before it returns goes out in one packet, and is done in its order. */
  $together: <T>(send: () => T) => T
}

/** Prisma's client inside a transaction with a recorder in it: what it writes to audited models is noted with before and after. */
export function recorded(client: Prisma.TransactionClient, recorder: Recorder): Transaction {
  const beyond: Beyond = {
    $tell: (change) => {
      if (change) recorder.changes.push(change)
    },
    $include: (contactIds) => recorder.own([...contactIds]),
    $isNew: (contactId) => recorder.isNew(contactId),
    $later: ({ text, values }) => recorder.later({ text, values }),
    $together: recorder.together,
    $rows: async <Row>({ text, values }: Prisma.Sql) => (await recorder.read(text, values)) as Row[], // What the statement says.
  }
  const models = new Map<PropertyKey, object>()
  const proxy: unknown = new Proxy(client, {
    has: (target, name) => Object.hasOwn(beyond, name) || Reflect.has(target, name),
    get(target, name) {
      if (Object.hasOwn(beyond, name)) return Reflect.get(beyond, name)
      const found: unknown = Reflect.get(target, name)
      if (typeof name === 'symbol' || name.startsWith('$') || !isRows(found)) return found
      const known = models.get(name) ?? recordedModel(found, name.charAt(0).toUpperCase() + name.slice(1), recorder)
      models.set(name, known)
      return known
    },
  })
  return proxy as Transaction // The same, and beyond.
}

/** A model's operations, its writes recorded. */
function recordedModel(rows: Rows, model: string, recorder: Recorder): object {
  const describe = recorder.context.audited.get(model)
  return new Proxy(rows, {
    get(target, operation) {
      const found: unknown = Reflect.get(target, operation)
      if (typeof operation === 'symbol' || !isOperation(found) || !isWrite(operation)) return found
      return async (args: object = {}) => {
        const run = async () => (operation === 'createMany' ? insertMany(recorder, model, args) : found(args))
        if (!describe) return run()
        refuseNestedWrites(model, args)
        return recorder.inTurn(() => record(recorder, model, describe, operation, args, run))
      }
    },
  })
}

const isOperation = (value: unknown): value is (args: object) => unknown => typeof value === 'function'

async function record<T>(
  recorder: Recorder,
  model: string,
  describe: DescribeRow,
  operation: string,
  args: object,
  run: () => Promise<T>,
): Promise<T> {
  const rows = rowsOf(recorder.transaction, model)
  const where = 'where' in args ? args.where : {}
  if (/^(update|delete)/.test(operation) && recorder.erases(model, where)) return run()
  const affected = async () => {
    if (operation.endsWith('Many')) return rows.findMany({ where })
    const row = await rows.findUnique({ where })
    return row ? [row] : []
  }
  if ('limit' in args) throw new Error(`${model}.${operation} with a limit can't be logged: name the rows`)
  switch (operation) {
    case 'create':
    case 'createMany': {
      const made = dataOf(args)
      if (model === 'Contact') {
        const ids = made.map((row) => describe(row).entityId)
        recorder.own(ids)
        recorder.make(ids)
      }
      await recorder.admit(made, describe)
      const result = await run()
      for (const row of made) recorder.changes.push(created(describe(row)))
      return result
    }
    case 'update':
    case 'updateMany': {
      const before = await affected()
      await recorder.admit(before, describe)
      const result = await run()
      const keys = before.map((row) => primaryKey(model, row))
      const after = keys.length > 0 ? await rows.findMany({ where: { OR: keys } }) : []
      const byKey = new Map(after.map((row) => [JSON.stringify(primaryKey(model, row)), row]))
      for (const row of before) {
        const next = byKey.get(JSON.stringify(primaryKey(model, row)))
        const change = next && updated(describe(row), describe(next))
        if (change) recorder.changes.push(change)
      }
      return result
    }
    case 'delete':
    case 'deleteMany': {
      const before = await affected()
      await recorder.admit(before, describe)
      const result = await run()
      recorder.changes.push(...before.map((row) => removed(describe(row))))
      return result
    }
    default:
      throw new Error(
        `${model}.${operation} can't be logged: use create, createMany, update, updateMany, delete or deleteMany`,
      )
  }
}

async function insertMany(recorder: Recorder, model: string, args: object) {
  if (Object.keys(args).join() !== 'data') throw new Error(`${model}.createMany takes data only`)
  const rows = dataOf(args)
  for (const statement of insertions(recorder.context.database, model, rows)) recorder.later(statement)
  return { count: rows.length }
}

const listIn = (wanted: unknown): string[] | undefined => {
  const ids: unknown = typeof wanted === 'object' && wanted !== null ? Reflect.get(wanted, 'in') : undefined
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? ids : undefined
}

const dataOf = (args: object): Row[] => ('data' in args ? [args.data].flat().map((row) => ({ ...(row as Row) })) : [])

const isWrite = (operation: string) => !/^(find|count|aggregate|groupBy)/.test(operation)

// Prisma shows only the outermost call to extensions, so a nested write would go unseen.
function refuseNestedWrites(model: string, args: object) {
  const relations = relationsOf(model)
  for (const row of dataOf(args)) {
    const nested = relations.find((relation) => Object.hasOwn(row, relation))
    if (nested) throw new Error(`${model}.${nested} is written through its own model, so that it is logged`)
  }
}

type Rows = {
  findMany: (args: { where: unknown }) => Promise<Row[]>
  findUnique: (args: { where: unknown }) => Promise<Row | null>
}

// Prisma types no access to a model by a name known only at run time.
function rowsOf(tx: object, model: string): Rows {
  const delegate: unknown = Reflect.get(tx, model.charAt(0).toLowerCase() + model.slice(1))
  if (!isRows(delegate)) throw new Error(`there is no model ${model}`)
  return delegate
}

const isRows = (value: unknown): value is Rows => typeof value === 'object' && value !== null && 'findMany' in value
