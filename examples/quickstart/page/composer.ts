import { maxNameLength } from '../emotions.ts'
import { find, say } from './dom.ts'
import { createDraft } from './draft.ts'
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

  let draft = createDraft()

  const send = async () => {
    const entry = fields.read()
    try {
      await draft.save({ userId: name.value, ...entry })
    } catch (error) {
      return say(message, failureText(error))
    }
    draft = createDraft()
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
