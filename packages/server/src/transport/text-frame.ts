/** A whole text message (FIN, opcode 1). */
const finalText = 0x81

/**
 * A text as one WebSocket frame of a server, which masks nothing (RFC 6455, 5.2). `ws` would send its
 * head and its text as two pieces, and that shows in what an answer costs. Nothing can come between:
 * without compression `ws` hands all that it sends to the socket at once, too.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = finalText
  if (start === 2) frame[1] = length
  else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, start)
  return frame
}
