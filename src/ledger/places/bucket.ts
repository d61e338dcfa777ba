import { type BucketSettings, connectBucket } from '../../storage/s3.ts'
import { inOrder } from './in-order.ts'
import { fileName, type Place, sequenceOf } from './place.ts'

const entries = 'entries/'

/** Keeps the ledger in a bucket, an object for each entry; the bucket refuses to write one twice (`If-None-Match`). */
export function openLedgerBucket(settings: BucketSettings): Place {
  const { name: Bucket, prefix } = settings
  const keyOf = (sequence: number) => `${prefix}${entries}${fileName(sequence)}`
  let opened: ReturnType<typeof connectBucket> | undefined
  const bucket = () => (opened ??= connectBucket(settings))

  async function read(sequence: number): Promise<string | undefined> {
    const { client, GetObjectCommand, NoSuchKey } = await bucket()
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(sequence) }))
      return await Body?.transformToString('utf8')
    } catch (error) {
      if (!(error instanceof NoSuchKey)) throw error
      return undefined
    }
  }

  async function* numbers(first: number): AsyncGenerator<number> {
    const { client, paginateListObjectsV2 } = await bucket()
    const begin = `${prefix}${entries}`
    const asked = { Bucket, Prefix: begin, ...(first > 1 && { StartAfter: keyOf(first - 1) }) }
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, asked)) {
      for (const { Key = '' } of Contents) {
        const sequence = sequenceOf(Key.slice(begin.length))
        if (sequence !== undefined) yield sequence
      }
    }
  }

  async function last(): Promise<number | undefined> {
    let highest: number | undefined
    for await (const sequence of numbers(1)) highest = sequence
    return highest
  }

  return {
    name: `the bucket s3://${Bucket}/${prefix}`,
    read,
    create: async (sequence, text) => {
      const { client, PutObjectCommand, S3ServiceException } = await bucket()
      const Key = keyOf(sequence)
      try {
        await client.send(
          new PutObjectCommand({ Bucket, Key, Body: text, ContentType: 'application/json', IfNoneMatch: '*' }),
        )
      } catch (error) {
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
        // Somebody was there before us, or is at this moment.
        if (status !== 412 && status !== 409) throw error
        return false
      }
      // A server that knows no condition lets the later one win.
      return (await read(sequence)) === text
    },
    from: (first) => inOrder(numbers(first), read),
    last,
    putAside: async () => {
      const { client, CopyObjectCommand, DeleteObjectCommand } = await bucket()
      const aside = `${prefix}aside-${new Date().toISOString().replaceAll(/[:.]/g, '-')}/`
      const all: number[] = []
      for await (const sequence of numbers(1)) all.push(sequence)
      for (const sequence of all) {
        const CopySource = encodeURI(`${Bucket}/${keyOf(sequence)}`)
        await client.send(new CopyObjectCommand({ Bucket, CopySource, Key: `${aside}${fileName(sequence)}` }))
      }
      for (const sequence of all) await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(sequence) }))
      return all.length === 0 ? undefined : `s3://${Bucket}/${aside}`
    },
    close: async () => (await opened)?.client.destroy(),
  }
}
