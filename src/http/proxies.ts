import { BlockList, isIP, SocketAddress } from 'node:net'

/** Tells the address of whoever sent a request: that of the connection, and what its headers say about `X-Forwarded-For`. */
export type AddressFinder = (connection: string, forwardedFor: string | readonly string[] | undefined) => string

/**
 * Finds where requests come from when some come by way of proxies. Each proxy writes behind the others from whom it got the
 * request, so from the right the first address that is no trusted proxy's is the sender's; what stands left of that, anybody
 * may have written. A header from somebody untrusted counts for nothing, and nor does one that a proxy did not write well.
 *
 * @param trusted Addresses and networks in CIDR notation.
 */
export function createAddressFinder(trusted: readonly string[]): AddressFinder {
  const isTrusted = listOf(trusted)
  return (connection, forwardedFor = []) => {
    const own = normalised(connection) ?? connection
    if (!isTrusted(own)) return own
    let address = own
    for (const entry of [forwardedFor].flat().join(',').split(',').reverse()) {
      const sender = addressIn(entry.trim())
      if (sender === undefined) return own
      address = sender
      if (!isTrusted(address)) break
    }
    return address // If all are ours, the first of them began it.
  }
}

function listOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = familyOf(address)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => isIP(address) > 0 && list.check(address, familyOf(address))
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:4711` have an address in them. */
function addressIn(entry: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(entry) ?? []
  return normalised(bracketed ?? dotted ?? entry)
}

/** One way to write each address; of an IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`), that of IPv4. */
function normalised(address: string): string | undefined {
  if (isIP(address) === 4) return address
  if (isIP(address) !== 6 || address.includes('%')) return undefined
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=.*\.)/, '')
}
