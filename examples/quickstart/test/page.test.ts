import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  checkIn,
  closeBrowser,
  deletionOf,
  editOf,
  fillIn,
  linesOf,
  needsChromium,
  openWindow,
} from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startQuickstart } from './support/quickstart.ts'
import { needsPython, pythonStranger, stranger } from './support/stranger.ts'

// Programs are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 90_000 })
beforeEach(needsChromium)
afterAll(closeBrowser)

const three = [
  { name: 'Ada', emotion: 'calm', intensity: 4, note: 'A walk by the river' },
  { name: 'Bo', emotion: 'happy', intensity: 9, note: 'The river again' },
  { name: 'Cy', emotion: 'calm', intensity: 7, note: '' },
]

/** The server, a window that has said these three, and another one. */
async function twoWindows() {
  const quickstart = await startQuickstart()
  const [one, other] = [await openWindow(quickstart.url), await openWindow(quickstart.url)]
  for (const written of three) await checkIn(one, written)
  const all = ['Cy calm 7', 'Bo happy 9 The river again', 'Ada calm 4 A walk by the river']
  await eventually(() => linesOf(one)).toEqual(all)
  await eventually(() => linesOf(other)).toEqual(all)
  return { ...quickstart, one, other }
}

describe('Two windows', () => {
  test('are in step: what one adds, edits, deletes and brings back is in the other', async () => {
    const { one, other } = await twoWindows()

    await editOf(one, 'Bo').click()
    await fillIn(one, '#editor', { emotion: 'sad', note: 'Rain' })
    await one.getByRole('button', { name: 'Save', exact: true }).click()
    const edited = ['Cy calm 7', 'Bo sad 9 Rain', 'Ada calm 4 A walk by the river']
    await eventually(() => linesOf(other)).toEqual(edited)

    await deletionOf(other, 'Cy').click()
    await eventually(() => linesOf(one)).toEqual(edited.slice(1))
    await other.getByRole('button', { name: 'Undo' }).click()
    await eventually(() => linesOf(one)).toEqual(edited)
    await eventually(() => linesOf(other)).toEqual(edited)
  })

  test('each filter and order as they like, by what the query says', async () => {
    const { one, other } = await twoWindows()
    const filters = one.locator('#filters')

    await filters.getByRole('checkbox', { name: 'calm' }).check()
    await eventually(() => linesOf(one)).toEqual(['Cy calm 7', 'Ada calm 4 A walk by the river'])
    await checkIn(other, { name: 'Di', emotion: 'calm', intensity: 10, note: 'On the river' })
    await checkIn(other, { name: 'Ed', emotion: 'angry', intensity: 10, note: 'In the river' })
    await eventually(() => linesOf(one)).toEqual([
      'Di calm 10 On the river',
      'Cy calm 7',
      'Ada calm 4 A walk by the river',
    ])
    await filters.getByRole('combobox', { name: 'Order' }).selectOption('Mildest first')
    const mildest = ['Ada calm 4 A walk by the river', 'Cy calm 7', 'Di calm 10 On the river']
    await eventually(() => linesOf(one)).toEqual(mildest)
    await filters.getByRole('combobox', { name: 'Intensity' }).selectOption('7 or more')
    await eventually(() => linesOf(one)).toEqual(mildest.slice(1))
    await filters.getByRole('searchbox', { name: 'Note contains' }).fill('river')
    await eventually(() => linesOf(one)).toEqual(['Di calm 10 On the river'])
    expect(await one.locator('#query').textContent()).toBe(
      'db.checkIns.live({ where: { emotion: { in: ["calm"] }, note: { contains: "river" }, ' +
        'intensity: { gte: 7 } }, orderBy: [{ intensity: "asc" }, { createdAt: "desc" }], limit: 50 })',
    )

    await filters.getByRole('searchbox').fill('River')
    await one.getByText('No check-in is like that.').waitFor()
    await one.getByRole('button', { name: 'Show all' }).click()
    await eventually(() => linesOf(one)).toHaveLength(5)
    await eventually(() => linesOf(other)).toHaveLength(5)
  })
})

