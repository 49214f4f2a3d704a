import { describe, expect, it } from 'vitest'
import { settled } from '../support/fake-runtime.ts'
import { connected, type Scene } from '../support/script.ts'

/** Two listeners of one query, whose first event has come when this resolves. */
async function listenTwice(first: (scene: Scene, stopSecond: () => void) => void) {
  const scene = await connected()
  const heard: string[] = []
  const query = scene.db.notes.live({})
  query.subscribe(() => {
    heard.push('first')
    first(scene, stopSecond)
  })
  const stopSecond = query.subscribe(() => heard.push('second'))
  const { id } = await scene.socket.one()
  await scene.socket.say(
    { type: 'subscribed', id, channel: 'c1' },
    { type: 'snapshot', id, rows: [], offset: '1' },
  )
  await settled()
  return heard
}

describe('the listeners of a live query', () => {
  it('are told one after another', async () => {
    expect(await listenTwice(() => undefined)).toEqual(['first', 'second'])
  })

  it('are told nothing once another one of the same event has unsubscribed them', async () => {
    expect(await listenTwice((_, stopSecond) => stopSecond())).toEqual(['first'])
  })

  it('are told nothing once another one of the same event has closed the client', async () => {
    expect(await listenTwice(({ db }) => void db.close())).toEqual(['first'])
  })
})
