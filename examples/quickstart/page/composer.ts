import { isWherryError } from '@wherry/client'
import { maxNameLength } from '../emotions.ts'
import { db } from './db.ts'
import { find, say } from './dom.ts'
import { mountFields } from './fields.ts'
import { notify } from './notice.ts'
import { failureText } from './texts.ts'

/** The form for a new check-in. Nothing but its own success ever empties it. */
export function startComposer(): void {
  const form = find('#composer', HTMLFormElement)
  const message = find('.message', HTMLElement, form)
  const name = find('[name=userId]', HTMLInputElement, form)
  const fields = mountFields(form)
  name.maxLength = maxNameLength
  name.value = localStorage.getItem('name') ?? ''

  // A check-in has its id before it is sent: sent once more after an unknown outcome, it is the
  // same one, and never a second.
  let id = crypto.randomUUID()
  let isUncertain = false

  const send = async () => {
    const entry = fields.read()
    try {
      await db.checkIns.insert({ id, userId: name.value, ...entry })
    } catch (error) {
      const isThere = isUncertain && isWherryError(error) && error.code === 'UniqueViolation'
      isUncertain ||= isWherryError(error) && error.code === 'UnknownOutcome'
      if (!isThere) return say(message, failureText(error))
    }
    id = crypto.randomUUID()
    isUncertain = false
    localStorage.setItem('name', name.value)
    // Who wrote on meanwhile keeps that.
    if (fields.note.value === (entry.note ?? '')) fields.note.value = ''
    notify('Checked in.')
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (form.ariaBusy === 'true') return
    form.ariaBusy = 'true'
    say(message, '')
    void send().finally(() => (form.ariaBusy = 'false'))
  })
}
