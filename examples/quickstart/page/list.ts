import type { CheckIn } from './check-in.ts'
import { find, make, makeButton } from './dom.ts'
import { exactTimeText, timeText } from './texts.ts'

export interface ListActions {
  readonly edit: (row: CheckIn) => void
  readonly remove: (row: CheckIn) => void
}

export interface List {
  show(rows: readonly CheckIn[]): void
}

/** Keeps one element for each row, so that whoever is at one stays there whatever else happens. */
export function createList(actions: ListActions): List {
  const list = find('#list', HTMLOListElement)
  const items = new Map<string, Item>()
  return {
    show(rows) {
      const focused = document.activeElement
      const shown = new Set(rows.map(({ id }) => id))
      let heir: Element | null = null
      for (const [id, { element }] of items) {
        if (shown.has(id)) continue
        if (element.contains(focused)) heir = heirOf(element, focused!, items, shown)
        element.remove()
        items.delete(id)
      }
      let place = list.firstElementChild
      for (const row of rows) {
        const item = items.get(row.id) ?? new Item(row.id, actions)
        items.set(row.id, item)
        item.show(row)
        if (item.element === place) place = place.nextElementSibling
        else list.insertBefore(item.element, place)
      }
      // What was moved has lost the focus, and what was removed leaves it to its neighbour.
      const next = heir ?? (focused?.isConnected ? focused : null)
      if (next instanceof HTMLElement && next !== document.activeElement) {
        next.focus({ preventScroll: true })
      }
    },
  }
}

/** Who gets the focus of a row that goes: the same button of the next one that stays. */
function heirOf(
  element: Element,
  focused: Element,
  items: ReadonlyMap<string, Item>,
  shown: ReadonlySet<string>,
): Element | null {
  const staying = new Set(
    Array.from(items).flatMap(([id, item]) => (shown.has(id) ? [item.element as Element] : [])),
  )
  const next = nearest(element, staying, 'nextElementSibling')
  const row = next ?? nearest(element, staying, 'previousElementSibling')
  return row?.querySelector(`.${focused.className}`) ?? document.querySelector('#list-title')
}

function nearest(
  from: Element,
  staying: ReadonlySet<Element>,
  direction: 'nextElementSibling' | 'previousElementSibling',
): Element | null {
  let at = from[direction]
  while (at !== null && !staying.has(at)) at = at[direction]
  return at
}

/** One row of the list. */
class Item {
  readonly element: HTMLLIElement
  readonly #gauge = make('span', { ariaHidden: 'true' })
  readonly #who = make('strong')
  readonly #emotion = make('span', { className: 'emotion' })
  readonly #intensity = make('span', { className: 'unseen' })
  readonly #note = make('p', { className: 'note' })
  readonly #time = make('time')
  readonly #edited = make('span')
  readonly #edit: HTMLButtonElement
  readonly #remove: HTMLButtonElement
  #row: CheckIn | undefined

  constructor(id: string, { edit, remove }: ListActions) {
    this.#edit = makeButton('Edit', () => edit(this.#row!), { className: 'edit' })
    this.#remove = makeButton('Delete', () => remove(this.#row!), { className: 'remove' })
    this.element = make(
      'li',
      { className: 'check-in' },
      make('span', { className: 'gauge' }, this.#gauge),
      make(
        'div',
        { className: 'what' },
        make('p', { className: 'who' }, this.#who, ' is ', this.#emotion, this.#intensity),
        this.#note,
      ),
      make('p', { className: 'when' }, this.#time, this.#edited),
      make('div', { className: 'actions' }, this.#edit, this.#remove),
    )
    this.element.dataset['id'] = id
  }

  show(row: CheckIn): void {
    const before = this.#row
    if (row === before) return
    this.#row = row
    const { userId, emotion, intensity, note, createdAt, updatedAt, version } = row
    this.element.dataset['emotion'] = emotion
    this.element.dataset['version'] = String(version)
    this.#gauge.textContent = String(intensity)
    this.#intensity.textContent = `, intensity ${intensity} of 10`
    this.#who.textContent = userId
    this.#emotion.textContent = emotion
    this.#note.hidden = note === null
    this.#note.textContent = note
    this.#time.dateTime = createdAt.toISOString()
    this.#time.title = exactTimeText(createdAt)
    this.#time.textContent = timeText(createdAt)
    this.#edited.textContent = version > 1 ? `, edited ${timeText(updatedAt)}` : ''
    this.#edit.ariaLabel = `Edit the check-in of ${userId}, ${timeText(createdAt)}`
    this.#remove.ariaLabel = `Delete the check-in of ${userId}, ${timeText(createdAt)}`
    if (before !== undefined && before.version !== version) flash(this.element)
  }
}

/** Draws the eye to what has changed. */
function flash(element: Element): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  const ring = 'color-mix(in srgb, var(--accent) 70%, transparent)'
  const steps = [{ boxShadow: `0 0 0 3px ${ring}` }, { boxShadow: '0 0 0 3px transparent' }]
  element.animate(steps, { duration: 1_200, easing: 'ease-in' })
}
