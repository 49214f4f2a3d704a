import { isWherryError } from '@wherry/client'
import { isSame, type CheckIn, type Entry } from './check-in.ts'
import { db } from './db.ts'
import { find, make, say } from './dom.ts'
import { mountFields } from './fields.ts'
import { notify } from './notice.ts'
import { failureText } from './texts.ts'

export interface Editor {
  open(row: CheckIn, entry?: Entry): void
}

/**
 * The dialog that changes a check-in. It saves over the version that its person has seen, and over
 * no other: when there is a newer one, it shows both and lets the person decide.
 */
export function createEditor(): Editor {
  const dialog = find('#editor', HTMLDialogElement)
  const form = find('form', HTMLFormElement, dialog)
  const message = find('.message', HTMLElement, form)
  const saved = find('.saved', HTMLElement, form)
  const yoursTitle = find('.yours h3', HTMLElement, form)
  const submit = find('[type=submit]', HTMLButtonElement, form)
  const takeSaved = find('#take-saved', HTMLButtonElement, form)
  const fields = mountFields(form)
  /** The version that the person has seen last. */
  let seen: CheckIn
  let isGone = false

  const show = (label: string, text: string, hasTwo: boolean) => {
    submit.textContent = label
    say(message, text)
    for (const part of [saved, yoursTitle, takeSaved]) part.hidden = !hasTwo
  }
  const done = (text: string) => {
    dialog.close()
    notify(text)
  }
  const showBoth = (current: CheckIn, mine: Entry) => {
    seen = current
    describe(saved, current, mine)
    const text = 'Not saved: somebody else has changed this check-in since you opened it.'
    show('Save mine over it', text, true)
    find('h3', HTMLElement, saved).focus()
  }
  const save = async (mine: Entry) => {
    try {
      if (isGone) await db.checkIns.insert({ userId: seen.userId, ...mine })
      else await db.checkIns.update(seen.id, mine, { ifVersion: seen.version })
      done('Saved.')
    } catch (error) {
      const { code, details } = isWherryError(error) ? error : { code: '', details: {} }
      const current = details.current as CheckIn | undefined
      // Such as one's own, sent before, whose answer was lost.
      if (current !== undefined && isSame(current, mine)) return done('Saved.')
      if (current !== undefined) return showBoth(current, mine)
      isGone ||= code === 'NotFound'
      if (code !== 'NotFound') return say(message, failureText(error))
      show('Save as a new one', 'Not saved: somebody has deleted this check-in.', false)
    }
  }
  /** Without a word where there is nothing to lose, and with a way back where there is. */
  const leave = () => {
    const mine = fields.read()
    const row = seen
    dialog.close()
    if (isSame(mine, row)) return
    notify('Your changes were not saved.', {
      label: 'Go on editing',
      run: () => editor.open(row, mine),
    })
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (form.ariaBusy === 'true') return
    const mine = fields.read()
    if (isSame(mine, seen) && !isGone) return dialog.close()
    form.ariaBusy = 'true'
    say(message, '')
    void save(mine).finally(() => (form.ariaBusy = 'false'))
  })
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    leave()
  })
  find('#cancel', HTMLButtonElement, form).addEventListener('click', leave)
  takeSaved.addEventListener('click', () => done('The saved version stays.'))

  const editor: Editor = {
    open(row, entry = row) {
      seen = row
      isGone = false
      fields.write(entry)
      show('Save', '', false)
      dialog.showModal()
    },
  }
  return editor
}

/** Shows a version that is saved, and where it differs from one's own. */
function describe(place: HTMLElement, row: CheckIn, mine: Entry): void {
  const title = find('h3', HTMLElement, place)
  title.textContent = `Saved, version ${row.version}`
  const parts = [
    ['Emotion', row.emotion, mine.emotion],
    ['Intensity', `${row.intensity} of 10`, `${mine.intensity} of 10`],
    ['Note', row.note ?? 'none', mine.note ?? 'none'],
  ] as const
  find('dl', HTMLElement, place).replaceChildren(
    ...parts.map(([label, theirs, yours]) =>
      make(
        'div',
        { className: theirs === yours ? '' : 'differs' },
        make('dt', { textContent: label }),
        make('dd', { textContent: theirs }),
      ),
    ),
  )
}
