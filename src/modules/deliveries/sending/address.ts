import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

// Looks public, and is the machine's own keeper in Azure.
const keepers = ['168.63.129.16']

/** Whether an address is on the public internet: not of this machine, its network, or anything else set apart. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const found = ipaddr.process(address) // An IPv4 address within an IPv6 one counts as what it is.
  if (found.range() !== 'unicast' || keepers.includes(found.toString())) return false
  // Of IPv6, what is routed in public lies in 2000::/3 (RFC 4291, 2.4; IANA).
  return found.kind() === 'ipv4' || found.match(ipaddr.IPv6.parse('2000::'), 3)
}

/** The address in the host of a URL, if it is one. */
export const addressIn = (hostname: string): string | undefined => {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) ? bare : undefined
}

/** The host is, or leads to, an address that webhooks may not be at. */
export class PrivateAddress extends Error {
  readonly code = 'PRIVATE_ADDRESS'
}

/**
 * Finds the addresses of a host for one connection, and lets it go only where webhooks may be: what is asked about here is what is
 * connected to, so a name can't lead elsewhere a moment later.
 */
export const pinnedLookup =
  (allowPrivate: boolean): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }).then(
      (found) => {
        const allowed = allowPrivate ? found : found.filter(({ address }) => isPublic(address))
        const [first] = allowed
        if (!first) done(new PrivateAddress('the host has no public address'), '', 0)
        else if (options.all) done(null, allowed)
        else done(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => done(error, '', 0),
    )
  }
