import { isWherryError } from '@wherry/client'
import { isSame, type CheckIn, type Entry } from './check-in.ts'
import { db } from './db.ts'
import { find, make, say } from './dom.ts'
import { createDraft, type Draft } from './draft.ts'
import { mountFields } from './fields.ts'
import { notify } from './notice.ts'
import { failureText } from './texts.ts'

/**
 * The dialog that changes a check-in. It saves over the version that its person has seen, and over
 * no other: when there is a newer one, it shows both and lets the person decide.
 */
export class Editor {
  readonly #dialog = find('#editor', HTMLDialogElement)
  readonly #form = find('form', HTMLFormElement, this.#dialog)
  readonly #message = find('.message', HTMLElement, this.#form)
  readonly #saved = find('.saved', HTMLElement, this.#form)
  readonly #yoursTitle = find('.yours h3', HTMLElement, this.#form)
  readonly #submit = find('[type=submit]', HTMLButtonElement, this.#form)
  readonly #takeSaved = find('#take-saved', HTMLButtonElement, this.#form)
  readonly #fields = mountFields(this.#form)
  /** The version that the person has seen last. */
  #seen: CheckIn | undefined
  /** What the check-in becomes when somebody else has deleted it. */
  #successor: Draft | undefined

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      if (!this.#isBusy) this.#submitted(this.#seen!, this.#fields.read())
    })
    const cancel = find('#cancel', HTMLButtonElement, this.#form)
    cancel.addEventListener('click', () => this.#dialog.close())
    this.#takeSaved.addEventListener('click', () => this.#done('The saved version stays.'))
    this.#dialog.addEventListener('close', () => this.#closed(this.#seen, this.#fields.read()))
  }

  /** Begins with what is saved, or goes on with what was being written. */
  open(row: CheckIn, entry: Entry = row): void {
    this.#seen = row
    this.#successor = undefined
    this.#fields.write(entry)
    this.#show('Save', '', false)
    this.#dialog.showModal()
  }

  get #isBusy(): boolean {
    return this.#form.ariaBusy === 'true'
  }

  #submitted(seen: CheckIn, mine: Entry): void {
    if (isSame(mine, seen) && this.#successor === undefined) return this.#dialog.close()
    this.#form.ariaBusy = 'true'
    say(this.#message, '')
    void this.#save(seen, mine).finally(() => (this.#form.ariaBusy = 'false'))
  }

  async #save(seen: CheckIn, mine: Entry): Promise<void> {
    try {
      if (this.#successor !== undefined)
        await this.#successor.save({ ...mine, userId: seen.userId })
      else await db.checkIns.update(seen.id, mine, { ifVersion: seen.version })
      this.#done('Saved.')
    } catch (error) {
      const { code, details } = isWherryError(error) ? error : { code: '', details: {} }
      const current = details.current as CheckIn | undefined
      // Such as one's own, sent before, whose answer was lost.
      if (current !== undefined && isSame(current, mine)) return this.#done('Saved.')
      if (current !== undefined) return this.#showBoth(current, mine)
      if (code !== 'NotFound') return say(this.#message, failureText(error))
      this.#successor = createDraft()
      this.#show('Save as a new one', 'Not saved: somebody has deleted this check-in.', false)
    }
  }

  #showBoth(current: CheckIn, mine: Entry): void {
    this.#seen = current
    describe(this.#saved, current, mine)
    const text = 'Not saved: somebody else has changed this check-in since you opened it.'
    this.#show('Save mine over it', text, true)
    find('h3', HTMLElement, this.#saved).focus()
  }

  #show(label: string, text: string, hasTwo: boolean): void {
    this.#submit.textContent = label
    say(this.#message, text)
    for (const part of [this.#saved, this.#yoursTitle, this.#takeSaved]) part.hidden = !hasTwo
  }

  #done(text: string): void {
    this.#seen = undefined
    this.#dialog.close()
    notify(text)
  }

  /** However it was closed, what was written and not saved can be gone on with. */
  #closed(seen: CheckIn | undefined, mine: Entry): void {
    if (seen === undefined) return
    // What becomes of a write that is under way has to be told.
    if (this.#isBusy) return this.#dialog.showModal()
    if (isSame(mine, seen)) return
    const run = () => this.open(seen, mine)
    notify('Your changes were not saved.', { label: 'Go on editing', run })
  }
}

/** Shows a version that is saved, and where it differs from one's own. */
function describe(place: HTMLElement, row: CheckIn, mine: Entry): void {
  find('h3', HTMLElement, place).textContent = `Saved, version ${row.version}`
  const parts = [
    ['Emotion', row.emotion, mine.emotion],
    ['Intensity', `${row.intensity} of 10`, `${mine.intensity} of 10`],
    ['Note', row.note ?? 'none', mine.note ?? 'none'],
  ] as const
  const shown = parts.map(([label, theirs, yours]) =>
    make(
      'div',
      { className: theirs === yours ? '' : 'differs' },
      make('dt', { textContent: label }),
      make('dd', { textContent: theirs }),
    ),
  )
  find('dl', HTMLElement, place).replaceChildren(...shown)
}
