import { checkOptions, invalidOptions } from '@wherry/core'

export interface MountOptions {
  /** Where clients connect. `<path>/health` says whether that works. Default '/wherry'. */
  readonly path?: string
}

export function checkMountOptions(options: MountOptions): { readonly path: string } {
  checkOptions('A mount', options, ['path'])
  const { path = '/wherry' } = options
  if (typeof path === 'string' && /^\/[^?#\s]*[^/?#\s]$/.test(path)) return { path }
  throw invalidOptions(`'path' begins with a slash and does not end with one, such as '/wherry'`)
}

/** The path of a request's URL, without its query. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').replace(/[?#].*$/, '')
}
