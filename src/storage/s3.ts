import { Agent } from 'node:https'
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { checkedKey, MissingFile, type Storage, storagePatience } from './storage.ts'

/** A bucket of S3, or of a server that speaks its protocol. */
export type BucketSettings = {
  /** Such as `https://s3.example`; without one, Amazon’s of the region. */
  endpoint: string | undefined
  region: string
  name: string
  /** In front of all keys; empty, or ending in a slash. */
  prefix: string
  accessKey: string
  secretKey: string
  /** A certificate authority to trust in place of the usual ones, as PEM. */
  ca: string | undefined
}

// A file is sent in parts, of which so many bytes are in memory at a time, and twice.
const partSize = 8 * 1024 * 1024

/** A storage in a bucket. Nothing of it is loaded until it is used. */
export function openBucket(settings: BucketSettings): Storage {
  const { name: Bucket, prefix } = settings
  const placeOf = (key: string) => ({ Bucket, Key: prefix + checkedKey(key) })
  let opened: ReturnType<typeof connectBucket> | undefined
  const bucket = () => (opened ??= connectBucket(settings))
  return {
    async put(key, content) {
      const { client, Upload } = await bucket()
      const Body = Readable.from(content, { objectMode: false })
      try {
        await new Upload({ client, params: { ...placeOf(key), Body }, partSize, queueSize: 2 }).done()
      } finally {
        Body.destroy()
      }
    },
    async *open(key) {
      const { client, GetObjectCommand, NoSuchKey } = await bucket()
      try {
        const { Body } = await client.send(new GetObjectCommand(placeOf(key)))
        if (!(Body instanceof Readable)) throw new Error(`The bucket gave nothing to read for ${key}.`)
        yield* Body as AsyncIterable<Uint8Array>
      } catch (error) {
        throw error instanceof NoSuchKey ? new MissingFile(key, error) : error
      }
    },
    async remove(key) {
      const { client, DeleteObjectCommand } = await bucket()
      await client.send(new DeleteObjectCommand(placeOf(key)))
    },
    async *list(begin) {
      const { client, paginateListObjectsV2 } = await bucket()
      for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix + begin })) {
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          if (Key && LastModified) yield { key: Key.slice(prefix.length), size: Size ?? 0, modifiedAt: LastModified }
        }
      }
    },
    async sweep(before) {
      const { client, AbortMultipartUploadCommand, ListMultipartUploadsCommand } = await bucket()
      let after: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}
      while (after) {
        const page: Uploads = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix, ...after }))
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (!Key || !UploadId || !Initiated || Initiated >= before) continue
          await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
        }
        const { NextKeyMarker, NextUploadIdMarker } = page
        after =
          page.IsTruncated && NextKeyMarker && NextUploadIdMarker
            ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
            : undefined
      }
    },
    async check() {
      const { client, HeadBucketCommand } = await bucket()
      await client.send(new HeadBucketCommand({ Bucket }), { abortSignal: AbortSignal.timeout(storagePatience) })
    },
  }
}

type Uploads = import('@aws-sdk/client-s3').ListMultipartUploadsCommandOutput

type BucketClient = typeof import('@aws-sdk/client-s3') &
  Pick<typeof import('@aws-sdk/lib-storage'), 'Upload'> & { client: S3Client }

/** A client of a bucket, with the libraries; installations without a bucket don't load them. */
export async function connectBucket({
  endpoint,
  region,
  accessKey,
  secretKey,
  ca,
}: BucketSettings): Promise<BucketClient> {
  const [library, { Upload }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')])
  const client: S3Client = new library.S3Client({
    region,
    ...(endpoint && { endpoint, forcePathStyle: true }),
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    // What is sealed proves itself, and not every server knows the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      httpsAgent: new Agent({ keepAlive: true, minVersion: 'TLSv1.2', ...(ca && { ca }) }),
      connectionTimeout: 10_000,
      socketTimeout: 60_000,
    },
  })
  return { ...library, client, Upload }
}
