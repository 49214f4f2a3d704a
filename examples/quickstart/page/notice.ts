import { find, make, makeButton } from './dom.ts'

export interface Action {
  readonly label: string
  readonly run: () => void
}

const plainMs = 6_000

const place = find('#notice', HTMLElement)
let timer: ReturnType<typeof setTimeout> | undefined

/** Says what has happened. With something to do about it, it stays until that is done or refused. */
export function notify(text: string, action?: Action): void {
  clearTimeout(timer)
  const close = () => place.replaceChildren()
  const message = make('p', { textContent: text })
  if (action === undefined) {
    place.replaceChildren(message, make('span'))
    timer = setTimeout(close, plainMs)
    return
  }
  const act = () => {
    close()
    action.run()
  }
  place.replaceChildren(message, makeButton(action.label, act), makeButton('Close', close))
}
