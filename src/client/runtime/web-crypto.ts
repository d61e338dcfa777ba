type WebCrypto = typeof globalThis.crypto

/** Web Crypto, which Node.js 18 has in a module only. */
export async function webCrypto(): Promise<WebCrypto> {
  if (globalThis.crypto) return globalThis.crypto
  const name = 'node:crypto' // By a name that isn't looked for elsewhere.
  const { webcrypto } = (await import(name)) as { webcrypto: WebCrypto }
  return webcrypto
}