describe('What another process writes to the file', () => {
  const insert = (id: string) =>
    `insert into check_ins (id, user_id, emotion, intensity, note) values ('${id}', 'Zoe', 'excited', 8, 'By hand')`

  test('with better-sqlite3 is on the page: inserted, updated, deleted', async () => {
    const { url, file } = await startQuickstart()
    const page = await openWindow(url)
    await stranger(file, insert('z'))
    await eventually(() => linesOf(page)).toEqual(['Zoe excited 8 By hand'])
    await stranger(file, `update check_ins set intensity = 2 where id = 'z'`)
    await eventually(() => linesOf(page)).toEqual(['Zoe excited 2 By hand'])
    await stranger(file, `delete from check_ins`)
    await page.getByText('Nobody has checked in yet').waitFor()
  })

  test("with Python's sqlite3 is on the page", async (context) => {
    await needsPython(context)
    const { url, file } = await startQuickstart()
    const page = await openWindow(url)
    await pythonStranger(file, insert('z'))
    await eventually(() => linesOf(page)).toEqual(['Zoe excited 8 By hand'])
  })
})

describe('An edit', () => {
  /** Bo is being edited in one window, and has been changed in the other. */
  async function conflict() {
    const { one, other, file } = await twoWindows()
    await editOf(one, 'Bo').click()
    await fillIn(one, '#editor', { intensity: 3, note: 'Mine' })
    await editOf(other, 'Bo').click()
    await fillIn(other, '#editor', { emotion: 'excited', note: 'Theirs' })
    await other.getByRole('button', { name: 'Save', exact: true }).click()
    await eventually(() => linesOf(one)).toContain('Bo excited 9 Theirs')
    await one.getByRole('button', { name: 'Save', exact: true }).click()
    await one.getByText('somebody else has changed this check-in').waitFor()
    const bo = async () => {
      const sql = `select emotion, intensity, note, version from check_ins where user_id = 'Bo'`
      return (await stranger(file, sql))[0]
    }
    return { one, bo }
  }

  test('over a newer version shows both, and saves what the person decides', async () => {
    const { one, bo } = await conflict()
    expect(await bo()).toEqual({ emotion: 'excited', intensity: 9, note: 'Theirs', version: 2 })
    const saved = one.getByRole('region', { name: 'Saved, version 2' })
    expect(await saved.locator('.differs').allInnerTexts()).toEqual([
      expect.stringMatching(/^Emotion.*\nexcited$/),
      expect.stringMatching(/^Intensity.*\n9 of 10$/),
      expect.stringMatching(/^Note.*\nTheirs$/),
    ])
    const editor = one.locator('#editor')
    expect(await editor.getByRole('textbox', { name: 'Note' }).inputValue()).toBe('Mine')
    expect(await editor.getByRole('slider').inputValue()).toBe('3')

    await one.getByRole('button', { name: 'Save mine over it' }).click()
    await eventually(() => linesOf(one)).toContain('Bo happy 3 Mine')
    expect(await bo()).toEqual({ emotion: 'happy', intensity: 3, note: 'Mine', version: 3 })
  })

  test('over a newer version can be given up, and taken up again', async () => {
    const { one, bo } = await conflict()
    await one.keyboard.press('Escape')
    await one.getByRole('button', { name: 'Go on editing' }).click()
    const note = one.locator('#editor').getByRole('textbox', { name: 'Note' })
    expect(await note.inputValue()).toBe('Mine')
    await one.getByRole('button', { name: 'Cancel' }).click()
    expect(await bo()).toMatchObject({ note: 'Theirs', version: 2 })
  })

  test('over a newer version can give way to it', async () => {
    const { one, bo } = await conflict()
    await one.getByRole('button', { name: 'Take the saved one' }).click()
    await one.locator('#editor').waitFor({ state: 'hidden' })
    expect(await bo()).toMatchObject({ note: 'Theirs', version: 2 })
  })

  test('of what somebody has deleted can be saved as a new check-in', async () => {
    const { one, other } = await twoWindows()
    await editOf(one, 'Bo').click()
    await fillIn(one, '#editor', { note: 'Still here' })
    await deletionOf(other, 'Bo').click()
    await eventually(() => linesOf(one)).toHaveLength(2)
    await one.getByRole('button', { name: 'Save', exact: true }).click()
    await one.getByRole('button', { name: 'Save as a new one' }).click()
    await eventually(() => linesOf(other)).toContain('Bo happy 9 Still here')
  })
})

