import type { IncomingMessage } from 'node:http'

/** What proxies say of themselves, or of those for whom they ask. */
const proxyHeader =
  /^(forwarded(-for)?|via|cdn-loop|x-(forwarded|original|envoy|amzn)\b.*|(.+-)?ip)$/

/** Browsers send some twenty. */
const maxHeaders = 100

/**
 * Why a request is not certain to come from this machine, or undefined when it is. Its address alone
 * would not do: a page from anywhere, or a proxy on this machine, may send requests from here too.
 * Nor would the Origin: a name that leads here for a moment (DNS rebinding) is the same in Host.
 */
export function strangerFault(request: IncomingMessage): string | undefined {
  const { headers, rawHeaders, socket } = request
  // Node drops those behind the thousandth without a word, and what they say with them.
  if (rawHeaders.length > 2 * maxHeaders) return told('it has more headers than any client sends')
  const forwarded = Object.keys(headers).find((name) => proxyHeader.test(name))
  if (forwarded !== undefined) return told(`it was forwarded (${forwarded})`)
  if (!isLoopbackAddress(socket.remoteAddress)) return told('it comes from another one')
  if (!isLoopbackHost(headers.host)) return told('its Host is not a name of this machine')
  const { origin } = headers
  if (origin === undefined) return undefined
  const match = /^https?:\/\/([^/]+)$/i.exec(origin)
  return isLoopbackHost(match?.[1]) ? undefined : told('its Origin is not this machine')
}

function told(fault: string): string {
  return `Without policies the gateway serves its own machine only, and this request is refused: ${fault}`
}

function isLoopbackAddress(address: string | undefined): boolean {
  return /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(address ?? '')
}

/** A host as in a header, with or without a port. */
function isLoopbackHost(host: string | undefined): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host ?? '')
}
