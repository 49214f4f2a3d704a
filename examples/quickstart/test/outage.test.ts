import type { Page } from 'playwright-core'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import {
  checkIn,
  closeBrowser,
  editOf,
  fillIn,
  linesOf,
  needsChromium,
  openWindow,
} from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startQuickstart } from './support/quickstart.ts'
import { stranger } from './support/stranger.ts'

// Programs are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 })
beforeEach(needsChromium)
afterAll(closeBrowser)

/** What became of the writes of the page, by their notes; those under way are absent. */
type Outcomes = Readonly<Record<string, 'applied' | 'not-applied' | 'unknown'>>

/** For the page: keeps twenty writes under way until it is told to end. */
const writer = `(() => {
  const outcomes = (window.outcomes = {})
  let count = 0
  const write = async () => {
    while (!window.isEnough) {
      const note = 'write ' + ++count
      await db.checkIns.insert({ userId: 'Writer', emotion: 'calm', intensity: 5, note }).then(
        () => (outcomes[note] = 'applied'),
        (error) => (outcomes[note] = error.details.outcome ?? 'not-applied'),
      )
    }
  }
  window.writing = Promise.all(Array.from({ length: 20 }, write))
})()`

async function appliedIn(page: Page): Promise<number> {
  const outcomes = await page.evaluate<Outcomes>('outcomes')
  return Object.values(outcomes).filter((outcome) => outcome === 'applied').length
}

async function notesIn(file: string): Promise<unknown[]> {
  const rows = await stranger(file, 'select note from check_ins order by created_at desc, id')
  return rows.map(({ note }) => note)
}

/** Every row that the list can show. */
async function wholeList(page: Page): Promise<string[]> {
  const more = page.getByRole('button', { name: 'Show more' })
  while (await more.isVisible()) {
    const before = await page.locator('#list > li').count()
    await more.click()
    await eventually(
      async () => (await page.locator('#list > li').count()) > before || !(await more.isVisible()),
    ).toBe(true)
  }
  return page.locator('#list .note').allTextContents()
}

test('A page whose server is killed in mid-write, twice, goes on with nothing missing or doubled', async () => {
  const quickstart = await startQuickstart()
  const page = await openWindow(quickstart.url)
  await page.evaluate(writer)
  for (const goal of [50, 150]) {
    await eventually(() => appliedIn(page)).toBeGreaterThan(goal)
    await quickstart.kill()
    await page.getByText(/^Reconnecting/).waitFor()
    await quickstart.restart()
    await page.getByText('Connected', { exact: true }).waitFor()
  }
  const applied = await appliedIn(page)
  await eventually(() => appliedIn(page)).toBeGreaterThan(applied + 50)
  await page.evaluate('isEnough = true; writing')

  const outcomes = await page.evaluate<Outcomes>('outcomes')
  const notes = await notesIn(quickstart.file)
  const timesIn = (note: string) => notes.filter((each) => each === note).length
  for (const [note, outcome] of Object.entries(outcomes)) {
    const allowed = { applied: [1], 'not-applied': [0], unknown: [0, 1] }[outcome]
    expect(allowed, `${note} is ${outcome}`).toContain(timesIn(note))
  }
  expect(notes).toHaveLength(new Set(notes).size)
  await eventually(() => wholeList(page)).toEqual(notes)
  await eventually(() => page.locator('#count').textContent()).toBe(`${notes.length} check-ins`)
})

test('What is being written stays as it is while the server is away and the list changes', async () => {
  const { url, file, kill, restart } = await startQuickstart()
  const page = await openWindow(url)
  await checkIn(page, { name: 'Ada', emotion: 'calm', intensity: 4, note: 'First' })
  await fillIn(page, '#composer', { emotion: 'sad', intensity: 2, note: 'Half a thou' })
  await editOf(page, 'Ada').click()
  await fillIn(page, '#editor', { intensity: 8, note: 'Half a corr' })
  await kill()
  await page.getByText(/^Reconnecting/).waitFor()
  await page.keyboard.type('ection')
  await stranger(
    file,
    `insert into check_ins (id, user_id, emotion, intensity) values ('z', 'Zoe', 'happy', 1)`,
  )
  await restart()
  await eventually(() => linesOf(page)).toEqual(['Zoe happy 1', 'Ada calm 4 First'])
  const read = (form: string) =>
    page.locator(form).evaluate((element) => Object.fromEntries(new FormData(element as never)))
  expect(await read('#editor form')).toMatchObject({ intensity: '8', note: 'Half a correction' })
  await page.keyboard.press('Enter')
  await page.keyboard.type('of two lines')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await eventually(() => linesOf(page)).toContain('Ada calm 8 Half a correction\nof two lines')
  expect(await read('#composer')).toMatchObject({
    userId: 'Ada',
    emotion: 'sad',
    intensity: '2',
    note: 'Half a thou',
  })
})

test('A write while the server is away is made once it is back', async () => {
  const { url, kill, restart } = await startQuickstart()
  const page = await openWindow(url, { hasOwnClock: true })
  await kill()
  await page.getByText(/^Reconnecting/).waitFor()
  await fillIn(page, '#composer', { name: 'Ada', emotion: 'calm', note: 'Early' })
  // A write waits for ten seconds, and no longer, however long a server takes to start.
  await page.clock.pauseAt((await page.evaluate<number>('Date.now()')) + 1_000)
  await page.getByRole('button', { name: 'Check in' }).click()
  await page.locator('#composer[aria-busy=true]').waitFor()
  await restart()
  await page.clock.resume()
  await eventually(() => linesOf(page)).toEqual(['Ada calm 5 Early'])
})

test('A write without an answer is called uncertain, and made again is not made twice', async () => {
  const { url, file, signal } = await startQuickstart()
  const page = await openWindow(url, { hasOwnClock: true })
  signal('SIGSTOP')
  await fillIn(page, '#composer', { name: 'Ada', emotion: 'calm', note: 'Once' })
  await page.getByRole('button', { name: 'Check in' }).click()
  await page.locator('#composer[aria-busy=true]').waitFor()
  await page.clock.fastForward(10_000)
  await page.getByText('It is not certain whether this was saved').waitFor()
  signal('SIGCONT')
  await eventually(() => linesOf(page)).toEqual(['Ada calm 5 Once'])

  await fillIn(page, '#composer', { note: 'Once, and in other words' })
  await page.getByRole('button', { name: 'Check in' }).click()
  await eventually(() => linesOf(page)).toEqual(['Ada calm 5 Once, and in other words'])
  expect(await notesIn(file)).toEqual(['Once, and in other words'])
})
