import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FrameReader, maskedFrames } from '../../bench/lib/frames.ts'
import { drive, openAll, verify } from '../../bench/rpc/generator/drive.ts'
import { allRecords } from '../../bench/rpc/records.ts'
import { reportResults } from '../../bench/rpc/report.ts'
import { attachWherry } from '../../bench/rpc/servers/wherry.ts'
import { attachServiceWs, attachWs } from '../../bench/rpc/servers/ws.ts'
import { subjectNames, subjects } from '../../bench/rpc/subjects.ts'

const served = { wherry: attachWherry, ws: attachWs, 'ws.service': attachServiceWs }

describe('the load generator', () => {
  it.each(['wherry', 'ws', 'ws.service'] as const)(
    'asks %s for records, and counts an answer for each request',
    async (name) => {
      const server = createServer()
      onTestFinished(() => void server.close())
      await served[name](server)
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const { port } = server.address() as AddressInfo
      await verify(port, subjects[name])
      const connections = await openAll(port, subjects[name], { connections: 3, inFlight: 5 })
      const { operations } = await drive(connections, 5, 20)
      // All that were under way at once; one that is answered makes room for the next.
      expect(operations).toBeGreaterThanOrEqual(15)
      for (const connection of connections) connection.close()
    },
  )

  it('masks what it sends, in frames of both lengths', () => {
    const long = 'x'.repeat(126)
    const frames = maskedFrames(['ab', long], Uint8Array.of(1, 2, 3, 4))
    expect(frames.subarray(0, 8)).toEqual(
      Buffer.from([0x81, 0x82, 1, 2, 3, 4, 'a'.charCodeAt(0) ^ 1, 'b'.charCodeAt(0) ^ 2]),
    )
    expect(frames.subarray(8, 12)).toEqual(Buffer.from([0x81, 0xfe, 0, 126]))
    expect(frames).toHaveLength(8 + 8 + 126)
  })

  it('reads frames that come in pieces', () => {
    const bytes = Buffer.concat([
      Buffer.from([0x81, 2, 0x68, 0x69, 0x89, 0, 0x81, 126, 0, 130]),
      Buffer.alloc(130, 'y'),
    ])
    const reader = new FrameReader()
    const taken: string[] = []
    for (const byte of bytes) reader.read(Buffer.of(byte), (text) => taken.push(text.toString()))
    expect(taken).toEqual(['hi', 'y'.repeat(130)])
  })

  it('says why a server closed', () => {
    const frame = Buffer.from([0x88, 4, 0x03, 0xf0, 0x6e, 0x6f])
    expect(() => new FrameReader().read(frame, () => undefined)).toThrow(
      'The server closed: 1008 no',
    )
  })
})

describe('the figures of rpc', () => {
  it('are of records of 110 bytes', () => {
    expect(new Set(allRecords().map((record) => JSON.stringify(record).length))).toEqual(
      new Set([110]),
    )
  })

  it('take the load under which a peer comes closer to ours', () => {
    const under = (peers: number[]) =>
      Object.fromEntries(
        subjectNames.map((name) => {
          const cpuUs = name === 'wherry' ? [2, 4, 3] : peers
          return [name, { cpuUs, perSecond: [1], busy: [1] }]
        }),
      ) as Parameters<typeof reportResults>[0]['1x64']
    const { metrics } = reportResults({ '1x64': under([6, 12, 9]), '50x8': under([4, 8, 12]) })
    expect(metrics).toMatchObject({ 'rpc.vs.ws': 2, 'rpc.1x64.ws.cpuUs': 9 })
  })
})
