import type { Environment } from '../settings.ts'
import { StartError } from '../start-error.ts'
import type { BucketSettings } from './s3.ts'

/** The bucket that files lie in, if the environment names one. */
export function bucketOf(env: Environment): BucketSettings | undefined {
  const { LETHE_S3_BUCKET: name, LETHE_S3_PREFIX: prefix } = env
  return name ? { ...bucketAccess(env, 'LETHE_S3_BUCKET'), name, prefix } : undefined
}

/** How buckets are reached. Throws, if the settings don't say that, though this one needs it. */
export function bucketAccess(env: Environment, setting: string) {
  const { LETHE_S3_ACCESS_KEY: accessKey, LETHE_S3_SECRET_KEY: secretKey } = env
  if (!accessKey || !secretKey) throw new StartError(`${setting} needs LETHE_S3_ACCESS_KEY and LETHE_S3_SECRET_KEY.`)
  return {
    ...{ accessKey, secretKey },
    endpoint: env.LETHE_S3_ENDPOINT,
    region: env.LETHE_S3_REGION,
    ca: env.LETHE_S3_CA,
  }
}
