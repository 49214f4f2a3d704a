/**
 * As much of RFC 6455 as a client needs that trusts its server: text frames both ways, neither
 * fragmented nor compressed.
 */

/** Text frames as a client sends them, all in one buffer; `mask` has four bytes. */
export function maskedFrames(texts: readonly string[], mask: Uint8Array): Buffer {
  const size = texts.reduce((sum, { length }) => sum + headLength(length) + 4 + length, 0)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const text of texts) {
    at = writeHead(bytes, at, text.length)
    for (let i = 0; i < 4; i++) bytes[at++] = mask[i]!
    bytes.write(text, at, 'latin1')
    for (let i = 0; i < text.length; i++, at++) bytes[at]! ^= mask[i & 3]!
  }
  return bytes
}

function headLength(length: number): number {
  return length < 126 ? 2 : 4
}

function writeHead(bytes: Buffer, at: number, length: number): number {
  if (length > 0xffff) throw new RangeError('A client sends no frame of more than 64 KiB')
  bytes[at] = 0x81
  bytes[at + 1] = 0x80 | Math.min(length, 126)
  return length < 126 ? at + 2 : bytes.writeUInt16BE(length, at + 2)
}

/** Finds the frames in what a server sends, however it comes in pieces. */
export class FrameReader {
  #rest: Buffer | undefined

  /** Calls `take` with what each whole text frame holds. Throws where the server closes. */
  read(chunk: Buffer, take: (payload: Buffer) => void): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 0x7f
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length - at < head) break
      const length = short < 126 ? short : readLength(bytes, at + 2, short)
      if (bytes.length - at < head + length) break
      const payload = bytes.subarray(at + head, at + head + length)
      if (bytes[at] === 0x88) throw new Error(`The server closed: ${describeClose(payload)}`)
      if (bytes[at] === 0x81) take(payload)
      at += head + length
    }
    // What was given is there for the call only.
    this.#rest = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at))
  }
}

function readLength(bytes: Buffer, at: number, short: number): number {
  return short === 126 ? bytes.readUInt16BE(at) : Number(bytes.readBigUInt64BE(at))
}

function describeClose(payload: Buffer): string {
  return payload.length < 2
    ? 'no code'
    : `${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`
}
