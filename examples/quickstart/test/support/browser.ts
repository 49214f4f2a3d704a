import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'
import { onTestFinished, type TestContext } from 'vitest'

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
let browser: Promise<Browser> | undefined

/** Skips the test where there is no Chromium, and fails it there in CI. */
export function needsChromium({ skip }: TestContext): void {
  if (existsSync(executablePath)) return
  const reason = `there is no ${executablePath}; install Chromium, or set CHROMIUM_PATH`
  if (process.env['CI']) throw new Error(reason)
  skip(reason)
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
}

/**
 * Opens a window of its own profile, so that windows share nothing but the server. With its own
 * clock, the test may let time pass in it.
 */
export async function openWindow(url: string, { hasOwnClock = false } = {}): Promise<Page> {
  browser ??= chromium.launch({ executablePath })
  const context = await (await browser).newContext({ locale: 'en-GB' })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(45_000)
  if (hasOwnClock) await page.clock.install()
  await page.goto(url)
  await page.getByText('Connected', { exact: true }).waitFor()
  return page
}

export interface Written {
  readonly name?: string
  readonly emotion?: string
  readonly intensity?: number
  readonly note?: string
}

/** Fills in what is given, and leaves the rest as it is. */
export async function fillIn(page: Page, form: '#composer' | '#editor', written: Written) {
  const { name, emotion, intensity, note } = written
  const fields = page.locator(form)
  if (name !== undefined) await fields.getByRole('textbox', { name: 'Name' }).fill(name)
  if (emotion !== undefined) await fields.getByRole('radio', { name: emotion }).check()
  if (intensity !== undefined) await fields.getByRole('slider').fill(String(intensity))
  if (note !== undefined) await fields.getByRole('textbox', { name: 'Note' }).fill(note)
}

export async function checkIn(page: Page, written: Written): Promise<void> {
  await fillIn(page, '#composer', written)
  await page.getByRole('button', { name: 'Check in' }).click()
  await page.locator('#composer[aria-busy=false]').waitFor()
}

export function editOf(page: Page, name: string) {
  return page.getByRole('button', { name: `Edit the check-in of ${name},` })
}

export function deletionOf(page: Page, name: string) {
  return page.getByRole('button', { name: `Delete the check-in of ${name},` })
}

/** The list as a person reads it: one line for each row. */
export function linesOf(page: Page): Promise<string[]> {
  return page.locator('#list > li').evaluateAll((rows) =>
    rows.map((row) => {
      const text = (selector: string) => row.querySelector(selector)?.textContent ?? ''
      return [text('strong'), text('.emotion'), text('.gauge'), text('.note')].join(' ').trim()
    }),
  )
}
