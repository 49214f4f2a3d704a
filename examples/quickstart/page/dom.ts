/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The element that the page's HTML promises. */
export function find<T extends Element>(
  selector: string,
  type: new () => T,
  within: ParentNode = document,
): T {
  const element = within.querySelector(selector)
  if (element instanceof type) return element
  throw new Error(`The page has no ${type.name} at ${selector}`)
}

/** Makes an element. What people wrote goes in as text, never as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

export function makeButton(
  label: string,
  act: () => void,
  properties: Partial<HTMLButtonElement> = {},
): HTMLButtonElement {
  const button = make('button', { ...properties, type: 'button', textContent: label })
  button.addEventListener('click', act)
  return button
}

/** Shows a message in its place, or hides that when there is none. */
export function say(place: HTMLElement, text: string): void {
  place.hidden = text === ''
  place.textContent = text
}
