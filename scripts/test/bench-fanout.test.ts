import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Audience } from '../../bench/fanout/generator/audience.ts'
import { drive } from '../../bench/fanout/generator/drive.ts'
import { feathersProtocol, socketioProtocol } from '../../bench/fanout/generator/peers.ts'
import { followRoom } from '../../bench/fanout/generator/wherry.ts'
import { reportResults, type Figures } from '../../bench/fanout/report.ts'
import { rowAt } from '../../bench/fanout/rows.ts'
import { attachWherry } from '../../bench/fanout/servers/wherry.ts'
import { attachWs } from '../../bench/fanout/servers/ws.ts'
import { subjectNames, subjects } from '../../bench/fanout/subjects.ts'
import { RawWebSocket } from '../../bench/lib/raw-web-socket.ts'

const served = { wherry: attachWherry, ws: attachWs }

async function serve(name: keyof typeof served): Promise<number> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await served[name](server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

describe('an audience', () => {
  it.each(['wherry', 'ws'] as const)(
    'inserts rows into %s, and each of it is told of each of them',
    async (name) => {
      const audience = await Audience.open(await serve(name), subjects[name], 3)
      const told: number[] = []
      const turn = await drive(audience, { inFlight: 5 }, 20)
      expect(turn.deliveries % 3).toBe(0)
      expect(turn.deliveries).toBeGreaterThanOrEqual(15)
      expect(turn.p99Ms).toBeGreaterThan(0)
      audience.rest()
      const paced = await drive(audience, { everyMs: 5 }, 20)
      expect(paced.deliveries).toBeLessThan(turn.deliveries)
      audience.onRows = (from, end) => {
        for (let n = from; n < end; n++) told.push(n)
      }
      const first = audience.insert(1)
      while (told.length < 3) await new Promise(setImmediate)
      expect(told).toEqual([first, first, first])
      audience.close()
    },
  )

  it('is not told of what is not a row', () => {
    expect(subjects.wherry.rows('[{"type":"pong"}]')).toEqual([])
    expect(socketioProtocol.rows('2')).toEqual([])
    expect(socketioProtocol.rows('42["other",{}]')).toEqual([])
    expect(feathersProtocol.rows('42["rows created",{"n":1}]')).toEqual([{ n: 1 }])
  })

  it('each on a live query of its own hears of that alone', async () => {
    const port = await serve('wherry')
    const endpoints = [followRoom('one'), subjects.wherry]
    const [other, follower] = await RawWebSocket.openAll(port, endpoints)
    const heard: string[] = []
    other!.listener = { frame: () => heard.push('other') }
    const told = new Promise<void>((resolve) => {
      follower!.listener = {
        frame(payload) {
          heard.push(...subjects.wherry.rows(payload.toString()).map(() => 'follower'))
          if (heard.length > 0) resolve()
        },
      }
    })
    follower!.say(subjects.wherry.inserts([7]))
    await told
    expect(heard).toEqual(['follower'])
    for (const each of [other!, follower!]) each.close()
  })
})

describe('the figures of fanout', () => {
  it('are of rows of 200 bytes', () => {
    for (const n of [0, 9, 10, 123_456]) expect(JSON.stringify(rowAt(n))).toHaveLength(200)
  })

  it('are theirs over ours in processor time, ours over theirs in deliveries', () => {
    const perSubject = Object.fromEntries(
      subjectNames.map((name): [string, Figures] => {
        const by = name === 'wherry' ? 1 : 2
        return [name, { cpuUs: [3 * by], perSecond: [100 / by], p99Ms: [5 * by] }]
      }),
    ) as Record<(typeof subjectNames)[number], Figures>
    const { metrics } = reportResults({ one: perSubject, burst: perSubject, paced: perSubject })
    expect(metrics).toMatchObject({
      'fanout.vs.ws': 2,
      'fanout.burst.vs.socketio': 2,
      'fanout.p99.vs.ws': 0.5,
      'fanout.one.ws.cpuUs': 6,
    })
  })
})
