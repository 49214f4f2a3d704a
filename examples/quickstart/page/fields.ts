import { emotions, maxNoteLength, type Emotion } from '../emotions.ts'
import type { Entry } from './check-in.ts'
import { find, make } from './dom.ts'

export interface Fields {
  read(): Entry
  write(entry: Entry): void
  readonly note: HTMLTextAreaElement
}

/** Puts the fields of an entry into a form. */
export function mountFields(form: HTMLFormElement): Fields {
  const copy = find('template', HTMLTemplateElement).content.cloneNode(true) as DocumentFragment
  addChips(find('.chips', HTMLFieldSetElement, copy), 'radio')
  find('.slot', HTMLElement, form).append(copy)
  const intensity = find('[name=intensity]', HTMLInputElement, form)
  const shown = find('output', HTMLOutputElement, form)
  const note = find('textarea', HTMLTextAreaElement, form)
  note.maxLength = maxNoteLength
  const show = () => void (shown.value = `${intensity.value} of 10`)
  intensity.addEventListener('input', show)
  show()
  return {
    note,
    read: () => ({
      emotion: new FormData(form).get('emotion') as Emotion,
      intensity: intensity.valueAsNumber,
      note: note.value.trim() === '' ? null : note.value,
    }),
    write(entry) {
      find(`[name=emotion][value=${entry.emotion}]`, HTMLInputElement, form).checked = true
      intensity.valueAsNumber = entry.intensity
      note.value = entry.note ?? ''
      show()
    },
  }
}

/** One to choose of the emotions, or any number of them. */
export function addChips(fieldset: HTMLFieldSetElement, type: 'radio' | 'checkbox'): void {
  for (const value of emotions) {
    const input = make('input', { type, name: 'emotion', value, required: type === 'radio' })
    const chip = make('label', { className: 'chip' }, input, make('span', { textContent: value }))
    chip.dataset['emotion'] = value
    fieldset.append(chip)
  }
}
