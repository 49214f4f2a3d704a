import { isWherryError } from '@wherry/client'
import type { LiveEvent } from '@wherry/core'
import type { CheckIn } from './check-in.ts'
import { find, make, makeButton, say } from './dom.ts'
import { Editor } from './editor.ts'
import { startFilters } from './filters.ts'
import { createList } from './list.ts'
import { db } from './db.ts'
import { remove } from './remove.ts'
import { secondsText, sourceText } from './texts.ts'

const pageSize = 50

/** The list, which shows what the filters ask for as it is now, whoever changes it. */
export function startListing(): void {
  const place = find('#list', HTMLElement)
  const more = find('#more', HTMLButtonElement)
  const queryText = find('#query', HTMLElement)
  const editor = new Editor()
  const list = createList({ edit: (row) => editor.open(row), remove: (row) => void remove(row) })
  const filters = startFilters(() => follow(pageSize))
  let limit = pageSize
  let unsubscribe = () => {}
  more.addEventListener('click', () => follow(limit + pageSize))
  follow(pageSize)

  function follow(newLimit: number): void {
    limit = newLimit
    const query = { ...filters.read(), limit }
    const isFiltered = Object.keys(query.where).length > 0
    queryText.textContent = `db.checkIns.live(${sourceText(query)})`
    // What was there stays until there is something else to show.
    place.dataset['state'] = 'loading'
    let liveAt: Date | undefined
    unsubscribe()
    unsubscribe = db.checkIns.live(query).subscribe((event) => {
      const { rows, status } = event
      if (status === 'live') liveAt = new Date()
      place.dataset['state'] = status
      list.show(rows)
      more.hidden = rows.length < limit
      describe(event, liveAt)
      showEmpty(event, isFiltered ? filters.reset : undefined)
    })
  }
}

/** Says how many rows there are, and how far they are to be trusted. */
function describe({ rows, status, error, position }: LiveEvent<CheckIn>, liveAt?: Date): void {
  const count = rows.length === 1 ? '1 check-in' : `${rows.length} check-ins`
  const asOf = liveAt === undefined ? '' : `${count}, last news at ${secondsText(liveAt)}`
  find('#count', HTMLElement).textContent = status === 'live' ? count : asOf
  const isFailure = status === 'error' && !isAway(error)
  const text = `The list may be out of date. ${error instanceof Error ? error.message : ''}`
  say(find('#banner', HTMLElement), isFailure ? text : '')
  if (position === undefined) return
  const shown = find('#position', HTMLElement)
  // It begins with the name of the log; what follows counts the entries.
  shown.textContent = position.slice(position.indexOf(':') + 1)
  shown.title = position
}

function showEmpty({ rows, status, error }: LiveEvent, reset: (() => void) | undefined): void {
  const place = find('#empty', HTMLElement)
  place.hidden = rows.length > 0
  if (status === 'error') {
    place.textContent = isAway(error) ? 'Waiting for the connection…' : 'Nothing can be shown.'
  } else if (reset === undefined) {
    place.textContent = 'Nobody has checked in yet. How are you?'
  } else {
    const button = makeButton('Show all', reset)
    place.replaceChildren(make('span', { textContent: 'No check-in is like that.' }), button)
  }
}

/** Without a connection, which the line at the top tells. */
function isAway(error: unknown): boolean {
  return isWherryError(error) && error.code === 'NotConnected'
}