test('The top of the page says what it is connected to', async () => {
  const { one } = await twoWindows()
  const facts = one.locator('#facts')
  await eventually(() => facts.innerText()).toMatch(
    /^Engine\s+sqlite\s+Position\s+3\s+Latency\s+(under 1|\d+) ms$/,
  )
})

test('What looks like HTML is shown as the text that it is', async () => {
  const { url } = await startQuickstart()
  const page = await openWindow(url)
  const hostile = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`
  await checkIn(page, { name: '<b>Eve</b>', emotion: 'calm', intensity: 5, note: hostile })
  await eventually(() => linesOf(page)).toEqual([`<b>Eve</b> calm 5 ${hostile}`])
  await editOf(page, '<b>Eve</b>').click()
  expect(await page.locator('#list, #editor').locator('img, script, b').count()).toBe(0)
  expect(await page.title()).toBe('Check-ins')
})

test('The page needs nothing from elsewhere, and nothing goes wrong in it', async () => {
  const { url, one } = await twoWindows()
  const faults: string[] = []
  const origins = new Set<string>()
  one.on('console', (message) => faults.push(message.text()))
  one.on('pageerror', (error) => faults.push(String(error)))
  one.on('request', (request) => origins.add(new URL(request.url()).origin))
  await one.reload()
  await eventually(() => linesOf(one)).toHaveLength(3)
  expect(faults).toEqual([])
  expect([...origins]).toEqual([url])
})

test('The page is never wider than its window, whatever is written', async () => {
  const { url, file } = await startQuickstart()
  const word = 'unbreakable'.repeat(40)
  await stranger(
    file,
    `insert into check_ins (id, user_id, emotion, intensity, note)
     values ('w', '${word.slice(0, 40)}', 'anxious', 10, '${word}')`,
  )
  const page = await openWindow(url)
  await page.getByRole('button', { name: 'Edit' }).click()
  for (const width of [320, 360, 560, 800, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    const overflows = await page.evaluate(
      `[document.documentElement, document.querySelector('#editor')]
        .map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)`,
    )
    expect({ width, overflows }).toEqual({ width, overflows: [0, 0] })
  }
})

test('A keyboard is enough, and the focus goes to the next row when one is deleted', async () => {
  const { url } = await startQuickstart()
  const page = await openWindow(url)
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('Tab')
  for (const name of ['Ada', 'Bo']) {
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
    await press('Tab', 'ArrowRight', 'Tab', 'ArrowRight', 'Tab')
    await page.keyboard.type(`It is ${name}`)
    await press('Tab', 'Enter')
    await page.getByText(`It is ${name}`).waitFor()
    await page.getByRole('textbox', { name: 'Name' }).focus()
  }
  await deletionOf(page, 'Bo').focus()
  await press('Enter')
  await eventually(() => linesOf(page)).toHaveLength(1)
  const focused = () => page.evaluate('document.activeElement.ariaLabel')
  await eventually(focused).toMatch(/^Delete the check-in of Ada,/)
  await press('Shift+Tab', 'Enter')
  await page.locator('#editor').waitFor()
  await press('Escape')
  await eventually(focused).toMatch(/^Edit the check-in of Ada,/)
})
